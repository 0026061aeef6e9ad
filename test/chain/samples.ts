/** One signed transaction of every kind, the same bytes every time. */
import { declaredOf, KINDS, type Kind, type Transaction } from '../../chain/kinds.ts';
import { signTransaction, signUpload, sponsorUpload } from '../../chain/transaction/signing.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { HOLDERS, sampleOf, transactionOf } from './values.ts';
import { keyOf, seedOf } from './world.ts';

/** What the golden bytes hold instead of what the shape gives. */
const OTHERWISE: { readonly [K in Kind]?: object } = {
  download: { expires: undefined },
  transfer: { to: keyOf('billing') },
};

export function samplesFor(chainId: Hash32): readonly Transaction[] {
  return KINDS.map((kind) => {
    const unsigned: Transaction = { ...transactionOf(kind, sampleOf), ...OTHERWISE[kind] };
    const { fields, signer } = declaredOf({ kind });
    const { shape } = fields[signer]!;
    const seed = seedOf(shape.is === 'key' ? HOLDERS[shape.of] : signer);
    if (unsigned.kind !== 'upload') return signTransaction(chainId, unsigned, seed);
    const signature = signUpload(chainId, unsigned, seed);
    return sponsorUpload(chainId, { ...unsigned, signature }, seedOf(HOLDERS.member));
  });
}
