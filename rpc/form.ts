/**
 * A multipart upload (RFC 7578), read by busboy: a few short fields, then one file. The file is handed on as a
 * stream while it arrives; nothing of it is kept here. What comes after the file is refused.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { type Reject, reject } from '../core/verdict.ts';

export type FormFile = {
  readonly part: 'file' | 'torrent';
  /** As the sender wrote it: a path is not cut down to its last part, but refused by the rule for names. */
  readonly filename: string | undefined;
  /** About so many bytes, and not more, if the sender tells the truth. */
  readonly sizeHint: number | undefined;
  /** Errors when the sender breaks off. */
  readonly stream: Readable;
};

export type Form = {
  /** Resolves at the file, when all fields are known. reject("request.malformed" | "request.too-long" | …). */
  readonly head: Promise<{ readonly fields: Record<string, string>; readonly file: FormFile } | Reject>;
  /** Call it when the stream was read to its end: resolves at the end of the form, with what was wrong there. */
  readonly tail: Promise<Reject | undefined>;
  /** Reads no further. Call it in any case, when the upload is over. */
  close(): void;
};

export function readForm(request: IncomingMessage, clock: Clock): Form {
  const head = Promise.withResolvers<{ fields: Record<string, string>; file: FormFile } | Reject>();
  const tail = Promise.withResolvers<Reject | undefined>();
  const refuse = (verdict: Reject): void => {
    head.resolve(verdict);
    tail.resolve(verdict);
  };
  const parser = open(request);
  if (parser === undefined) {
    refuse(
      reject('request.wrong-content-type', {
        want: 'multipart/form-data with a boundary',
        detail: 'Send multipart/form-data with a boundary.',
      }),
    );
    return { head: head.promise, tail: tail.promise, close: () => {} };
  }

  const length = Number(request.headers['content-length']);
  const sizeHint = Number.isSafeInteger(length) ? length : undefined;
  const fields = new Map<string, string>();
  let begun = false;
  parser.on('field', (name, value, { nameTruncated, valueTruncated }) => {
    if (begun) return refuse(reject('request.malformed', 'A field stands behind the file.'));
    if (nameTruncated || valueTruncated) return refuse(reject('request.too-long', 'A field is too long.'));
    if (fields.has(name)) return refuse(reject('request.wrong-value', 'A field stands twice in the form.'));
    fields.set(name, value);
  });
  parser.on('file', (part, stream, { filename }) => {
    stream.on('error', () => undefined); // whoever reads it hears of it; nobody else needs to
    if (begun || !isFilePart(part)) {
      stream.resume();
      return refuse(reject('request.wrong-value', 'The form has one file: file or torrent.'));
    }
    begun = true;
    cancel();
    stream.once('end', () => {
      ended = true;
      impatient();
    });
    head.resolve({ fields: Object.fromEntries(fields), file: { part, filename, sizeHint, stream } });
  });
  const tooMany = () => refuse(reject('request.too-long', 'The form has too many parts.'));
  parser.on('fieldsLimit', tooMany).on('partsLimit', tooMany).on('filesLimit', tooMany);
  parser.on('error', () => refuse(reject('request.malformed', 'The form cannot be read.')));
  parser.on('close', () => {
    if (!begun) refuse(reject('request.missing-field', 'The form has neither file nor torrent.'));
    tail.resolve(undefined);
  });

  let cancel = (): void => {};
  // The file may take long; the fields before it and the end behind it may not.
  let beside = 0;
  const impatient = (): void => {
    beside = 0;
    cancel = clock.after(limits.bodyTimeoutMs, () => refuse(reject('request.too-slow')));
  };
  impatient();
  // What is neither field nor file, or a field that is thrown away, is looked through all the same.
  let ended = false;
  let pieces = 0;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    pieces += 1;
    bytes += chunk.length;
    // Chunks of a byte cost a hundred times what is paid for a form.
    if (pieces > limits.bodyPiecesMax && bytes < pieces * limits.formPieceBytesMin) {
      refuse(reject('request.too-long', 'The form comes in too many pieces.'));
      if (begun) parser.destroy(new Error('in too many pieces'));
      return;
    }
    if (begun && !ended) return;
    beside += chunk.length;
    if (beside > limits.formBesideBytesMax) refuse(reject('request.too-long', 'The form is too long.'));
  });
  const brokenOff = (): void => {
    cancel();
    if (!request.complete) parser.destroy(new Error('the sender broke off'));
  };
  request.on('close', brokenOff).on('error', brokenOff);
  request.pipe(parser);

  return {
    head: head.promise,
    tail: tail.promise,
    close() {
      cancel();
      request.unpipe(parser);
      parser.destroy();
    },
  };
}

function isFilePart(part: string): part is FormFile['part'] {
  return part === 'file' || part === 'torrent';
}

function open(request: IncomingMessage): busboy.Busboy | undefined {
  if (!/^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '')) return undefined;
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      preservePath: true,
      limits: {
        fieldNameSize: 100,
        fieldSize: limits.formFieldBytesMax,
        fields: limits.formFieldsMax,
        files: 1,
        parts: limits.formFieldsMax + 1,
        fileSize: limits.uploadBytesMax,
        headerPairs: 20,
      },
    });
  } catch {
    return undefined; // busboy throws for a content type that it does not take, and for nothing else
  }
}
