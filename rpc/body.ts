/**
 * A JSON body, bounded in bytes, time and content type before anybody looks at it. The bound holds while
 * the body streams in: what is too long is never held in memory.
 */
import type { IncomingMessage } from 'node:http';
import type { Bytes } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { type BodyTypes, wrongType } from './content-type.ts';
import { jsonShape } from './json-shape.ts';
import { parseJson } from './json-text.ts';

/** reject("request.wrong-content-type" | "request.too-long" | "request.too-slow" | "request.malformed" | "request.wrong-value"). */
export async function readJson(
  request: IncomingMessage,
  clock: Clock,
  wanted: BodyTypes,
): Promise<Verdict<unknown>> {
  const wrong = wrongType(request.headers, wanted);
  if (wrong !== undefined) return wrong;
  const bytes = await readBytes(request, clock);
  return bytes.kind === 'accept' ? readJsonBytes(bytes.value) : bytes;
}

/** @param bytes - bounded in number. reject("request.too-long" | "request.malformed" | "request.wrong-value"). */
export function readJsonBytes(bytes: Bytes): Verdict<unknown> {
  // JSON.parse does not recurse, but what walks over its value afterwards does.
  const { depth, names, parts } = jsonShape(bytes);
  if (depth > limits.jsonDepthMax) return reject('request.malformed', 'Too deep.');
  if (names + parts > limits.jsonPartsMax) return reject('request.too-long', 'Too many fields and items.');
  const parsed = parseJson(bytes);
  if (parsed.kind !== 'accept') return parsed;
  if (names !== namesKept(parsed.value)) {
    return reject('request.wrong-value', 'A field stands twice in the body.');
  }
  return parsed;
}

function readBytes(request: IncomingMessage, clock: Clock): Promise<Verdict<Buffer>> {
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytesMax) {
    return Promise.resolve(reject('request.too-long'));
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const cancel = clock.after(limits.bodyTimeoutMs, () => {
      end(reject('request.too-slow'));
    });
    const end = (verdict: Verdict<Buffer>): void => {
      cancel();
      resolve(verdict);
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limits.bodyBytesMax && chunks.length < limits.bodyPiecesMax) return chunks.push(chunk);
      return end(reject('request.too-long'));
    });
    request.on('end', () => end(accept(Buffer.concat(chunks))));
    const brokenOff = () => end(reject('request.malformed', 'The body broke off.'));
    request.on('error', brokenOff);
    request.on('close', brokenOff);
  });
}

/**
 * JSON.parse takes the last of two fields of one name, others the first (RFC 8259, section 4): two readers of one
 * body could disagree about it. So the names that were written are as many as those that were kept.
 */
function namesKept(value: unknown): number {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return 0;
  const inner = Object.values(value);
  return inner.reduce((sum: number, each) => sum + namesKept(each), Array.isArray(value) ? 0 : inner.length);
}
