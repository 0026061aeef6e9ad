/** What a body is by its headers: which are right depends on the call. Pure. Source: RFC 9110, section 8.3 and 8.4. */
import type { IncomingHttpHeaders } from 'node:http';
import { MIMEType } from 'node:util';
import { type Reject, reject } from '../core/verdict.ts';

export type BodyTypes = {
  /** In lower case. */
  readonly types: readonly string[];
  /** What is right, for people. */
  readonly want: string;
};

export const JSON_BODY: BodyTypes = { types: ['application/json'], want: 'application/json' };
/** And as clients of JSON-RPC call it (https://www.jsonrpc.org/historical/json-rpc-over-http.html). */
export const RPC_BODY: BodyTypes = {
  types: ['application/json', 'application/json-rpc', 'application/jsonrequest'],
  want: 'application/json',
};
export const UPLOAD_BODY: BodyTypes = {
  types: ['application/json'],
  want: 'multipart/form-data with the fields and then the file, or application/json to sign once more what the library has',
};

/**
 * Parameters that say nothing of the encoding are nobody's business. A type that a form of a foreign page may send is none of
 * these: its browser asks before (page.ts).
 */
export function wrongType(headers: IncomingHttpHeaders, { types, want }: BodyTypes): Reject | undefined {
  const type = parsed(headers['content-type'] ?? '');
  if (type === undefined || !types.includes(type.essence)) {
    return reject('request.wrong-content-type', { want, detail: `Send ${want}.` });
  }
  const charset = type.params.get('charset')?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    return reject('request.wrong-content-type', { want: 'charset=utf-8', detail: 'Send it in UTF-8.' });
  }
  return wrongEncoding(headers);
}

export function wrongEncoding(headers: IncomingHttpHeaders): Reject | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return undefined;
  return reject('request.wrong-content-type', {
    want: 'a body without Content-Encoding',
    detail: 'Send it as it is, without a Content-Encoding.',
  });
}

function parsed(header: string): MIMEType | undefined {
  try {
    return new MIMEType(header);
  } catch {
    return undefined; // it throws for nothing else than its text
  }
}
