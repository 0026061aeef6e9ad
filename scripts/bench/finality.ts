/** What makes a block final without consensus: the certificate of a quorum of its authorities, made from their seeds. */
import type { Header } from '../../chain/block/block.ts';
import { assemble } from '../../consensus/certificate.ts';
import { encodeMessage } from '../../consensus/messages.ts';
import { quorum } from '../../consensus/quorum.ts';
import { statementHash } from '../../consensus/statements.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { Hash32, Signature64 } from '../../core/scalars.ts';

/** @param signers - of all authorities, in the order of the genesis. */
export function finalityOf(
  { chainId, epoch, view }: Header,
  hash: Hash32,
  signers: readonly ((hash: Hash32) => Signature64)[],
): Bytes {
  const claim = { kind: 'finalize', view, hash } as const;
  const statement = statementHash({ chainId, epoch }, claim);
  const votes = signers
    .slice(0, quorum(signers.length))
    .map((sign, signer) => ({ ...claim, epoch, signer, signature: sign(statement) }));
  return encodeMessage(assemble(votes, signers.length));
}
