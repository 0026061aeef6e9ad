/**
 * A seat: the word of a new authority that somebody holds its key and means to vote. Without it a typing mistake could
 * elect keys that nobody has, and the chain would wait for them for ever. It is signed for one epoch, so that a
 * library which was sent away is not brought back by what it signed before.
 */
import { compareBytes, isBytes, toHex } from '../../core/bytes.ts';
import { hasExactly } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import {
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  SIGNATURE_BYTES,
  type Signature64,
  type UnixSeconds,
} from '../../core/scalars.ts';
import { checkOf, type SignatureCheck } from '../kind/kind.ts';
import { signedText } from '../kind/texts.ts';

export type Seat = {
  readonly key: PublicKey32;
  /** In which the election must be decided. */
  readonly epoch: number;
  /** The election is decided in a block whose time is not after this. */
  readonly expires: UnixSeconds;
  /** By `key`, over the text `seat` (`seatTextOf`). */
  readonly signature: Signature64;
};

/** @returns undefined unless `value` is a list of at most 30 seats, strictly ascending by the bytes of their keys. */
export function parseSeats(value: unknown): readonly Seat[] | undefined {
  if (!Array.isArray(value) || value.length > limits.authoritiesMax) return undefined;
  const seats: Seat[] = [];
  for (const item of value) {
    const seat = parseSeat(item);
    const last = seats.at(-1);
    if (seat === undefined || (last !== undefined && compareBytes(last.key, seat.key) >= 0)) return undefined;
    seats.push(seat);
  }
  return seats;
}

/** What its key signs. @param chain - the chain id, 64 hex characters. */
export function seatTextOf(chain: string, { key, epoch, expires }: Omit<Seat, 'signature'>): string {
  return signedText(chain, 'seat', toHex(key), String(epoch), String(expires));
}

/** @param chain - the chain id, 64 hex characters. */
export function seatCheck(chain: string, seat: Seat): SignatureCheck {
  return checkOf(seat.key, seatTextOf(chain, seat), seat.signature);
}

function parseSeat(value: unknown): Seat | undefined {
  if (!hasExactly(value, ['key', 'epoch', 'expires', 'signature'])) return undefined;
  const { key, signature } = value;
  const epoch = parseCount(value.epoch);
  const expires = parseCount(value.expires);
  if (!isBytes(key, PUBLIC_KEY_BYTES) || !isBytes(signature, SIGNATURE_BYTES)) return undefined;
  return epoch === undefined || expires === undefined ? undefined : { key, epoch, expires, signature };
}
