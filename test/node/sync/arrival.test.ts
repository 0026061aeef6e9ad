import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import type { Network } from '../../../core/ports.ts';
import { accept } from '../../../core/verdict.ts';
import { createMemoryHub, type MemoryHub } from '../../../network/memory.ts';
import { encodeHead } from '../../../node/ledger/messages.ts';
import { HEAD_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { Arrival } from '../../../node/sync/arrival.ts';
import { hashOf, keyOf, LIBRARIES } from '../../chain/world.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';

const GUESTS = ['a guest', 'another', 'a third'];
const members = [...LIBRARIES, ...GUESTS].map((name) => ({ key: keyOf(name), addresses: [] }));
/** Of whom none may lie; of four one may. */
const FEW = LIBRARIES.slice(0, 3);

describe('a library that has just started', () => {
  let clock: MovingClock;
  let hub: MemoryHub;
  let height: number;
  let authorities: readonly string[];
  let hasOthers: boolean;
  let isGreeted: boolean;
  let arrival: Arrival;
  const running: Network[] = [];

  beforeEach(async () => {
    clock = movingClock();
    hub = createMemoryHub({ clock });
    height = 7;
    authorities = FEW;
    hasOthers = true;
    isGreeted = true;
    const network = await join('dan', () => 0);
    arrival = new Arrival({
      network,
      clock,
      height: () => height,
      authorities: () => authorities.map(keyOf),
      hasOthers: () => hasOthers,
      isGreeted: () => isGreeted,
    });
    arrival.start();
  });
  afterEach(async () => {
    arrival.stop();
    for (const one of running.splice(0)) await one.stop();
  });

  /** @param top - its height; undefined: it never answers. */
  async function join(name: string, top: () => number | undefined): Promise<Network> {
    const network = hub.network(keyOf(name), { topics: [], protocols: [HEAD_PROTOCOL], members });
    network.handle({
      frame() {},
      gossip: () => accept(),
      async request() {
        const said = top();
        if (said === undefined) return new Promise<never>(() => {});
        return encodeHead({ height: said, hash: hashOf('head') });
      },
      connected() {},
      disconnected() {},
    });
    await network.start();
    running.push(network);
    return network;
  }

  /** Time passes, and what was asked is answered. */
  async function moment(ms = 200): Promise<void> {
    clock.pass(ms);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  }

  it('has arrived when there is nobody else', () => {
    hasOthers = false;
    expect(arrival.arrived).to.equal(true);
  });

  it('has not arrived before it has heard from the others, and is where they are', async () => {
    await moment();
    expect(arrival.arrived, 'nobody is there').to.equal(false);
    await join('ann', () => 9);
    await moment();
    expect(arrival.arrived, 'ann is above').to.equal(false);
    height = 9;
    await moment();
    expect(arrival.arrived).to.equal(true);
    height = 0;
    expect(arrival.arrived, 'for good').to.equal(true);
  });

  it('does not take the word of one that is behind itself for that of the others', async () => {
    await Promise.all([join('ann', () => 0), join('bob', () => 9), join('cid', () => 9)]);
    await moment();
    await moment();
    expect(arrival.arrived).to.equal(false);
    height = 9;
    await moment();
    expect(arrival.arrived).to.equal(true);
  });

  it('does not wait for what one member says to be above it, where one may lie', async () => {
    authorities = LIBRARIES;
    await join('ann', () => 10 ** 9);
    await moment();
    expect(arrival.arrived, 'nobody else has said anything').to.equal(false);
    const tops = { bob: 9, cid: 9 };
    await Promise.all([join('bob', () => tops.bob), join('cid', () => tops.cid)]);
    await moment();
    expect(arrival.arrived, 'two are above').to.equal(false);
    tops.bob = 7;
    tops.cid = 7;
    await moment();
    expect(arrival.arrived).to.equal(true);
  });

  it('does not wait for one that is silent', async () => {
    await Promise.all([join('ann', () => undefined), join('bob', () => 7), join('cid', () => 7)]);
    await moment();
    expect(arrival.arrived).to.equal(true);
  });

  it('does not wait for the words of members without a vote, however many, where authorities have answered', async () => {
    authorities = LIBRARIES;
    for (const guest of GUESTS) await join(guest, () => 10 ** 9);
    await moment();
    expect(arrival.arrived, 'nobody else has said anything').to.equal(false);
    const tops = { ann: 9 };
    await Promise.all([join('ann', () => tops.ann), join('bob', () => 9), join('cid', () => undefined)]);
    await moment();
    expect(arrival.arrived, 'two authorities are above').to.equal(false);
    tops.ann = 7;
    await moment();
    expect(arrival.arrived).to.equal(true);
  });

  it('asks members without a vote where authorities are silent', async () => {
    await join('ann', () => undefined);
    for (const guest of GUESTS) await join(guest, () => 7);
    await moment();
    expect(arrival.arrived).to.equal(true);
  });

  it('waits for a member of its own chain, however long, when it has nothing to serve', async () => {
    [isGreeted, height] = [false, 0];
    await join('ann', () => 0); // of whatever chain
    await moment(10 * limits.arrivalMs);
    expect(arrival.arrived).to.equal(false);
    expect(arrival.isUnheard).to.equal(true);
    isGreeted = true;
    await moment();
    expect(arrival.arrived).to.equal(true);
    expect(arrival.isUnheard).to.equal(false);
  });

  it('serves what it has after a while without anybody of its chain', async () => {
    isGreeted = false;
    await join('ann', () => 7);
    await moment(limits.arrivalMs - 200);
    expect(arrival.arrived).to.equal(false);
    await moment(400);
    expect(arrival.arrived).to.equal(true);
  });

  it('serves what it has after a while, when nobody is there, or somebody says more than it can show', async () => {
    await join('ann', () => 10 ** 9);
    await moment(limits.arrivalMs - 1);
    expect(arrival.arrived).to.equal(false);
    await moment(1);
    expect(arrival.arrived).to.equal(true);
  });
});
