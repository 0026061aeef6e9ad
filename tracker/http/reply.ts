/**
 * What a tracker answers, in bencode: announce (BEP 3, 7, 23, 24), scrape (BEP 48) and refusals (BEP 3, 31).
 * Pure.
 */
import bencode from 'bencode';
import type { Address } from '../../core/address.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { CODES, type Code } from '../../core/codes.ts';
import { limits } from '../../core/limits.ts';
import type { InfoHash20 } from '../../core/scalars.ts';
import type { Answer, Counts, Insiders } from '../swarm/swarm.ts';

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

/**
 * For the archive of a member, so that it gives bytes to nobody else: all who are in the swarms of the file with a right
 * to its bytes. `upSeconds`: how long the tracker has known them; who came before may be forgotten, not gone.
 */
export type Admitted = Insiders & { readonly upSeconds: number };

/**
 * @param intervalSeconds - see `interval`.
 * @param source - told to the peer as its external address (BEP 24).
 * @param admitted - for members only; no client knows these keys.
 */
export function encodeAnswer(
  answer: Answer,
  intervalSeconds: number,
  source: Address,
  admitted?: Admitted,
): Bytes {
  const reply: Record<string, Bytes | number> = {
    complete: answer.complete,
    incomplete: answer.incomplete,
    interval: intervalSeconds,
    'min interval': Math.min(limits.announceIntervalMinSeconds, intervalSeconds),
    peers: answer.peers,
    'external ip': source.bytes,
  };
  if (answer.peers6.length > 0) reply.peers6 = answer.peers6;
  if (admitted !== undefined) {
    reply.admitted = admitted.peers;
    reply.admitted6 = admitted.peers6;
    reply['up seconds'] = admitted.upSeconds;
  }
  return bencode.encode(reply);
}

export function encodeScrape(rows: readonly (readonly [InfoHash20, Counts])[]): Bytes {
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

/**
 * When the peer shall come back. Peers come at different times because each has another id; never later than
 * announceIntervalSeconds, of which a peer's life has two.
 * @param alone - it wants bytes and was shown no archive, perhaps nobody who is there: it asks again soon.
 * @param archive - it must know soon who has left.
 */
export function interval(peerId: Bytes, alone: boolean, archive = false): number {
  const longest: number = alone
    ? limits.announceIntervalNewSeconds
    : archive
      ? limits.announceIntervalArchiveSeconds
      : limits.announceIntervalSeconds;
  const spread = (peerId[18]! << 8) | peerId[19]!;
  return longest - Math.floor((longest / 6) * (spread / 0x10000));
}

/** A binary dictionary key. The encoder sorts keys by their text; hex sorts as the bytes do (BEP 3). */
class BinaryKey extends Uint8Array {
  override toString(): string {
    return toHex(this);
  }
}
