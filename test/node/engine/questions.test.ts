/** An authority that asks for certificates without end: a question is short, its answers are not. */
import { expect } from 'chai';
import { assemble } from '../../../consensus/certificate.ts';
import { decodeMessage, encodeMessage, type Nullify } from '../../../consensus/messages.ts';
import { statementHash } from '../../../consensus/statements.ts';
import { compareBytes } from '../../../core/bytes.ts';
import { createSigner } from '../../../core/crypto-node.ts';
import { limits } from '../../../core/limits.ts';
import type { Network } from '../../../core/ports.ts';
import { decodeFrame, encodeFrame } from '../../../node/engine/frames.ts';
import { PROTOCOLS, TOPICS } from '../../../node/peers/protocol-names.ts';
import { keyOf, seedOf } from '../../chain/world.ts';
import { eventually } from '../eventually.ts';
import { startFederation, type TestFederation } from '../replicas.ts';

const NAMES = ['ann', 'bob', 'cid', 'dan'].sort((a, b) => compareBytes(keyOf(a), keyOf(b)));
const VIEWS = limits.viewsAheadMax;
const delivered = () => new Promise((resolve) => setImmediate(resolve));

describe('an authority that asks without end', () => {
  let federation: TestFederation;
  let bob: Network;
  let answers = 0;

  beforeEach(async () => {
    federation = await startFederation(['ann'], { authorities: 4 });
    const members = federation.genesis.members.map(({ key }) => ({ key, addresses: [] }));
    bob = federation.hub.network(keyOf('bob'), { topics: TOPICS, protocols: PROTOCOLS, members });
    answers = 0;
    bob.handle({
      frame(_from, bytes) {
        const frame = decodeFrame(bytes);
        const message = frame?.kind === 'consensus' ? decodeMessage(frame.bytes) : undefined;
        if (message?.kind === 'accept' && message.value.kind === 'nullification') answers += 1;
      },
      gossip: () => ({ kind: 'ignore', code: 'transaction.known' }),
      request: async () => new Uint8Array(0),
      connected() {},
      disconnected() {},
    });
    await bob.start();
  });
  afterEach(async () => {
    await bob.stop();
    await federation.stop();
  });

  const ann = () => federation.replicas[0]!;
  const send = (message: Parameters<typeof encodeMessage>[0]): void =>
    bob.send(keyOf('ann'), encodeFrame('consensus', encodeMessage(message)));
  const nullification = (view: number) => {
    const votes = NAMES.map((name, signer): Nullify => {
      const claim = { kind: 'nullify', view } as const;
      const hash = statementHash({ chainId: ann().ledger.chainId, epoch: 0 }, claim);
      return { ...claim, epoch: 0, signer, signature: createSigner(seedOf(name))(hash) };
    });
    return assemble(votes, NAMES.length);
  };
  const request = { kind: 'request', epoch: 0, firstView: 1, lastView: VIEWS } as const;

  it('is answered, and then no more often than it has paid for', async () => {
    for (let view = 1; view <= VIEWS; view++) send(nullification(view));
    await eventually(() => ann().engine.status().view === VIEWS + 1);
    const before = answers; // what ann has said by itself
    send(request);
    await eventually(() => answers >= before + VIEWS);
    const questions = limits.framesPerPeerMax / 2;
    for (let i = 0; i < questions; i++) send(request);
    await delivered();
    await ann().engine.reportVotes(keyOf('bob')); // in turn: everything before it has been taken
    await delivered();
    const given = (answers - before) / VIEWS;
    expect(given).to.be.greaterThan(3);
    expect(given).to.be.lessThan(questions / 4);
  });
});
