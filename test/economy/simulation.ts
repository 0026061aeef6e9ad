/** Lets a federation live for some days, and says how it went. The same scenario gives the same figures for ever. */
import { account, supply } from '../../chain/queries.ts';
import { keyOf } from '../chain/world.ts';
import { GROWN_DAYS, Reader } from './reader.ts';
import { GB, type Scenario } from './scenario.ts';
import type { DayFigures, Figures } from './tally.ts';
import { BILLING, World } from './world.ts';

/** Somebody else who lives there. */
export type Intruder = {
  /** Who of it asks for keys and cards on this day, in one queue with the newcomers. */
  arriving(world: World): readonly (() => void)[];
  /** After the newcomers, before the readers. */
  act(world: World): void;
};

export type Outcome = { readonly figures: Figures; readonly days: readonly DayFigures[] };

export function simulate(scenario: Scenario, intruder?: Intruder): Outcome {
  const world = new World(scenario);
  const { chances, tally } = world;
  const everybody: Reader[] = [];
  const arrive = (): void => {
    everybody.push(new Reader(world, everybody.length));
  };
  world.stock();
  for (let count = 0; count < scenario.startReaders; count++) arrive();
  let here = [...everybody];
  world.pass();
  while (world.day <= scenario.days) {
    const known = everybody.length;
    if (world.ledger.day % 30 === 0) for (const library of world.libraries) library.renew();
    const newcomers = Array.from({ length: chances.poisson(scenario.arrivals) }, () => arrive);
    for (const come of chances.shuffle([...newcomers, ...(intruder?.arriving(world) ?? [])])) come();
    intruder?.act(world);
    here = [...here, ...everybody.slice(known)].filter(({ gone }) => gone > world.day);
    const readBefore = tally.readBytes;
    for (const reader of here) reader.live();
    const grown = here.filter(({ born }) => world.day - born >= GROWN_DAYS);
    tally.days.push({
      readers: here.length,
      frozen: grown.filter(({ isFrozen }) => isFrozen).length / Math.max(1, grown.length),
      readBytes: tally.readBytes - readBefore,
    });
    tally.readerDays += here.length;
    world.pass();
  }
  return { figures: figuresOf(world, everybody), days: tally.days };
}

function figuresOf(world: World, everybody: readonly Reader[]): Figures {
  const { scenario, ledger, libraries, tally, day } = world;
  const wishing = everybody.filter(({ born, wished }) => day - born >= GROWN_DAYS && wished >= 3);
  const there = supply(ledger.view);
  const atBilling = account(ledger.view, keyOf(BILLING))!.tokens;
  return tally.figures(scenario, {
    everRead: wishing.filter(({ read }) => read > 0).length / Math.max(1, wishing.length),
    onCardGB: Number(there.onCard) / GB,
    tokensGB: Number(there.total - atBilling) / GB,
    refusedCards: libraries.reduce((sum, { refused }) => sum + refused, 0),
  });
}
