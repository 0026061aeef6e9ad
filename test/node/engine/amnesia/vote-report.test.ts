import { expect } from 'chai';
import fc from 'fast-check';
import { assemble } from '../../../../consensus/certificate.ts';
import type { Committee } from '../../../../consensus/config.ts';
import type { Vote } from '../../../../consensus/messages.ts';
import { statementHash, type UnsignedStatement } from '../../../../consensus/statements.ts';
import { compareBytes } from '../../../../core/bytes.ts';
import { createSigner } from '../../../../core/crypto-node.ts';
import { verifyHash } from '../../../../core/sign.ts';
import {
  decodeAnswer,
  encodeAnswer,
  ownVotes,
  type VoteAnswer,
  verifyAnswer,
  viewOf,
} from '../../../../node/engine/amnesia/vote-report.ts';
import { hashOf, keyOf, seedOf } from '../../../chain/world.ts';

const NAMES = ['ann', 'bob', 'cid', 'dan'].sort((a, b) => compareBytes(keyOf(a), keyOf(b)));
const committee: Committee = {
  chainId: hashOf('chain'),
  epoch: 2,
  authorities: NAMES.map(keyOf),
  verify: verifyHash,
};
const block = { hash: hashOf('block'), parentHash: hashOf('parent'), height: 4 };

function vote<C extends Exclude<UnsignedStatement, { kind: 'proposal' | 'notarize' }>>(
  signer: number,
  claim: C,
): Vote {
  const signature = createSigner(seedOf(NAMES[signer]!))(statementHash(committee, claim));
  return { ...claim, epoch: committee.epoch, signer, signature };
}
function notarize(signer: number, view: number): Vote {
  const claim = { kind: 'notarize' as const, view, parentView: 0, block };
  const signature = createSigner(seedOf(NAMES[signer]!))(statementHash(committee, claim));
  return { ...claim, epoch: committee.epoch, signer, signature };
}
const certified = (view: number, signers = [0, 1, 2]) =>
  assemble(
    signers.map((signer) => notarize(signer, view)),
    4,
  );
const answer: VoteAnswer = {
  epoch: 2,
  certificate: certified(6),
  seals: false,
  votes: [vote(1, { kind: 'nullify', view: 7 })],
  sure: true,
};

describe('a report of votes', () => {
  it('says and proves how far the views have come, and brings back our own votes', () => {
    const decoded = decodeAnswer(encodeAnswer(answer));
    expect(decoded).to.deep.equal({ kind: 'accept', value: answer });
    expect(verifyAnswer(committee, 1, answer)).to.include({ kind: 'accept' });
    expect(viewOf(answer)).to.equal(7);
    expect(ownVotes(committee, 1, answer)).to.deep.equal([...answer.votes, notarize(1, 6)]);
    expect(ownVotes(committee, 3, { ...answer, votes: [] })).to.deep.equal([]);
    for (const kind of ['nullify', 'finalize'] as const) {
      const claim = kind === 'nullify' ? { kind, view: 6 } : { kind, view: 6, hash: block.hash };
      const votes = [0, 1, 2].map((signer) => vote(signer, claim));
      const other = { ...answer, votes: [], certificate: assemble(votes, 4) };
      expect(ownVotes(committee, 2, other)).to.deep.equal([votes[2]]);
    }
    expect(viewOf({ ...answer, certificate: undefined })).to.equal(1);
  });

  it('consensus.wrong-epoch, consensus.unknown-authority, consensus.wrong-signature: proves nothing that was invented', () => {
    const forged = { ...answer.votes[0]!, view: 8 } as Vote;
    const cases = [
      [{ ...answer, epoch: 3 }, 'consensus.wrong-epoch'],
      [{ ...answer, votes: [vote(2, { kind: 'nullify', view: 7 })] }, 'consensus.unknown-authority'],
      [{ ...answer, votes: [forged] }, 'consensus.wrong-signature'],
      [{ ...answer, certificate: { ...answer.certificate!, view: 9_000 } }, 'consensus.wrong-signature'],
    ] as const;
    for (const [wrong, code] of cases) {
      expect(verifyAnswer(committee, 1, wrong)).to.include({ kind: 'reject', code });
    }
    expect(verifyAnswer(committee, undefined, answer).kind).to.equal('reject');
    expect(verifyAnswer(committee, undefined, { ...answer, votes: [] }).kind).to.equal('accept');
  });

  it('is refused when a bit of it has changed, or says what was signed', () => {
    const bytes = encodeAnswer(answer);
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const wrong = bytes.slice();
        wrong[bit >> 3]! ^= 1 << (bit & 7);
        const decoded = decodeAnswer(wrong);
        if (decoded.kind !== 'accept' || verifyAnswer(committee, 1, decoded.value).kind !== 'accept') return;
        const { seals: _, sure: __, ...proven } = decoded.value;
        const { seals: ___, sure: ____, ...meant } = answer;
        expect(proven).to.deep.equal(meant);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (junk) => decodeAnswer(junk).kind === 'reject'));
  });
});
