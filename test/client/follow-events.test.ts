import { expect } from 'chai';
import { ClientError } from '../../client/client-error.ts';
import type { EventPage, LedgerEvent } from '../../client/event-types.ts';
import { type FollowOptions, followEvents, type PageSource } from '../../client/follow-events.ts';

const [AWAY, BUSY] = [
  new ClientError('client.unreachable', 'away'),
  new ClientError('node.not-ready', 'not yet', { status: 503 }),
];
const PRUNED = new ClientError('events.pruned', 'too old', { status: 410, facts: { oldest: 7 } });

describe('events that are followed', () => {
  it('come once and in order, page after page, from the place behind the last one', async () => {
    const { told, asked } = await follow([page('2:0', '1:0', '1:2'), page('3:0'), page('4:0', '3:1')]);
    expect(told).to.deep.equal(['1:0', '1:2', '3:1']);
    expect(asked).to.deep.equal([undefined, '2:0', '3:0', '4:0']);
  });

  it('are dropped when they come again', async () => {
    const pages = [page('2:0', '1:0', '1:1'), page('2:0', '1:0', '1:1'), page('11:0', '1:1', '10:0', '9:9')];
    const { told } = await follow(pages);
    expect(told).to.deep.equal(['1:0', '1:1', '10:0']);
  });

  it('are asked for again from the same place, later and later, while the library is away or busy', async () => {
    const pages = [page('2:0', '1:0'), AWAY, BUSY, AWAY, AWAY, page('3:0', '2:0'), AWAY, page('4:0')];
    const { told, asked, waits } = await follow(pages);
    expect(told).to.deep.equal(['1:0', '2:0']);
    expect(asked.slice(1, 6)).to.deep.equal(Array(5).fill('2:0'));
    for (const [i, least] of [500, 1_000, 2_000, 4_000, 500].entries()) {
      expect(waits[i]).to.be.within(least, 1.5 * least);
    }
    const long = await follow([...Array(12).fill(AWAY), page('2:0', '1:0')]);
    expect(Math.max(...long.waits)).to.be.within(30_000, 45_000);
  });

  it('end with what does not pass by itself', async () => {
    const { told, error } = await follow([page('2:0', '1:0'), PRUNED]);
    expect([told, error]).to.deep.equal([['1:0'], PRUNED]);
    const wrong = new TypeError('a mistake of the program');
    expect((await follow([wrong])).error).to.equal(wrong);
  });

  it('begin behind what was taken before, and tell how far one has come, also when nothing happens', async () => {
    const reached: string[] = [];
    const { asked, told } = await follow([page('9:0'), page('12:0', '9:3'), page('13:0')], {
      after: '5:7',
      reached: (next) => void reached.push(next),
    });
    expect(asked).to.deep.equal(['5:8', '9:0', '12:0', '13:0']);
    expect([told, reached]).to.deep.equal([['9:3'], ['9:0', '12:0', '13:0']]);
  });

  it('tell how far one has come only when all up to there was taken', async () => {
    const seen: string[] = [];
    const source = sourceOf([page('2:0', '1:0', '1:1'), page('3:0')]);
    const options = { reached: (next: string) => void seen.push(next), signal: source.signal };
    for await (const { at } of followEvents(source.ask, options, async () => {})) seen.push(at);
    expect(seen).to.deep.equal(['1:0', '1:1', '2:0', '3:0']);
  });

  it('are not asked for at once again by a library that does not wait', async () => {
    const { waits } = await follow([page('5:0', '4:0'), page('5:0'), page('5:0'), page('6:0')]);
    expect(waits).to.deep.equal([1_000, 1_000]);
  });

  it('end when the signal says so: while one waits for a page, and between two events', async () => {
    const control = new AbortController();
    const never: PageSource = (_, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const waiting = followEvents(never, { signal: control.signal }, async () => {}).next();
    control.abort();
    expect(await waiting).to.include({ done: true });
    const other = new AbortController();
    const told: string[] = [];
    const source = sourceOf([page('2:0', '1:0', '1:1')]);
    for await (const { at } of followEvents(source.ask, { signal: other.signal }, async () => {})) {
      told.push(at);
      other.abort();
    }
    expect(told).to.deep.equal(['1:0']);
  });

  it('are typed by their kind', () => {
    const priceOf = (event: LedgerEvent): bigint | string | undefined => {
      switch (event.kind) {
        case 'purchased':
          return event.size - event.card;
        case 'available':
          return event.name; // of what was taken down it is not told
        case 'sale-closed':
          return event.outcome;
        default:
          // @ts-expect-error not all of the others have it
          return event.amount;
      }
    };
    // @ts-expect-error hidden: nobody is told
    const uploaderOf = (event: LedgerEvent<'available'>): unknown => event.uploader;
    expect([priceOf, uploaderOf]).to.have.length(2);
  });
});

function page(next: string, ...places: readonly string[]): EventPage {
  const events = places.map((at) => ({ at, time: 1, kind: 'restored' as const, hash: '' }));
  return { events, next, head: 100 };
}

/** Gives these, one after the other, and then ends whoever follows. */
function sourceOf(pages: readonly (EventPage | Error)[]) {
  const asked: (string | undefined)[] = [];
  const control = new AbortController();
  const left = [...pages];
  const ask: PageSource = async (from) => {
    asked.push(from);
    const next = left.shift();
    if (next instanceof Error) throw next;
    if (next !== undefined) return next;
    control.abort();
    throw control.signal.reason;
  };
  return { ask, asked, signal: control.signal };
}

async function follow(pages: readonly (EventPage | Error)[], options: FollowOptions = {}) {
  const { ask, asked, signal } = sourceOf(pages);
  const [told, waits]: [string[], number[]] = [[], []];
  let error: unknown;
  const wait = async (ms: number): Promise<void> => void waits.push(ms);
  try {
    for await (const { at } of followEvents(ask, { ...options, signal }, wait)) told.push(at);
  } catch (thrown) {
    error = thrown;
  }
  return { told, asked, waits, error };
}
