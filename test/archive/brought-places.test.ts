/** Who has a place when readers bring files that they seed, and who loses it; peers are real, and say nothing unless told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Archive, createArchive } from '../../archive/archive.ts';
import { clientAddressOf, parseAddress } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { infoHashV1 } from '../../torrent/metainfo.ts';
import { RawListener } from '../e2e/fixtures/raw-peer.ts';
import { eventually } from '../node/eventually.ts';
import {
  EVERYBODY,
  fileHash,
  LogInMemory,
  ManualClock,
  metainfoOf,
  outcome,
  RandomInMemory,
  vectorBytes,
} from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const BYTES = vectorBytes(200_000);
const BOOK = metainfoOf(BYTES);

type Fetch = { ended: string | undefined };

describe('places for fetches of what readers bring', () => {
  let folder: string;
  let clock: ManualClock;
  let archive: Archive;
  let seeder: RawListener;
  let begun: number;
  const ending: AbortController[] = [];
  const all: Promise<unknown>[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digitallib-brought-'));
    clock = new ManualClock();
    begun = 0;
    const { after } = clock;
    clock.after = (delayMs, run) => {
      if (delayMs === limits.broughtFirstMs) begun++;
      return after.call(clock, delayMs, run);
    };
    archive = createArchive(
      {
        ...{ clock, random: new RandomInMemory(), log: new LogInMemory(), freeBytes: async () => 1e15 },
        ...{ ...EVERYBODY, announceUrls: () => [], names: () => [] },
      },
      { folder, bytesMax: 10_000_000, host: '127.0.0.1', port: 0, federation: FEDERATION },
    );
    await archive.start();
    seeder = await RawListener.open(
      { host: '127.0.0.1' },
      toHex(infoHashV1(BOOK, FEDERATION)),
      BOOK.size,
      BYTES,
    );
  });
  afterEach(async () => {
    for (const one of ending.splice(0)) one.abort();
    await Promise.allSettled(all.splice(0));
    await archive.stop();
    await seeder.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** @param seeds - else it is another file, and nobody sends anything of it. */
  function brings(
    key: number,
    from: string,
    options: { paid?: boolean; seeds?: boolean; isFirst?: boolean } = {},
  ): Fetch {
    const { paid = false, seeds = false, isFirst = false } = options;
    const address = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) } as const;
    const at = { address, port: seeder.port };
    const one = new AbortController();
    const fetch: Fetch = { ended: undefined };
    const fetched = archive.fetchBrought({
      ...{ hash: seeds ? BOOK.hash : fileHash(all.length), outline: () => BOOK, reading() {} },
      from: () => (seeds ? [at] : []),
      by: {
        key: Uint8Array.from([key, key >> 8, ...Array(30).fill(7)]),
        address: clientAddressOf(parseAddress(from)!),
        paid,
        isFirst,
      },
      signal: one.signal,
    });
    ending.push(one);
    all.push(
      fetched.then(
        (verdict) => {
          fetch.ended = outcome(verdict);
        },
        () => {
          fetch.ended = 'broke off';
        },
      ),
    );
    return fetch;
  }

  /** Resolves when as many more have begun. */
  async function underWay(count: number, begin: (i: number) => void): Promise<void> {
    const before = begun;
    for (let i = 0; i < count; i++) begin(i);
    await eventually(() => begun === before + count);
  }

  it('are left to others by ten networks of strangers, and to keys that have paid by all of them', async () => {
    await underWay(10 * limits.broughtPerNetworkMax, (i) => brings(i, `10.0.${i % 10}.${i}`));
    const eleventh = brings(100, '10.0.3.99');
    await eventually(() => eleventh.ended !== undefined);
    expect(eleventh.ended, 'of a network that has its share').to.equal('archive.busy');
    const left = limits.broughtOfStrangersMax - 10 * limits.broughtPerNetworkMax;
    expect(left).to.be.above(0);
    await underWay(left, (i) => brings(200 + i, `10.1.${i}.1`));
    const late = brings(300, '10.2.0.1');
    await eventually(() => late.ended !== undefined);
    expect(late.ended, 'strangers have all of theirs').to.equal('archive.busy');
    const reader = brings(400, '10.0.3.98', { paid: true, seeds: true });
    await eventually(() => reader.ended !== undefined);
    expect(reader.ended, 'behind the address of a stranger').to.equal('accept');
  });

  it('are counted by key of those who have paid, wherever they come from: one key does not take them all', async () => {
    await underWay(limits.broughtPerKeyMax, (i) => brings(1, `10.0.${i}.1`, { paid: true }));
    const more = brings(1, '10.9.0.1', { paid: true });
    await eventually(() => more.ended !== undefined);
    expect(more.ended).to.equal('archive.busy');
    await underWay(limits.broughtOfReadersMax - limits.broughtPerKeyMax, (i) =>
      brings(2 + i, `10.1.${i}.1`, { paid: true }),
    );
  });

  it('are left to others by ten networks of keys that have paid, after one of them has had half', async () => {
    const half = limits.broughtOfReadersMax / 2;
    await underWay(half, (i) => brings(i, '10.0.0.1', { paid: true }));
    const more = brings(100, '10.0.0.2', { paid: true });
    await eventually(() => more.ended !== undefined);
    expect(more.ended).to.equal('archive.busy');
    const others = 9 * limits.broughtOfReadersPerNetworkMax;
    await underWay(others, (i) => brings(200 + i, `10.1.${i % 9}.1`, { paid: true }));
    const elsewhere = brings(300, '10.2.0.1', { paid: true, seeds: true });
    await eventually(() => elsewhere.ended !== undefined);
    expect(elsewhere.ended).to.equal('accept');
  });

  it('are lost by whoever brings next to nothing, to one who asks and to nobody else', async () => {
    const silent: Fetch[] = [];
    await underWay(limits.broughtPerNetworkMax, (i) => silent.push(brings(i, '10.0.0.1')));
    const early = brings(10, '10.0.0.2', { seeds: true });
    await eventually(() => early.ended !== undefined);
    expect(early.ended, 'they have had no time yet').to.equal('archive.busy');
    clock.move(limits.fetchTurnMs);
    await new Promise(setImmediate);
    expect(
      silent.map(({ ended }) => ended),
      'nobody asks',
    ).to.deep.equal([undefined, undefined]);
    const next = brings(11, '10.0.0.2', { seeds: true });
    await eventually(() => next.ended !== undefined);
    expect(next.ended).to.equal('accept');
    expect(silent.map(({ ended }) => ended)).to.have.members(['archive.busy', undefined]);
  });

  it('are given no more to strangers of a network whose fetches came to nothing, until some time has passed', async () => {
    const own = '10.0.0.1';
    // Two at once for as long as one may take: one is made up for meanwhile.
    for (let round = 1; round < limits.broughtInVainMax; round++) {
      const silent: Fetch[] = [];
      await underWay(2, (i) => silent.push(brings(2 * round + i, own)));
      clock.move(limits.broughtFirstMs);
      await eventually(() => silent.every(({ ended }) => ended === 'file.not-available'));
    }
    const refused = brings(200, own);
    await eventually(() => refused.ended !== undefined);
    expect(refused.ended).to.equal('archive.busy');
    const elsewhere = brings(201, '10.0.1.1', { seeds: true });
    const reader = brings(202, own, { paid: true, seeds: true });
    await eventually(() => elsewhere.ended !== undefined && reader.ended !== undefined);
    expect([elsewhere.ended, reader.ended]).to.deep.equal(['accept', 'accept']);
    const first = brings(204, own, { isFirst: true, seeds: true });
    await eventually(() => first.ended !== undefined);
    expect(first.ended, 'the first try of a claim is paid for').to.equal('accept');
    clock.move(1_000 / limits.broughtInVainPerSecond);
    const later = brings(203, own, { seeds: true });
    await eventually(() => later.ended !== undefined);
    expect(later.ended).to.equal('accept');
  });

  it('are not fewer for those who bring what they announce, however often', async () => {
    for (let i = 0; i < 2 * limits.broughtInVainMax; i++) {
      const brought = brings(i, '10.0.0.1', { seeds: true });
      await eventually(() => brought.ended !== undefined);
      expect(brought.ended).to.equal('accept');
    }
  });

  it('are of use to a client that lets others ask in one breath with its handshake: it is asked at once', async () => {
    seeder.opened = (peer) => {
      peer.unchokesAtOnce = true;
    };
    const brought = brings(1, '10.0.0.1', { seeds: true });
    await eventually(() => brought.ended !== undefined);
    expect(brought.ended).to.equal('accept');
  });

  it('are fewer for a key that has paid and announces what it does not bring', async () => {
    for (let round = 1; round < limits.broughtInVainMax; round++) {
      const silent: Fetch[] = [];
      await underWay(2, (i) => silent.push(brings(1, `10.0.${i}.1`, { paid: true })));
      clock.move(limits.broughtFirstMs);
      await eventually(() => silent.every(({ ended }) => ended === 'file.not-available'));
    }
    const refused = brings(1, '10.0.7.1', { paid: true, seeds: true });
    const other = brings(2, '10.0.7.1', { paid: true, seeds: true });
    await eventually(() => refused.ended !== undefined && other.ended !== undefined);
    expect([refused.ended, other.ended]).to.deep.equal(['archive.busy', 'accept']);
  });
});
