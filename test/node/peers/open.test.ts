/** The table of what members say: each name has one row, and none is forgotten. */
import { expect } from 'chai';
import { AssertionFailed } from '../../../core/assert.ts';
import type { Network, NetworkHandlers } from '../../../core/ports.ts';
import { accept } from '../../../core/verdict.ts';
import { openPeers } from '../../../node/peers/open.ts';
import type { Protocol } from '../../../node/peers/protocol.ts';
import { HEAD_PROTOCOL, HEAD_TOPIC, PROTOCOLS, TOPICS } from '../../../node/peers/protocol-names.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { keyOf } from '../../chain/world.ts';
import { expectFault } from '../../contracts/fault.ts';
import { movingClock } from '../moving-clock.ts';
import { quiet } from '../replicas.ts';

const NOTHING = new Uint8Array(0);
const ROWS: readonly Protocol[] = [
  ...PROTOCOLS.map((request) => ({ request, costBytes: 1, answer: () => NOTHING })),
  ...TOPICS.map((topic) => ({ topic, cost: 1, receive: () => accept() })),
];

describe('the table of what members say', () => {
  const ann = keyOf('ann');

  it('asks the room that answers a request and the room that hears a topic, and knows nothing else', async () => {
    const { peers, handlers } = await open();
    const asked: unknown[] = [];
    peers.serve([
      {
        request: HEAD_PROTOCOL,
        costBytes: 1,
        answer(from, question) {
          asked.push([from, question]);
          return Uint8Array.of(7);
        },
      },
      {
        topic: HEAD_TOPIC,
        cost: 1,
        receive(from, bytes) {
          asked.push([from, bytes]);
          return accept();
        },
      },
    ]);
    expect(await handlers.request(HEAD_PROTOCOL, ann, Uint8Array.of(1))).to.deep.equal(Uint8Array.of(7));
    expect(await handlers.gossip(HEAD_TOPIC, ann, Uint8Array.of(2))).to.deep.equal(accept());
    expect(asked).to.deep.equal([
      [ann, Uint8Array.of(1)],
      [ann, Uint8Array.of(2)],
    ]);
    await expectFault('network.unreachable', () => handlers.request('of another version', ann, NOTHING));
    expect((await handlers.gossip('of another version', ann, NOTHING)).kind).to.equal('reject');
  });

  it('lets no library start in which a name is forgotten', async () => {
    for (const name of [...PROTOCOLS, ...TOPICS]) {
      const { peers } = await open();
      peers.serve(ROWS.filter((row) => ('request' in row ? row.request : row.topic) !== name));
      expect(() => peers.assertWhole()).to.throw(AssertionFailed, name);
    }
    const { peers } = await open();
    peers.serve(ROWS);
    peers.assertWhole();
  });

  it('takes one row for a name', async () => {
    for (const row of ROWS) {
      const { peers } = await open();
      peers.serve([row]);
      expect(() => peers.serve([row])).to.throw(AssertionFailed);
    }
  });

  it('takes no row once members are met: it would have been refused to the first of them', async () => {
    const { peers } = await open();
    for (const part of peers.parts) await part.start();
    expect(() => peers.serve(ROWS)).to.throw(AssertionFailed);
  });

  it('tells rooms of a new line in the order in which they came', async () => {
    const { peers, handlers } = await open();
    const told: string[] = [];
    for (const room of ['engine', 'sync', 'hello']) peers.onConnected(() => told.push(room));
    peers.onOpened(() => told.push('opened'));
    handlers.opened!(ann);
    handlers.connected(ann);
    expect(told).to.deep.equal(['opened', 'engine', 'sync', 'hello']);
  });

  async function open() {
    const store = createMemoryStore();
    await store.start();
    const handlers: NetworkHandlers[] = [];
    const network: Network = {
      handle: (given) => void handlers.push(given),
      async start() {},
      async stop() {},
      send() {},
      publish() {},
      request: async () => NOTHING,
      peers: () => [],
      setMembers() {},
    };
    const ports = { store, network, clock: movingClock(), log: quiet, members: () => [], frame() {} };
    const failed = (error: unknown): void => {
      throw error;
    };
    return { peers: openPeers({ ...ports, failed }, []), handlers: handlers[0]! };
  }
});
