/** download: a reader pays the size of an available file, once and for ever. The tokens are burned. */
import { equalBytes } from '../../core/bytes.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { account, putAccount } from '../accounts/account.ts';
import { putSupply, supply } from '../accounts/supply.ts';
import { hash, optional, reader, seconds, signature, type Transacted } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { bringing, fileEntry } from './files.ts';
import { hasPurchase, putPurchase } from './purchase.ts';

const fields = { hash, key: reader, expires: optional(seconds), signature };
export type Download = Transacted<'download', typeof fields>;

/**
 * @returns reject("reader.unknown" | "file.unknown" | "file.taken-down" | "file.not-available" |
 * "download.not-enough-tokens"), ignore("download.already-owned") also for the file's own uploader.
 */
const rule: Rule<Download> = (view, { hash, key }, { height, time }) => {
  const reader = account(view, key);
  if (reader === undefined) return reject('reader.unknown');
  const file = fileEntry(view, hash);
  const { pending, uploader } = bringing(view, hash, time);
  if (file === undefined && pending.length === 0) return reject('file.unknown');
  if (file?.takenDown) return reject('file.taken-down');
  if (file?.available === undefined) return reject('file.not-available');
  const { size } = file.available;
  if ((uploader !== undefined && equalBytes(uploader, key)) || hasPurchase(view, hash, key))
    return ignore('download.already-owned');
  if (reader.tokens < size) return reject('download.not-enough-tokens');
  return accept((draft) => {
    const before = supply(draft);
    putAccount(draft, key, {
      ...reader,
      tokens: reader.tokens - size,
      downloaded: reader.downloaded + size,
    });
    putSupply(draft, { ...before, burned: before.burned + size });
    putPurchase(draft, hash, key, height);
    return [{ kind: 'purchased', hash, key, size }];
  });
};

export const download = declareKind({
  kind: 'download',
  since: 1,
  fields,
  signer: 'key',
  events: ['purchased'],
  rule,
});
