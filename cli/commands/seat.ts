/**
 * `seat`: the library of a home signs that it is there and means to vote (chain/governance/seat.ts). What it prints goes to the
 * operator who proposes the election: `<key>:<epoch>:<expires>:<signature>`.
 */
import { parseSeats, type Seat } from '../../chain/governance/seat.ts';
import { signSeat } from '../../chain/transaction/signing.ts';
import type { Operator } from '../../client/operator.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { signerOf } from './signed.ts';

/** For as long as a proposal may wait. @param now - milliseconds since 1970. */
export async function seat(operator: Operator, home: string, now: number): Promise<string> {
  const { seed, chainId } = await signerOf(operator, home);
  const { epoch } = await operator.proposals();
  const expires = Math.floor((now + limits.proposalLifeMs) / 1_000);
  const signed = signSeat(chainId, { key: publicKeyOf(seed), epoch, expires }, seed);
  return [toHex(signed.key), epoch, expires, toHex(signed.signature)].join(':');
}

/** @returns undefined for a plain key. @throws Fault("config.invalid") for what `seat` does not print. */
export function parseSeatText(text: string): Seat | undefined {
  if (!text.includes(':')) return undefined;
  const [key = '', epoch = '', expires = '', signature = '', ...more] = text.split(':');
  const [epochNumber, expiresNumber] = [epoch, expires].map((word) =>
    /^\d+$/.test(word) ? Number(word) : -1,
  );
  const seat = {
    key: fromHex(key),
    epoch: epochNumber,
    expires: expiresNumber,
    signature: fromHex(signature),
  };
  const [parsed] = parseSeats([seat]) ?? [];
  if (parsed === undefined || more.length > 0) {
    throw new Fault('config.invalid', `${text} is not what the command seat prints`);
  }
  return parsed;
}
