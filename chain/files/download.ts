/**
 * download: a reader pays the size of an available file, once and for ever: first with what the reader's card has, then with
 * tokens, which are burned. Then the file may mint for its uploader (chain/files/minting.ts).
 */
import { equalBytes } from '../../core/bytes.ts';
import { least, TOKENS_MAX } from '../../core/scalars.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { account, putAccount } from '../accounts/account.ts';
import { cardInForce, putCard } from '../accounts/card-entry.ts';
import { putSupply, supply } from '../accounts/supply.ts';
import { parameters } from '../federation/federation.ts';
import { hash, optional, reader, seconds, signature, type Transacted } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { dayOf } from '../state/day.ts';
import { bringing, fileEntry } from './files.ts';
import { mintOnPurchase, releasedBy } from './minting.ts';
import { hasPurchase, putPurchase } from './purchase.ts';

const fields = { hash, key: reader, expires: optional(seconds), signature };
export type Download = Transacted<'download', typeof fields>;

/**
 * @returns reject("reader.unknown" | "file.unknown" | "file.taken-down" | "file.not-available" |
 * "download.not-enough-tokens"), ignore("download.already-owned") also for the file's own uploader.
 */
const rule: Rule<Download> = (view, { hash, key }, { height, time }) => {
  const day = dayOf(time);
  const reader = account(view, key);
  if (reader === undefined) return reject('reader.unknown');
  const file = fileEntry(view, hash);
  const brought = bringing(view, hash, time);
  const { pending, uploader } = brought;
  if (file === undefined && pending.length === 0) return reject('file.unknown');
  if (file?.takenDown) return reject('file.taken-down');
  if (file?.available === undefined) return reject('file.not-available');
  const { size } = file.available;
  if ((uploader !== undefined && equalBytes(uploader, key)) || hasPurchase(view, hash, key))
    return ignore('download.already-owned');
  const card = cardInForce(view, key, day);
  const onCard = least(card?.credit ?? 0n, size);
  const tokens = size - onCard;
  if (reader.tokens < tokens) return reject('download.not-enough-tokens');
  return accept((draft) => {
    const before = supply(draft);
    putAccount(draft, key, {
      ...reader,
      tokens: reader.tokens - tokens,
      downloaded: upTo(reader.downloaded + size),
    });
    if (card !== undefined && onCard > 0n) putCard(draft, key, { ...card, credit: card.credit - onCard });
    putSupply(draft, {
      ...before,
      burned: before.burned + tokens,
      onCard: upTo(before.onCard + onCard),
    });
    putPurchase(draft, hash, key, height);
    const most = releasedBy({ tokens, onCard }, parameters(view));
    const earned = mintOnPurchase(draft, { hash, size, bringing: brought }, most);
    return [
      { kind: 'purchased', hash, key, size, card: onCard },
      ...(earned === undefined ? [] : [{ kind: 'earned' as const, hash, ...earned }]),
    ];
  });
};

export const download = declareKind({
  kind: 'download',
  since: 1,
  fields,
  signer: 'key',
  events: ['purchased', 'earned'],
  rule,
});

/** A total that stops where nothing more can be counted: it is nobody's money. */
function upTo(total: bigint): bigint {
  return total < TOKENS_MAX ? total : TOKENS_MAX;
}
