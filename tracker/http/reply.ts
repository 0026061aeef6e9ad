/**
 * The answers of the tracker, in bencode: announce (BEP 3, 7, 23, 24), scrape (BEP 48) and refusals (BEP 3, 31).
 * Pure.
 */
import bencode from 'bencode';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { CODES, type Code } from '../../core/codes.ts';
import type { AnnounceReply, Counts, ScrapeRow } from '../announce.ts';

const RETRY_SOON_MINUTES = 5;
const RETRY_LATE_MINUTES = 60;
/** A client that is refused for ever never comes back: only what has the wrong form can never become right. */
const FOR_EVER: ReadonlySet<Code> = new Set(['pass.missing', 'pass.malformed']);
/**
 * What may end soon by itself: this library may be a block behind the one that sold the file. Everything else may end,
 * too: a take-down is lifted, a library becomes a member, a clock is put right.
 */
const SOON_MINUTES: Partial<Record<Code, number>> = {
  'right.missing': RETRY_SOON_MINUTES,
  'pass.other-library': RETRY_SOON_MINUTES,
  'member.elsewhere': RETRY_SOON_MINUTES,
  'tracker.full': RETRY_SOON_MINUTES,
  'pass.too-many-peers': 15,
  'node.fault': RETRY_SOON_MINUTES,
};

export function encodeReply(reply: AnnounceReply): Bytes {
  const fields: Record<string, Bytes | number> = {
    complete: reply.complete,
    incomplete: reply.incomplete,
    interval: reply.intervalSeconds,
    'min interval': reply.minIntervalSeconds,
    peers: reply.peers,
    'external ip': reply.external.bytes,
  };
  if (reply.peers6.length > 0) fields.peers6 = reply.peers6;
  if (reply.admitted !== undefined) {
    fields.admitted = reply.admitted.peers;
    fields.admitted6 = reply.admitted.peers6;
    fields['up seconds'] = reply.admitted.upSeconds;
  }
  return bencode.encode(fields);
}

export function encodeScrape(rows: readonly ScrapeRow[]): Bytes {
  const files = new Map<Uint8Array, Counts>();
  for (const [infoHash, counts] of rows) files.set(new BinaryKey(infoHash), counts);
  return bencode.encode({ files });
}

/** A failure reason for people, and when to come back for programs (BEP 31). */
export function encodeFailure(code: Code): Bytes {
  const known = FAILURES.get(code);
  if (known !== undefined) return known;
  const minutes = SOON_MINUTES[code] ?? RETRY_LATE_MINUTES;
  const failure = bencode.encode({
    'failure reason': `${CODES[code].title} (${code})`,
    'retry in': FOR_EVER.has(code) ? 'never' : minutes,
  });
  FAILURES.set(code, failure);
  return failure;
}
/** Bounded by the number of codes; a refusal must be cheap. */
const FAILURES = new Map<Code, Bytes>();

/** A binary dictionary key. The encoder sorts keys by their text; hex sorts as the bytes do (BEP 3). */
class BinaryKey extends Uint8Array {
  override toString(): string {
    return toHex(this);
  }
}
