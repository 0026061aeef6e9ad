/**
 * Fifty false keys a day, each from a network of its own, ask for open cards, and use them often enough that they are
 * renewed. They want bytes; readers suffer when nothing is left for them. The bound: the part of the cap that strangers may have.
 */
import { GB, type Numbers, type Scenario, scenarioOf } from '../scenario.ts';
import { type Intruder, simulate } from '../simulation.ts';
import type { World } from '../world.ts';
import type { Attack, Row } from './attack.ts';
import { Junk } from './junk.ts';

const KEYS_A_DAY = 50;
/** Of all days; then they begin. */
const FROM = 1 / 7;
/** They buy the same junk, so many days of an allowance large. */
const BUYS_EVERY_DAYS = 40;

export class FalseKeys implements Intruder {
  drawn = 0;
  readonly #holders: { readonly key: string; readonly use: () => void; next: number; round: number }[] = [];
  readonly #rounds: string[] = [];
  readonly #scenario: Scenario;
  readonly #keysADay: number;
  #junk: Junk | undefined;

  constructor(scenario: Scenario, keysADay = KEYS_A_DAY) {
    this.#scenario = scenario;
    this.#keysADay = keysADay;
  }

  arriving(world: World): readonly (() => void)[] {
    if (world.day < this.#scenario.days * FROM) return [];
    return Array.from({ length: this.#keysADay }, () => () => this.#ask(world));
  }

  act(world: World): void {
    for (const holder of this.#holders) {
      if (holder.next > world.day) continue;
      holder.next = world.day + BUYS_EVERY_DAYS;
      const onCard = this.#junk!.buy(this.#ofRound(world, holder.round), holder.key);
      if (onCard === undefined) continue;
      holder.round += 1;
      holder.use();
      this.drawn += onCard;
    }
  }

  #ask(world: World): void {
    this.#junk ??= new Junk(world);
    const library = world.chances.pick(world.libraries);
    const key = this.#junk.key(library);
    const use = () => library.used(key);
    if (library.lendOpenly(key)) {
      this.#holders.push({ key, use, next: world.day + BUYS_EVERY_DAYS, round: 0 });
    }
  }

  #ofRound(world: World, round: number): string {
    const { allowance, openPart } = this.#scenario;
    const size = BUYS_EVERY_DAYS * Math.floor(allowance * openPart);
    const [library] = world.libraries;
    this.#rounds[round] ??= this.#junk!.bring(size, this.#junk!.key(library!), library!)!;
    return this.#rounds[round];
  }
}

export const falseKeys: Attack = {
  name: 'false-keys',
  run: (given) => [
    played('50 false keys a day, open cards 20 % of the cap', scenarioOf('open', 'card', given)),
    played(
      '… of a cap of 20 GB',
      scenarioOf('open', 'card', { cardBytesPerNodePerDay: 20 * GB, ...given }),
      0.15,
    ),
    played(
      '… of which all is for whoever asks first',
      scenarioOf('open', 'card', {
        ...{ cardBytesPerNodePerDay: 20 * GB, openShare: 1, openPart: 1, deskShare: 0, deskLater: 0 },
        ...given,
      }),
    ),
  ],
};

/** @param frozenMax - what readers bear; else it is only told. */
function played(what: string, scenario: Scenario, frozenMax?: number): Row {
  const intruder = new FalseKeys(scenario);
  const { frozen } = simulate(scenario, intruder).figures;
  const note = `${percent(frozen)} of readers frozen`;
  const tooCold = frozenMax !== undefined && frozen > frozenMax;
  const bound = tooCold ? 0 : boundOf(scenario) / GB;
  return { what, gain: intruder.drawn / GB, bound, unit: 'GB on cards', note };
}

/** As of a member who lends to itself, of the part for strangers. */
function boundOf(numbers: Numbers & Pick<Scenario, 'days'>): number {
  const periods = Math.ceil((numbers.days + 1) / 30);
  const open = numbers.libraries * numbers.openShare * numbers.cardBytesPerNodePerDay;
  return periods * open * (30 + numbers.cardStartDays);
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}
