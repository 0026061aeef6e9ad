import { expect } from 'chai';
import { encodeChecked, signTransaction } from '../../chain/signing.ts';
import { decodeEvidence, encodeEvidence, verifyEvidence } from '../../consensus/evidence.ts';
import type { Evidence, Statement } from '../../consensus/messages.ts';
import { statementHash } from '../../consensus/statements.ts';
import { compareBytes, toHex } from '../../core/bytes.ts';
import { createSigner } from '../../core/crypto-node.ts';
import { limits } from '../../core/limits.ts';
import { verifyHash } from '../../core/sign.ts';
import { committeeAfter } from '../../light/trusted.ts';
import { systemClock } from '../../node/clock.ts';
import { trustedState } from '../../node/epoch.ts';
import { EVIDENCE_TOPIC } from '../../node/protocols.ts';
import { systemRandom } from '../../node/random.ts';
import { hashOf, keyOf, seedOf } from '../chain/world.ts';
import { eventually } from './eventually.ts';
import { startFederation, type TestFederation, type TestReplica } from './replicas.ts';

describe('evidence', () => {
  let federation: TestFederation;
  beforeEach(async () => {
    federation = await startFederation(['ann', 'bob', 'cid', 'dan']);
  });
  afterEach(() => federation.stop());

  const ann = (): TestReplica => federation.replicas[0]!;
  const committee = () => committeeAfter(trustedState(ann().ledger.head()), verifyHash);
  const counts = () => federation.replicas.map(({ evidence }) => evidence.list().length);
  const everywhere = (count: number) => eventually(() => counts().every((one) => one === count));

  /** cid says both of this view. */
  const contradiction = (view: number, epoch = 0): Evidence => {
    const signer = committee().authorities.findIndex((key) => toHex(key) === toHex(keyOf('cid')));
    const [first, second] = ['one', 'two'].map((name) => {
      const claim = { kind: 'finalize' as const, view, hash: hashOf(name) };
      const hash = statementHash({ chainId: ann().ledger.chainId, epoch }, claim);
      return { ...claim, epoch, signer, signature: createSigner(seedOf('cid'))(hash) } satisfies Statement;
    });
    return { first: first!, second: second! };
  };
  const gossip = (evidence: Evidence): void =>
    ann().network.publish(EVIDENCE_TOPIC, encodeEvidence(evidence));

  it('that one authority holds is checked, kept and shown by every member, once', async () => {
    const evidence = contradiction(3);
    ann().evidence.accuse(evidence);
    ann().evidence.accuse(evidence);
    await everywhere(1);
    const [seen] = federation.replicas[3]!.evidence.list();
    expect(toHex(seen!.authority)).to.equal(toHex(keyOf('cid')));
    expect(seen).to.deep.include({ epoch: 0, view: 3, kinds: ['finalize', 'finalize'] });
    const decoded = decodeEvidence(seen!.evidence);
    expect(decoded.kind === 'accept' && verifyEvidence(committee(), decoded.value).kind).to.equal('accept');
    // The two the other way round are the same accusation.
    expect(
      await ann().evidence.receive(encodeEvidence({ first: evidence.second, second: evidence.first })),
    ).to.deep.equal({ kind: 'ignore', code: 'consensus.known' });
  });

  it('survives a restart', async () => {
    ann().evidence.accuse(contradiction(3));
    await everywhere(1);
    const dan = await federation.kill('dan');
    const again = await federation.join('dan', dan);
    expect(again.evidence.list()).to.deep.equal(dan.evidence.list());
  });

  it('reaches a member that was away when it was found', async () => {
    await federation.kill('dan');
    ann().evidence.accuse(contradiction(3));
    await everywhere(1);
    await federation.join('dan', undefined);
    await everywhere(1);
  });

  it('of an epoch that is over still proves what it proves', async () => {
    const evidence = contradiction(3);
    const { chainId } = ann().ledger;
    const expires = Math.floor(systemClock.now() / 1_000) + 600;
    const keys = ['ann', 'bob'].map(keyOf).sort(compareBytes);
    const unsigned = { nonce: systemRandom.bytes(16), expires, proposer: keyOf('ann') };
    const action = { kind: 'set-authorities' as const, keys };
    const propose = signTransaction<'propose'>(
      chainId,
      { kind: 'propose', action, ...unsigned },
      seedOf('ann'),
    );
    await ann().submission.submit(propose);
    const { id: proposal } = encodeChecked(propose);
    for (const name of ['bob', 'cid']) {
      const approve = { kind: 'approve' as const, proposal, authority: keyOf(name) };
      await ann().submission.submit(signTransaction<'approve'>(chainId, approve, seedOf(name)));
    }
    await eventually(() => federation.replicas.every(({ engine }) => engine.status().epoch === 1));
    ann().evidence.accuse(evidence);
    await everywhere(1);
  });

  it('consensus.no-conflict, consensus.wrong-signature, consensus.wrong-epoch: nobody is accused of nothing', async () => {
    const { first, second } = contradiction(3);
    const { evidence } = ann();
    const forged = { ...second, signature: first.signature };
    const cases = [
      [{ first, second: first }, 'reject', 'consensus.no-conflict'],
      [{ first, second: forged }, 'reject', 'consensus.wrong-signature'],
      [
        { first: { ...first, signer: 29 }, second: { ...second, signer: 29 } },
        'reject',
        'consensus.unknown-authority',
      ],
      [contradiction(3, 7), 'ignore', 'consensus.wrong-epoch'],
    ] as const;
    for (const [wrong, kind, code] of cases) {
      expect(await evidence.receive(encodeEvidence(wrong))).to.deep.include({ kind, code });
    }
    expect((await evidence.receive(Uint8Array.of(1, 2, 3))).kind).to.equal('reject');
    expect(counts()).to.deep.equal([0, 0, 0, 0]);
  });

  it('is bounded for each authority', async () => {
    const { evidenceMax, evidencePerAuthorityMax } = limits;
    expect(evidenceMax).to.be.at.least(evidencePerAuthorityMax * limits.authoritiesMax);
    for (let view = 1; view <= evidencePerAuthorityMax + 3; view++) gossip(contradiction(view));
    await eventually(() => federation.replicas[1]!.evidence.list().length === evidencePerAuthorityMax);
    expect(await federation.replicas[1]!.evidence.receive(encodeEvidence(contradiction(99)))).to.deep.equal({
      kind: 'ignore',
      code: 'consensus.known',
    });
  });
});
