/** What a card and vesting add to a purchase: bytes in the state and microseconds of processor, in pairs on equal ledgers. */
import { MB, type Numbers, scenarioOf } from './scenario.ts';
import { World } from './world.ts';

const PAIRS = 15;
const EACH = 300;

type Side = { readonly name: string; readonly numbers: Partial<Numbers> };
const SIDES: readonly Side[] = [
  { name: 'tokens, credited at once', numbers: { cardBytesPerNodePerDay: 0, vestingPermille: 0 } },
  { name: 'tokens, vesting', numbers: { cardBytesPerNodePerDay: 0, vestingPermille: 1_000 } },
  { name: 'card, credited at once', numbers: { vestingPermille: 0 } },
  { name: 'card, vesting, σ 500', numbers: { vestingPermille: 1_000, cardReleasePermille: 500 } },
];

type Cost = { readonly us: number; readonly bytes: number; readonly writes: number };

/** Medians over pairs; each pair plays all sides one after the other, in turn. */
export function costRows(): string {
  const costs = SIDES.map((): Cost[] => []);
  for (let pair = 0; pair < PAIRS; pair++) {
    for (let at = 0; at < SIDES.length; at++) {
      const side = (at + pair) % SIDES.length;
      costs[side]!.push(play(SIDES[side]!, pair));
    }
  }
  const [plain] = costs;
  const rows = costs.map((found, side) => {
    const more = median(found.map(({ us }, pair) => us - plain![pair]!.us));
    const { bytes, writes } = found[0]!;
    const cells = [median(found.map(({ us }) => us)).toFixed(0), more.toFixed(0), bytes, writes];
    return `| ${SIDES[side]!.name} | ${cells.join(' | ')} |`;
  });
  return [
    '| a purchase, paid with | µs | … more | bytes of entries, with keys | entries written |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '| in the transaction | – | – | 0 more | – |',
  ].join('\n');
}

/** Each of some readers buys a file of another; the block is that of a day. */
function play({ numbers }: Side, round: number): Cost {
  const scenario = scenarioOf('school', 'card', {
    ...{ days: 1, seed: 1, startFiles: 0, uploadBytesPerKeyPerDay: 0, uploadBytesPerNodePerDay: 0 },
    ...{ allowance: 20 * MB, ceiling: 1_000 * MB, ...numbers },
  });
  const world = new World(scenario);
  const [library] = world.libraries;
  const keys = names(round);
  for (const [index, key] of keys.entries()) {
    library!.register(key);
    if (scenario.cardBytesPerNodePerDay > 0) library!.lendAtDesk(key);
    else world.sellTokensTo(key, MB);
    world.bring({ name: `file ${index}`, size: MB }, key, library!.name);
  }
  world.pass();
  const before = world.ledger.state();
  const bought = keys.map((key, index) => world.pen.download(`file ${(index + 1) % EACH}`, key));
  const started = process.cpuUsage();
  for (const one of bought) {
    if (world.ledger.submit(one).kind !== 'accept') throw new Error('a purchase is refused');
  }
  const { user, system } = process.cpuUsage(started);
  const us = (user + system) / EACH;
  world.pass();
  const written = [...world.ledger.state()].filter(([key, value]) => before.get(key) !== value);
  const bytes = written.reduce((sum, [key, value]) => sum + (key.length + value.length) / 2, 0);
  return { us, bytes: Math.round(bytes / EACH), writes: Math.round((written.length / EACH) * 10) / 10 };
}

function names(round: number): string[] {
  return Array.from({ length: EACH }, (_, index) => `buyer ${round % 2} ${index}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
