/** A reader's key for tests that write requests themselves: as a wallet, but it signs at once, and asks nobody. */
import { type Acts, actsOf } from '../../client/acts.ts';
import { createWallet, type Wallet } from '../../client/wallet.ts';
import { toHex } from '../../core/bytes.ts';
import type { PublicKey32, Seed32 } from '../../core/scalars.ts';
import { publicKeyOf, signText } from '../../core/sign.ts';

export type SyncWallet = {
  readonly key: PublicKey32;
  readonly publicKey: string;
  /** For a client of ours. */
  readonly wallet: Wallet;
} & { readonly [A in keyof Acts as `sign${Capitalize<A>}`]: Acts[A] };

export function syncWallet(seed: Seed32): SyncWallet {
  const key = publicKeyOf(seed);
  const acts = actsOf(key);
  const signs =
    <Of extends unknown[]>(text: (...of: Of) => string) =>
    (...of: Of): string =>
      toHex(signText(seed, text(...of)));
  return {
    key,
    publicKey: toHex(key),
    wallet: createWallet(seed),
    signUpload: signs(acts.upload),
    signFetch: signs(acts.fetch),
    signDownload: signs(acts.download),
    signProof: signs(acts.proof),
    signHistory: signs(acts.history),
    signTakeCard: signs(acts.takeCard),
    signTransfer: signs(acts.transfer),
    signDesk: signs(acts.desk),
  };
}
