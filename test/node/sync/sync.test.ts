import { expect } from 'chai';
import { decodeBlock, encodeBlock } from '../../../chain/block/block.ts';
import { RULES_VERSION } from '../../../chain/block/version.ts';
import type { Bytes } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { MemberAddress, Network, PeerKey } from '../../../core/ports.ts';
import { createMemoryHub, type MemoryHub } from '../../../network/memory.ts';
import {
  decodeRange,
  decodeRangeRequest,
  encodeHead,
  encodePruned,
  encodeRange,
  type RangeEntry,
} from '../../../node/ledger/messages.ts';
import { serveChain } from '../../../node/ledger/server.ts';
import { HEAD_PROTOCOL, HEAD_TOPIC, RANGE_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import type { Yield } from '../../../node/process/yield.ts';
import type { Replica } from '../../../node/replica.ts';
import type { Lag } from '../../../node/sync/snapshot/trigger.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { hashOf, keyOf, LIBRARIES } from '../../chain/world.ts';
import { answerOf } from '../answer-of.ts';
import { answering } from '../answering.ts';
import { eventually } from '../eventually.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';
import { registration } from '../replicas.ts';
import { newcomer } from './newcomer.ts';

type Twist = (answer: Bytes, protocol: string, from: number) => Bytes | Promise<Bytes>;

const member = (name: string): MemberAddress => ({ key: keyOf(name), addresses: [] });
const members = LIBRARIES.map(member);
const BLOCKS = 150;

describe('a library that catches up by blocks', () => {
  let clock: MovingClock;
  let hub: MemoryHub;
  let chain: FinalisedChain;
  let stops: (() => Promise<void>)[];
  /** Ranges that were asked of each. */
  let asked: Record<string, number>;
  let readers: number;

  before(async () => {
    const store = createMemoryStore();
    await store.start();
    chain = await finalisedChain(store);
    readers = 0;
    await grow(BLOCKS - 3);
  });
  beforeEach(() => {
    clock = movingClock();
    hub = createMemoryHub({ clock });
    stops = [];
    asked = {};
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it('leaves a member that answers just before it would be too late, again and again', async () => {
    await serve('bob', async (answer, protocol) => {
      if (protocol !== RANGE_PROTOCOL) return answer;
      await new Promise<void>((resolve) => clock.after(limits.requestTimeoutMs - 100, resolve));
      return entries(answer, (all) => all.slice(0, 1));
    });
    const dan = await behind();
    await until(() => asked.bob === 1);
    await serve('ann');
    const from = clock.now();
    await until(() => height(dan) === top());
    expect(clock.now() - from).to.be.below(60_000);
    expect(asked.bob).to.be.within(1, 6);
  });

  it('says nothing of a member that joins itself, and answers whatever it is asked with nothing', async () => {
    for (const name of ['bob', 'cid']) await serve(name, () => new Uint8Array(0));
    await serve('ann');
    const warned: unknown[] = [];
    const dan = await behind(undefined, members, undefined, warned);
    await until(() => height(dan) === top());
    for (let second = 0; second < 60; second++) await moment(1_000);
    expect((asked.bob ?? 0) + (asked.cid ?? 0)).to.be.greaterThan(0);
    expect(warned).to.deep.equal([]);
  });

  it('takes an empty answer for no blocks: it brings a liar no more than that', async () => {
    expect(decodeRange(new Uint8Array(0))).to.deep.equal(decodeRange(encodeRange([])));
    const lie = encodeHead({ height: 10 ** 9, hash: hashOf('a lie') });
    await serve('bob', (answer, protocol) =>
      protocol === HEAD_PROTOCOL ? lie : protocol === RANGE_PROTOCOL ? new Uint8Array(0) : answer,
    );
    await serve('ann');
    const dan = await behind();
    await until(() => height(dan) === top());
    for (let second = 0; second < 120; second++) await moment(1_000);
    expect(dan.sync.behind).to.equal(0);
    expect(dan.sync.isLate).to.equal(false);
    expect(asked.bob, 'its empty words are counted').to.be.below(12);
  });

  it('leaves a member that gives one block at a time', async () => {
    await serve('bob', async (answer, protocol) => {
      if (protocol !== RANGE_PROTOCOL) return answer;
      await new Promise<void>((resolve) => clock.after(500, resolve));
      return entries(answer, (all) => all.slice(0, 1));
    });
    const dan = await behind();
    await until(() => asked.bob === 1);
    await serve('ann');
    await until(() => height(dan) === top());
    expect(asked.bob).to.be.within(1, 6);
  });

  it('stays with a slow member when there is no other', async () => {
    await serve('bob', async (answer) => {
      await new Promise<void>((resolve) => clock.after(limits.requestTimeoutMs - 1_000, resolve));
      return answer;
    });
    const dan = await behind();
    await until(() => height(dan) === top());
  });

  for (const names of [['ann'], ['ann', 'bob', 'cid', 'eve', 'fay', 'gil']]) {
    it(`catches up over a slow line of its own, with ${names.length} to ask`, async () => {
      const line = sharedLine();
      for (const name of names) {
        await serve(name, async (answer, protocol) => {
          if (protocol === RANGE_PROTOCOL) await line.brought(answer.length);
          return answer;
        });
      }
      const dan = await behind(undefined, names.map(member));
      const from = clock.now();
      await until(() => height(dan) === top() || clock.now() - from > 300_000);
      expect(height(dan)).to.equal(top());
      expect(clock.now() - from).to.be.below(90_000);
    });
  }

  it('range.pruned: does not believe one member that nobody keeps the blocks', async () => {
    const pruning: Twist = (answer, protocol) =>
      protocol === RANGE_PROTOCOL ? encodePruned(BLOCKS * 10) : answer;
    const lags: Lag[] = [];
    await serve('bob', pruning);
    const dan = await behind(async (lag) => {
      lags.push(lag);
      return false;
    });
    await until(() => (asked.bob ?? 0) > 0);
    expect(lags, 'after one look').to.deep.equal([]);
    await serve('ann');
    await until(() => height(dan) === top());
    expect(lags.filter(({ why }) => why !== 'far')).to.deep.equal([]);
  });

  it('range.pruned: asks for a state when nobody has the blocks, and knows where it stands by then', async () => {
    const lags: Lag[] = [];
    await serve('bob', (answer, protocol) => (protocol === RANGE_PROTOCOL ? encodePruned(BLOCKS) : answer));
    await behind(async (lag) => {
      lags.push(lag);
      return true;
    });
    await until(() => lags.length > 0);
    expect(lags[0]!.why).to.equal('pruned by some');
    expect(lags[0]!.height()).to.equal(0);
  });

  for (const [names, why] of [
    [['ann'], 'pruned by some'],
    [['ann', 'a guest', 'another'], 'pruned by some'],
    [['ann', 'cid'], 'pruned by many'],
  ] as const) {
    it(`range.pruned: what ${names.join(', ')} say is ${why}`, async () => {
      const lags: Lag[] = [];
      for (const name of names) {
        await serve(name, (answer, protocol) =>
          protocol === RANGE_PROTOCOL ? encodePruned(BLOCKS) : answer,
        );
      }
      await behind(async (lag) => {
        lags.push(lag);
        return false;
      }, names.map(member));
      const from = clock.now();
      await until(() => clock.now() - from > 30_000);
      expect(lags.at(-1)!.why).to.equal(why);
    });
  }

  it('range.pruned: goes on with blocks while whoever says that nobody keeps them is asked to show a state', async () => {
    await serve('bob', (answer, protocol) => {
      if (protocol === HEAD_PROTOCOL) return encodeHead({ height: top() + 1, hash: hashOf('a lie') });
      return protocol === RANGE_PROTOCOL ? encodePruned(top() + 1) : answer;
    });
    let isAsked = false;
    const dan = await behind(() => {
      isAsked = true;
      return new Promise<never>(() => {});
    });
    await until(() => isAsked);
    await serve('ann');
    const from = clock.now();
    await until(() => height(dan) === top());
    expect(clock.now() - from).to.be.below(limits.requestTimeoutMs / 2);
  });

  it('asks for a state as soon as a member shows how far it is, also in the middle of a run', async () => {
    const far = (answer: Bytes, protocol: string): Bytes =>
      protocol === HEAD_PROTOCOL
        ? encodeHead({ height: 2 * limits.snapshotBehindBlocks, hash: hashOf('far') })
        : answer;
    const lags: Lag[] = [];
    await serve('ann', async (answer, protocol, from) => {
      if (protocol === RANGE_PROTOCOL && from === 1) {
        await serve('bob', far);
        await new Promise<void>((resolve) => clock.after(1_000, resolve));
      }
      return answer;
    });
    const dan = await behind(async (lag) => {
      lags.push(lag);
      return true;
    });
    await until(() => lags.length > 0);
    expect(lags[0]).to.include({ why: 'far' });
    expect(height(dan)).to.be.below(top());
  });

  it('fetches blocks while those who say that they are far ahead do not answer, and asks no others to show it', async () => {
    const shown: PeerKey[] = [];
    for (const name of ['bob', 'cid']) {
      await serve(name, (answer, protocol) =>
        protocol === HEAD_PROTOCOL ? encodeHead({ height: 10 ** 9, hash: hashOf('a lie') }) : answer,
      );
    }
    await serve('ann');
    const from = clock.now();
    const dan = await behind((_, peer) => {
      shown.push(peer);
      return new Promise(() => {});
    });
    await until(() => height(dan) === top());
    expect(clock.now() - from).to.be.below(limits.requestTimeoutMs);
    expect(shown).to.have.deep.members([keyOf('bob'), keyOf('cid')]);
  });

  it('does not listen for long to a member that says more than it can show', async () => {
    await serve('bob', (answer, protocol) =>
      protocol === HEAD_PROTOCOL ? encodeHead({ height: 10 ** 9, hash: hashOf('a lie') }) : answer,
    );
    await serve('ann');
    const lags: Lag[] = [];
    const dan = await behind(async (lag) => {
      lags.push(lag);
      return false;
    });
    await until(() => height(dan) === top());
    const before = asked.ann!;
    for (let second = 0; second < 600; second++) await moment(1_000);
    expect(asked.ann! - before).to.be.below(20);
    expect(lags.length).to.be.below(50);
  });

  it('does not believe gossip, of which nobody knows who said it first', async () => {
    await serve('ann');
    const bob = await serve('bob');
    const dan = await behind();
    await until(() => height(dan) === top());
    for (let i = 0; i < 100; i++) {
      bob.publish(HEAD_TOPIC, encodeHead({ height: 10 ** 9 + i, hash: hashOf(`${i}`) }));
      await moment(50);
      expect(dan.sync.behind).to.equal(0);
    }
  });

  it('hears by gossip of a new block, and has it from whoever passed it on', async () => {
    const ann = await serve('ann');
    const dan = await behind();
    await until(() => height(dan) === top());
    await grow(1);
    ann.publish(HEAD_TOPIC, encodeHead({ height: top(), hash: chain.ledger.head().hash }));
    await moment(1);
    await moment(350);
    await eventually(
      () => height(dan) >= top(),
      () => moment(1),
    );
    expect(height(dan)).to.equal(top());
  });

  it('takes blocks whose certificate comes only with a later range', async () => {
    await serve('ann', (answer, protocol, from) =>
      protocol === RANGE_PROTOCOL
        ? entries(answer, (all) =>
            all.map(({ block, certificate }, index) => {
              const isLast = from + index === top() || (from + index) % 100 === 0;
              return { block, certificate: isLast ? certificate : undefined };
            }),
          )
        : answer,
    );
    const dan = await behind();
    await until(() => height(dan) === top());
  });

  it('gives others a turn between the blocks of one certificate', async () => {
    await serve('ann', (answer, protocol, from) =>
      protocol === RANGE_PROTOCOL
        ? entries(answer, (all) =>
            all.map(({ block, certificate }, index) => {
              return { block, certificate: from + index === top() ? certificate : undefined };
            }),
          )
        : answer,
    );
    let yields = 0;
    const dan = await behind(undefined, [], async () => {
      yields += 1;
      await new Promise((resolve) => setImmediate(resolve));
    });
    await until(() => height(dan) === top());
    expect(yields).to.be.at.least(top());
  });

  it('gives up blocks that go on without a certificate for ever', async () => {
    await serve('bob', (answer, protocol) =>
      protocol === RANGE_PROTOCOL
        ? entries(answer, (all) => all.map(({ block }) => ({ block, certificate: undefined })))
        : answer,
    );
    await serve('ann');
    const dan = await behind();
    await until(() => height(dan) === top());
  });

  it('has the next range on its way while it takes the present one', async () => {
    const heights: number[] = [];
    let dan: Replica | undefined;
    await serve('ann', (answer, protocol, from) => {
      if (protocol === RANGE_PROTOCOL && from > 1) heights.push(from - 1 - height(dan!));
      return answer;
    });
    dan = await behind();
    await until(() => height(dan) === top());
    expect(heights[0]).to.equal(limits.rangeBlocksMax);
  });

  it('follows a change of the authorities in the middle of a range', async () => {
    await chain.elect(['ann', 'bob', 'cid', 'dan']);
    await grow(3);
    await chain.elect(['bob', 'cid', 'dan']);
    await grow(3);
    await serve('ann');
    const dan = await behind();
    await until(() => height(dan) === top());
    expect(dan.ledger.head().hash).to.deep.equal(chain.ledger.head().hash);
  });

  it('block.wrong-body: leaves who gives other transactions under true headers and certificates', async () => {
    const warned: unknown[] = [];
    await serve('bob', (answer, protocol) =>
      protocol === RANGE_PROTOCOL ? entries(answer, (all) => all.map(withoutTransactions)) : answer,
    );
    const dan = await behind(undefined, [], async () => {}, warned);
    await until(() => (asked.bob ?? 0) > 0);
    await moment(1_000);
    expect(height(dan)).to.equal(0);
    expect(new Set(warned)).to.deep.equal(new Set(['block.wrong-body']));
    await serve('ann');
    await until(() => height(dan) === top());
  });

  it('block.wrong-header, consensus.wrong-signature, signature.wrong: leaves who gives what is wrong', async () => {
    const lies: ((all: readonly RangeEntry[]) => readonly RangeEntry[])[] = [
      (all) => all.slice(1),
      (all) => [...all].reverse(),
      (all) => all.map((one, index) => ({ ...one, certificate: all[(index + 1) % all.length]!.certificate })),
      (all) => all.map(({ block, certificate }) => ({ block: flipped(block), certificate })),
      (all) =>
        all.map(({ block, certificate }) => ({ block, certificate: certificate && flipped(certificate) })),
    ];
    await serve('bob', (answer, protocol) => {
      if (protocol !== RANGE_PROTOCOL) return answer;
      return entries(answer, lies[(asked.bob! - 1) % lies.length]!);
    });
    const dan = await behind();
    await until(() => (asked.bob ?? 0) >= lies.length);
    expect(height(dan)).to.equal(0);
    await serve('ann');
    await until(() => height(dan) === top());
  });

  it('outdated, not refused: when more authorities than can lie show blocks of rules that it does not know', async () => {
    const warned: unknown[] = [];
    const tomorrow: Twist = (answer, protocol) =>
      protocol === RANGE_PROTOCOL ? entries(answer, (all) => all.map(byRulesOfTomorrow)) : answer;
    await serve('eve', tomorrow); // who is no authority, and may say what it likes
    const dan = await behind(undefined, [member('eve')], async () => {}, warned);
    await until(() => (asked.eve ?? 0) > 0);
    await moment(1_000);
    expect(dan.sync.unreadable).to.equal(false);
    await serve('ann', tomorrow);
    await until(() => dan.sync.unreadable);
    expect(warned).to.deep.equal([]);
    await serve('bob'); // has them in pieces that can be read
    await until(() => height(dan) === top());
    expect(dan.sync.unreadable).to.equal(false);
  });

  it('one member that claims blocks and never shows them makes no library unready, and holds up no block', async () => {
    await chain.elect(LIBRARIES); // one of four may lie
    await serve('bob', (answer, protocol) => {
      if (protocol === HEAD_PROTOCOL) return encodeHead({ height: 10 ** 9, hash: hashOf('a lie') });
      return protocol === RANGE_PROTOCOL ? new Promise<never>(() => {}) : answer;
    });
    await serve('ann');
    await serve('cid');
    const dan = await behind();
    await until(() => height(dan) === top());
    await moment(1_000);
    const [before, unready, late] = [asked.bob ?? 0, [] as number[], [] as number[]];
    for (let second = 1; second <= 600; second++) {
      if (second % 20 === 0) await grow(1);
      await moment(1_000);
      if (height(dan) === top() && dan.sync.behind > 0) unready.push(second);
      if (second % 20 === 12 && height(dan) < top()) late.push(second);
    }
    expect(unready).to.deep.equal([]);
    expect(late, 'twelve seconds after it was made a block is here').to.deep.equal([]);
    expect(asked.bob! - before).to.be.below(50);
  });

  it('one member that claims blocks and says that it has pruned them is soon not listened to', async () => {
    await serve('bob', (answer, protocol) => {
      if (protocol === HEAD_PROTOCOL) return encodeHead({ height: 10 ** 9, hash: hashOf('a lie') });
      return protocol === RANGE_PROTOCOL ? encodePruned(10 ** 9) : answer;
    });
    await serve('ann');
    await serve('cid');
    const warned: unknown[] = [];
    const dan = await behind(
      async () => false,
      [],
      async () => {},
      warned,
    );
    await until(() => height(dan) === top());
    for (let second = 0; second < 600; second++) await moment(1_000);
    expect(warned.length).to.be.below(20);
  });

  it('is behind when more members than can lie say so, though none of them gives its blocks', async () => {
    await serve('ann');
    const dan = await behind();
    await until(() => height(dan) === top());
    const above = top() + 7;
    for (const name of ['bob', 'cid']) {
      await serve(name, (answer, protocol) => {
        if (protocol === HEAD_PROTOCOL) return encodeHead({ height: above, hash: hashOf('a head') });
        return protocol === RANGE_PROTOCOL ? new Promise<never>(() => {}) : answer;
      });
    }
    await until(() => dan.sync.behind === 7);
    for (let second = 0; second < 60; second++) await moment(1_000);
    expect(dan.sync.behind).to.equal(7);
  });

  it('members without a vote make no library behind, however many say so', async () => {
    await serve('ann');
    const guests = ['a guest', 'another', 'a third'];
    const dan = await behind(undefined, guests.map(member));
    await until(() => height(dan) === top());
    for (const name of guests) {
      await serve(name, (answer, protocol) => {
        if (protocol === HEAD_PROTOCOL) return encodeHead({ height: top() + 7, hash: hashOf('a head') });
        return protocol === RANGE_PROTOCOL ? encodePruned(top() + 7) : answer;
      });
    }
    for (let second = 0; second < 60; second++) {
      await moment(1_000);
      expect(dan.sync.behind).to.equal(0);
    }
    for (const name of guests) expect(asked[name], name).to.be.greaterThan(0);
  });

  function top(): number {
    return chain.ledger.head().header.height;
  }

  async function grow(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await chain.commit([registration(chain.world.genesis, `reader ${readers++}`, 'ann')]);
    }
  }

  async function serve(name: string, twist: Twist = (answer) => answer): Promise<Network> {
    const protocols = serveChain(chain.ledger);
    const network = await answering(hub, name, members, async (protocol, bytes) => {
      const request = decodeRangeRequest(bytes);
      if (protocol === RANGE_PROTOCOL) asked[name] = (asked[name] ?? 0) + 1;
      const from = request.kind === 'accept' ? request.value.from : 0;
      return twist(answerOf(protocols, protocol, bytes), protocol, from);
    });
    stops.push(() => network.stop());
    return network;
  }

  /** dan, at genesis. */
  const behind = (
    lag?: (lag: Lag, peer: PeerKey) => Promise<boolean>,
    peers: readonly MemberAddress[] = [],
    yieldToLoop: Yield = async () => {},
    warned: unknown[] = [],
  ): Promise<Replica> =>
    newcomer(
      { hub, clock, genesis: chain.world.genesis, stops },
      {
        ...{ peers, yieldToLoop },
        log: { warn: (_, data) => void warned.push(data?.code) },
        ...(lag && { lag: (peer, how) => lag(how, peer) }),
      },
    );

  /** All that is on its way shares it. A full range takes longer than a request may. */
  function sharedLine() {
    type Download = { left: number; readonly until: number; readonly come: () => void };
    const STEP_MS = 20;
    const downloads = new Set<Download>();
    let bytesPerStep = 0;
    const step = (): void => {
      const share = bytesPerStep / downloads.size;
      for (const download of [...downloads]) {
        download.left -= share;
        if (download.left > 0 && clock.now() < download.until) continue;
        downloads.delete(download);
        download.come();
      }
      if (downloads.size > 0) clock.after(STEP_MS, step);
    };
    return {
      brought(bytes: number): Promise<void> {
        bytesPerStep ||= (bytes * STEP_MS) / (1.2 * limits.requestTimeoutMs);
        if (downloads.size === 0) clock.after(STEP_MS, step);
        return new Promise((come) => {
          // Whoever has waited in vain hangs up.
          downloads.add({ left: bytes, until: clock.now() + limits.requestTimeoutMs, come });
        });
      },
    };
  }

  const until = (holds: () => boolean) => eventually(holds, () => moment(20));

  /** Time passes, and what it has brought about happens. */
  async function moment(ms: number): Promise<void> {
    clock.pass(ms);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
});

function height({ ledger }: Replica): number {
  return ledger.head().header.height;
}

function entries(answer: Bytes, change: (all: readonly RangeEntry[]) => readonly RangeEntry[]): Bytes {
  const range = decodeRange(answer);
  return range.kind === 'accept' ? encodeRange(change(range.value)) : answer;
}

function flipped(bytes: Bytes): Bytes {
  const copy = bytes.slice();
  copy[copy.length - 2]! ^= 1;
  return copy;
}

function byRulesOfTomorrow({ block, certificate }: RangeEntry): RangeEntry {
  const decoded = decodeBlock(block);
  if (decoded.kind !== 'accept') throw new Error('a block that was given decodes');
  const header = { ...decoded.value.header, version: RULES_VERSION + 1 };
  return { block: encodeBlock({ ...decoded.value, header }), certificate };
}

function withoutTransactions({ block, certificate }: RangeEntry): RangeEntry {
  const decoded = decodeBlock(block);
  if (decoded.kind !== 'accept') throw new Error('a block that was given decodes');
  return { block: encodeBlock({ ...decoded.value, transactions: [] }), certificate };
}
