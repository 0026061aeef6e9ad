import { expect } from 'chai';
import { encodeChecked, signTransaction } from '../../../chain/transaction/signing.ts';
import { decodeEvidence, encodeEvidence, verifyEvidence } from '../../../consensus/evidence.ts';
import { type Evidence, encodeMessage, type Statement } from '../../../consensus/messages.ts';
import { leader } from '../../../consensus/quorum.ts';
import { statementHash, type UnsignedStatement } from '../../../consensus/statements.ts';
import { toHex } from '../../../core/bytes.ts';
import { createSigner } from '../../../core/crypto-node.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import { verifyHash } from '../../../core/sign.ts';
import { ignore } from '../../../core/verdict.ts';
import { committeeAfter } from '../../../light/trusted.ts';
import { EvidenceKeeper } from '../../../node/engine/evidence-keeper.ts';
import { encodeFrame } from '../../../node/engine/frames.ts';
import { trustedState } from '../../../node/ledger/committees.ts';
import { encodeHead } from '../../../node/ledger/messages.ts';
import { EVIDENCE_TOPIC, HEAD_TOPIC, TOPICS } from '../../../node/peers/protocol-names.ts';
import { systemClock, systemRandom } from '../../../node/process/system.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { hashOf, keyOf, seedOf } from '../../chain/world.ts';
import { electionAt } from '../election.ts';
import { eventually } from '../eventually.ts';
import { quiet, startFederation, type TestFederation, type TestReplica } from '../replicas.ts';

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
      await ann().evidence.receive(
        keyOf('bob'),
        encodeEvidence({ first: evidence.second, second: evidence.first }),
      ),
    ).to.deep.equal({ kind: 'ignore', code: 'consensus.known' });
  });

  it('of every kind that an authority sends is found in its frames, kept, told to all, and survives a restart', async () => {
    await federation.kill('cid');
    const { authorities } = committee();
    const signer = authorities.findIndex((key) => toHex(key) === toHex(keyOf('cid')));
    const { view: now } = ann().engine.status();
    const view = [1, 2, 3]
      .map((more) => now + more)
      .find((at) => leader(0, at, authorities.length) === signer)!;
    const [block, other] = ['one', 'two'].map((name) => {
      return { hash: hashOf(name), parentHash: ann().ledger.head().hash, height: 9 };
    });
    const offer = { view, parentView: 0 };
    const claims: readonly UnsignedStatement[] = [
      { kind: 'proposal', ...offer, block: block! },
      { kind: 'proposal', ...offer, block: other! },
      { kind: 'notarize', ...offer, block: block! },
      { kind: 'notarize', ...offer, block: other! },
      { kind: 'finalize', view, hash: block!.hash },
      { kind: 'finalize', view, hash: other!.hash },
      { kind: 'nullify', view },
    ];
    const liar = federation.hub.network(keyOf('cid'), {
      topics: TOPICS,
      protocols: [],
      members: [{ key: keyOf('ann'), addresses: [] }],
    });
    liar.handle({
      frame() {},
      gossip: () => ignore('consensus.known'),
      request: () => Promise.reject(new Fault('network.closed', 'a liar answers nothing')),
      connected() {},
      disconnected() {},
    });
    await liar.start();
    for (const claim of claims) {
      const hash = statementHash({ chainId: ann().ledger.chainId, epoch: 0 }, claim);
      const signature = createSigner(seedOf('cid'))(hash);
      const message = { ...claim, epoch: 0, signer, signature } as Statement;
      liar.send(keyOf('ann'), encodeFrame('consensus', encodeMessage(message)));
    }
    await everywhere(4);
    await liar.stop();
    const pairs = [
      ['finalize', 'finalize'],
      ['finalize', 'nullify'],
      ['notarize', 'notarize'],
      ['proposal', 'proposal'],
    ];
    const dan = await federation.kill('dan');
    const again = await federation.join('dan', dan);
    for (const { evidence } of [ann(), again]) {
      expect(evidence.list().map(({ kinds }) => kinds)).to.have.deep.members(pairs);
    }
    expect(ann().accused).to.have.length(4);
  });

  it('gossip.too-much: gets through though whoever passes it on has passed on more than enough of something else', async () => {
    for (let i = 0; i < 2 * limits.gossipPerPeerMax; i++) {
      ann().network.publish(HEAD_TOPIC, encodeHead({ height: 0, hash: hashOf(`${i}`) }));
    }
    gossip(contradiction(3));
    await eventually(() =>
      counts()
        .slice(1)
        .every((one) => one === 1),
    );
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
    await elect('ann', 'bob');
    ann().evidence.accuse(evidence);
    await everywhere(1);
  });

  it('of a later epoch reaches a member that was away, once it has caught up', async () => {
    await federation.kill('dan');
    await elect('ann', 'cid');
    await elect('bob', 'cid');
    ann().evidence.accuse(contradiction(3, 2));
    await everywhere(1);
    const dan = await federation.join('dan', undefined);
    await everywhere(1);
    expect(dan.evidence.list()[0]).to.include({ epoch: 2, view: 3 });
  });

  /** ann, bob and cid make these the authorities, as far as they may. @returns when all know it. */
  async function elect(...names: readonly string[]): Promise<void> {
    const { chainId } = ann().ledger;
    const { authorities, epoch } = committee();
    const voters = ['ann', 'bob', 'cid'].filter((name) =>
      authorities.some((key) => toHex(key) === toHex(keyOf(name))),
    );
    const expires = Math.floor(systemClock.now() / 1_000) + 600;
    const action = electionAt(ann().ledger, names);
    const unsigned = { nonce: systemRandom.bytes(16), expires, proposer: keyOf(voters[0]!) };
    const propose = signTransaction<'propose'>(
      chainId,
      { kind: 'propose', action, ...unsigned },
      seedOf(voters[0]!),
    );
    await ann().submission.submit(propose);
    const { id: proposal } = encodeChecked(propose);
    for (const name of voters.slice(1)) {
      const approve = { kind: 'approve' as const, proposal, authority: keyOf(name) };
      await ann().submission.submit(signTransaction<'approve'>(chainId, approve, seedOf(name)));
    }
    await eventually(() => federation.replicas.every(({ engine }) => engine.status().epoch === epoch + 1));
  }

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
      expect(await evidence.receive(keyOf('bob'), encodeEvidence(wrong))).to.deep.include({ kind, code });
    }
    expect((await evidence.receive(keyOf('bob'), Uint8Array.of(1, 2, 3))).kind).to.equal('reject');
    expect(counts()).to.deep.equal([0, 0, 0, 0]);
  });

  it('is bounded for each authority', async () => {
    const { evidenceMax, evidencePerAuthorityMax } = limits;
    expect(evidenceMax).to.be.at.least(evidencePerAuthorityMax * limits.authoritiesMax);
    for (let view = 1; view <= evidencePerAuthorityMax + 3; view++) gossip(contradiction(view));
    await eventually(() => federation.replicas[1]!.evidence.list().length === evidencePerAuthorityMax);
    expect(
      await federation.replicas[1]!.evidence.receive(keyOf('bob'), encodeEvidence(contradiction(99))),
    ).to.deep.equal({
      kind: 'ignore',
      code: 'consensus.known',
    });
  });

  it('that the disk does not take stops the node, whoever brought it', async () => {
    const store = createMemoryStore();
    await store.start();
    store.fillDisk(true);
    const { ledger, network } = ann();
    const failures: unknown[] = [];
    const failed = (error: unknown): void => void failures.push(error);
    const keeper = new EvidenceKeeper({ ledger, store, network, log: quiet, verify: verifyHash, failed });
    const verdict = await keeper.receive(keyOf('bob'), encodeEvidence(contradiction(3)));
    expect(verdict).to.deep.equal({ kind: 'ignore', code: 'node.not-ready' });
    keeper.accuse(contradiction(4));
    await eventually(() => failures.length === 2);
    for (const failure of failures) expect(failure).to.include({ code: 'store.failed' });
  });
});
