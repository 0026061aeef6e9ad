/** A chain that waits says for what: for real time, or for those who do not answer; once, and once when it is over. */
import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import type { LogData } from '../../../core/ports.ts';
import { EarlyBlocks } from '../../../node/engine/early-blocks.ts';
import { callTheRoll, type RollCall } from '../../../node/operator/roll-call.ts';
import { Waits } from '../../../node/operator/waits.ts';
import type { ClockGap } from '../../../node/peers/hello/clocks.ts';
import { momentInWords, spanInWords } from '../../../node/process/time-words.ts';
import { genesisOf, keyOf, stateOf } from '../../chain/world.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';
import { quiet } from '../replicas.ts';

const AHEAD_MS = 4 * 60_000 + 12_000;
/** The bar for what an operator must be told. */
const SOON_MS = 15_000;

describe('why no new block comes', () => {
  let clock: MovingClock;
  let waits: Waits;
  let lines: (readonly [level: string, reason: unknown, data: LogData])[];
  let head: { height: number; time: number; leader: string | undefined };
  let gap: ClockGap | undefined;
  let due: boolean;
  let behind: boolean;
  let roll: RollCall;
  let blockIntervalMs: number;

  beforeEach(() => {
    clock = movingClock();
    lines = [];
    head = { height: 7, time: clock.now(), leader: 'Pergamon' };
    gap = { aheadMs: 0, count: 3 };
    due = behind = false;
    blockIntervalMs = 0;
    roll = { needed: 3, answering: 3, missing: [] };
    const take =
      (level: string) =>
      (_: string, data: LogData = {}) =>
        void lines.push([level, data.reason, data]);
    waits = new Waits({
      clock,
      log: { ...quiet, error: take('error'), warn: take('warn') },
      head: () => head,
      clockGap: () => gap,
      isDue: () => due,
      blockIntervalMs: () => blockIntervalMs,
      isBehind: () => behind,
      roll: () => roll,
      heard() {},
    });
    waits.start();
  });
  afterEach(() => waits.stop());

  const reasons = () => waits.list().map(({ reason }) => reason);
  const said = () => lines.map(([level, reason]) => `${level} ${reason}`);

  it('block-ahead: a last block ahead of this clock is said within 15 s, with its leader, once, and when it is over', () => {
    head.time = clock.now() + AHEAD_MS;
    expect(waits.list()).to.deep.equal([
      {
        reason: 'block-ahead',
        detail:
          'the last block is 4 min 12 s ahead of this clock: no block comes until 00:04:12 UTC; check the clock of Pergamon',
      },
    ]);
    clock.pass(SOON_MS);
    expect(said()).to.deep.equal(['error block-ahead']);
    expect(lines[0]![2]).to.include({ leader: 'Pergamon', until: '00:04:12 UTC', height: 7 });
    clock.pass(AHEAD_MS - SOON_MS - 1_000);
    expect(said(), 'once').to.deep.equal(['error block-ahead']);
    expect(reasons()).to.deep.equal(['block-ahead']);
    clock.pass(2_000);
    expect(said()).to.deep.equal(['error block-ahead', 'warn block-ahead']);
    expect(reasons()).to.deep.equal([]);
  });

  it('block-ahead: of the genesis names its field instead of a leader', () => {
    head = { height: 0, time: clock.now() + AHEAD_MS, leader: undefined };
    expect(waits.list()[0]!.detail).to.equal(
      'the genesis is 4 min 12 s ahead of this clock: no block comes until 00:04:12 UTC; check its field "time", and this clock',
    );
  });

  it('block-ahead: is told to a fast clock as well: then the chain waits all the longer', () => {
    gap = { aheadMs: -AHEAD_MS, count: 3 };
    head.time = clock.now() + AHEAD_MS;
    expect(reasons()).to.deep.equal(['clock-off', 'block-ahead']);
  });

  it('block-ahead: what consensus waits for anyway is no word worth', () => {
    head.time = clock.now() + limits.proposalAheadMsMax;
    clock.pass(SOON_MS);
    expect(said()).to.deep.equal([]);
  });

  it('clock-off: a slow clock is told of itself, and blames no leader', () => {
    gap = { aheadMs: AHEAD_MS, count: 3 };
    head.time = clock.now() + AHEAD_MS;
    clock.pass(SOON_MS);
    expect(said()).to.deep.equal(['error clock-off']);
    expect(waits.list()[0]!.detail).to.equal(
      'this clock is 4 min 12 s behind most of those of 3 libraries: it votes for no new block until the clocks agree; run a time daemon',
    );
    gap = { aheadMs: -AHEAD_MS, count: 1 };
    expect(waits.list()[0]!.detail).to.include('4 min 12 s ahead of that of the other library');
    gap = { aheadMs: 0, count: 3 };
    head.time = clock.now();
    clock.pass(1_000);
    expect(said()).to.deep.equal(['error clock-off', 'warn clock-off']);
  });

  it('authorities-missing: a chain that stands still names who is missing, once, and says when it goes on', () => {
    due = true;
    roll = { needed: 3, answering: 2, missing: ['Nalanda', 'Timbuktu'] };
    clock.pass(limits.standingStillMs);
    expect(said(), 'slow is not still').to.deep.equal([]);
    clock.pass(SOON_MS);
    expect(said()).to.deep.equal(['error authorities-missing']);
    expect(lines[0]![2]).to.include({ answering: 2, needed: 3, missing: 'Nalanda, Timbuktu' });
    expect(waits.list()[0]!.detail).to.match(
      /^no block for \d+ s: 2 of 3 needed answer; missing: Nalanda, Timbuktu$/,
    );
    clock.pass(600_000);
    expect(said()).to.have.length(1);
    head.height += 1;
    clock.pass(1_000);
    expect(said()).to.deep.equal(['error authorities-missing', 'warn authorities-missing']);
    expect(reasons()).to.deep.equal([]);
  });

  it('no-agreement: and when nobody is missing it says that as well', () => {
    due = true;
    clock.pass(2 * limits.standingStillMs);
    expect(said(), 'who has just gone may still be counted').to.deep.equal([]);
    clock.pass(SOON_MS);
    expect(said()).to.deep.equal(['error no-agreement']);
    expect(waits.list()[0]!.detail).to.include('although 3 of 3 needed answer; missing: none');
  });

  it('says nothing where nothing waits, while blocks come, and while they are fetched', () => {
    clock.pass(10 * limits.standingStillMs);
    due = true;
    for (let i = 0; i < 100; i++) {
      clock.pass(limits.standingStillMs / 2);
      head.height += 1;
    }
    behind = true;
    clock.pass(10 * limits.standingStillMs);
    expect(said()).to.deep.equal([]);
  });

  it('is as patient as the federation, where blocks are a minute apart', () => {
    due = true;
    blockIntervalMs = limits.blockIntervalMsMax;
    roll = { needed: 3, answering: 2, missing: ['Nalanda'] };
    clock.pass(3 * blockIntervalMs);
    expect(reasons()).to.deep.equal([]);
    clock.pass(limits.standingStillMs + SOON_MS);
    expect(reasons()).to.deep.equal(['authorities-missing']);
  });

  it('is not fooled by a clock that is set while it counts', () => {
    due = true;
    clock.pass(10_000);
    clock.set(-3_600_000);
    head.time = clock.now();
    roll = { needed: 3, answering: 2, missing: ['Nalanda'] };
    clock.pass(10_000);
    expect(reasons()).to.deep.equal([]);
    clock.pass(limits.standingStillMs);
    expect(reasons()).to.deep.equal(['authorities-missing']);
  });
});

describe('the roll of the authorities', () => {
  const { view } = stateOf(genesisOf());
  const seen = { hasSpoken: () => false, isConnected: () => true, role: 'authority' as const };

  it('counts who has signed something lately, not who is only connected, and this library by its role', () => {
    expect(callTheRoll(view, { ...seen, self: keyOf('ann') })).to.deep.include({ needed: 3, answering: 1 });
    expect(callTheRoll(view, { ...seen, self: keyOf('ann'), hasSpoken: () => true }).missing).to.be.empty;
    const own = callTheRoll(view, { ...seen, self: keyOf('ann'), role: 'amnesic', hasSpoken: () => true });
    expect(own.missing.join()).to.match(/\(this library: amnesic\)$/);
  });

  it('counts connections where this library is no authority, as votes do not come to it', () => {
    const roll = callTheRoll(view, { ...seen, self: keyOf('eve'), role: 'observer' });
    expect(roll).to.deep.equal({ needed: 3, answering: 3, missing: [] });
  });
});

describe('a block from the future', () => {
  it('is said once of each leader, by name, and once when its blocks come in time again', () => {
    const lines: LogData[] = [];
    const early = new EarlyBlocks({ ...quiet, warn: (_, data = {}) => void lines.push(data) });
    const { view, header } = stateOf(genesisOf());
    const of = (name: string) => ({ ...header, height: 9, proposer: keyOf(name) });
    for (let i = 0; i < 5; i++) {
      expect(early.isTooEarly(of('ann'), AHEAD_MS, view)).to.equal(true);
      expect(early.isTooEarly(of('bob'), limits.proposalAheadMsMax, view)).to.equal(false);
    }
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ aheadMs: AHEAD_MS, ahead: '4 min 12 s' });
    expect(genesisOf().members.map(({ name }) => name)).to.include(lines[0]!.leader);
    expect(early.isTooEarly(of('ann'), 0, view)).to.equal(false);
    expect(early.isTooEarly(of('ann'), 0, view)).to.equal(false);
    expect(lines).to.have.length(2);
    early.isTooEarly(of('ann'), AHEAD_MS, view);
    expect(lines, 'and again the next time').to.have.length(3);
  });
});

describe('times in words', () => {
  it('are spans of two units and moments of UTC', () => {
    const spans = [0, 1, 1_000, 61_000, 3_600_000, 7_380_000, 90_061_000].map(spanInWords);
    expect(spans).to.deep.equal(['1 s', '1 s', '1 s', '1 min 1 s', '1 h', '2 h 3 min', '1 d 1 h']);
    const now = Date.UTC(2026, 0, 1, 12);
    expect(momentInWords(now + 1_000, now)).to.equal('12:00:01 UTC');
    expect(momentInWords(now + 86_400_000, now)).to.equal('2026-01-02 12:00:00 UTC');
    expect(momentInWords(Number.MAX_SAFE_INTEGER, now)).to.equal('a year that no calendar has');
  });
});
