import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import type { Clock, MemberAddress } from '../../core/ports.ts';
import { Dialer } from '../../network/dialer.ts';
import { silent } from './recorder.ts';

const key = (mark: number): Uint8Array => new Uint8Array(32).fill(mark);
const member = (mark: number): MemberAddress => ({ key: key(mark), addresses: ['/ip4/127.0.0.1/tcp/1'] });
const SELF = key(5);

describe('the dialer', () => {
  let nowMs: number;
  let timers: { at: number; run: () => void }[];
  let dialled: string[];
  let connected: Set<number>;
  let down: boolean;
  let dialer: Dialer;

  const clock: Clock = {
    now: () => nowMs,
    after(delayMs, run) {
      const timer = { at: nowMs + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };

  beforeEach(() => {
    nowMs = 0;
    timers = [];
    dialled = [];
    connected = new Set();
    down = false;
    dialer = new Dialer(
      {
        clock,
        random: { bytes: (length) => new Uint8Array(length).fill(0xff) }, // the longest jitter
        log: silent,
        isConnected: (peer) => connected.has(peer[0]!),
        dial: async ({ key: [mark] }) => {
          dialled.push(`${mark} at ${Math.round(nowMs)}`);
          if (down) throw new Error('down');
          connected.add(mark!);
        },
      },
      SELF,
    );
  });

  it('dials the members with higher keys at once, the others later, and itself never', async () => {
    dialer.set([member(4), member(5), member(6)]);
    await pass(5_000);
    expect(dialled).to.deep.equal(['6 at 20', '4 at 1020']);
  });

  it('leaves it to a member that has dialled already, and to one without addresses', async () => {
    dialer.set([member(4), { key: key(6), addresses: [] }]);
    connected.add(4);
    await pass(60_000);
    expect(dialled).to.deep.equal([]);
  });

  it('tries again with a growing delay, up to a bound, for ever', async () => {
    down = true;
    dialer.set([member(6)]);
    await pass(200_000);
    const times = dialled.map((entry) => Number(entry.split(' at ')[1]));
    const gaps = times.slice(1).map((time, n) => time - times[n]!);
    expect(gaps.slice(0, 5)).to.deep.equal([250, 500, 1_000, 2_000, 4_000]);
    expect(Math.max(...gaps)).to.equal(limits.redialMsMax);
  });

  it('begins with short delays again after the peer was reached, not merely connected', async () => {
    down = true;
    dialer.set([member(6)]);
    await pass(3_000);
    down = false;
    await pass(10_000);
    connected.clear();
    dialled = [];
    dialer.lost(key(6));
    await pass(3_000);
    expect(dialled).to.deep.equal([]);
    await pass(20_000);
    dialer.reached(key(6));
    connected.clear();
    dialled = [];
    dialer.lost(key(6));
    await pass(300);
    expect(dialled).to.have.lengthOf(1);
  });

  it('dials a member that joined, and no longer one that left, nor anybody once stopped', async () => {
    down = true;
    dialer.set([member(6)]);
    await pass(100);
    dialer.set([member(7)]);
    dialled = [];
    await pass(400);
    expect(dialled.every((entry) => entry.startsWith('7'))).to.equal(true);
    dialer.stop();
    dialled = [];
    await pass(60_000);
    expect(dialled).to.deep.equal([]);
    expect(timers).to.deep.equal([]);
  });

  /** Lets so much time pass, timer by timer. */
  async function pass(ms: number): Promise<void> {
    const end = nowMs + ms;
    for (;;) {
      const [next] = [...timers].sort((x, y) => x.at - y.at);
      if (next === undefined || next.at > end) break;
      timers = timers.filter((timer) => timer !== next);
      nowMs = Math.max(nowMs, next.at);
      next.run();
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    }
    nowMs = end;
  }
});
