/**
 * A reader: wishes for files, reads the small ones first, waits for what is too dear and gives it up after a while; brings
 * something now and then, more of it if tokens are short; buys tokens and sells earned ones if that is its way.
 */
import { account } from '../../chain/queries.ts';
import { keyOf } from '../chain/world.ts';
import type { Library } from './library.ts';
import { MB } from './scenario.ts';
import type { File } from './shelf.ts';
import type { World } from './world.ts';

type Wish = { readonly file: File; readonly since: number };

/** Half, on a scale of logarithms, of each of three draws that make how often a reader wishes. */
const WISHES_SPREAD = 0.6;
/** 1 ÷ the mean of what three such draws make. */
const WISHES_UNIT = 1 / 1.195;
/** Tokens are sold once in so many days, by whom has earned so much, and so much stays. */
const SELLS = { everyDays: 30, from: 1_500 * MB, keeps: 1_000 * MB };

/** Whoever waits for so long is frozen. */
const FROZEN_DAYS = 7;
export const GROWN_DAYS = 30;

export class Reader {
  readonly keys: readonly string[];
  readonly born: number;
  /** The day on which it is here no more. */
  readonly gone: number;
  wished = 0;
  read = 0;
  readonly #world: World;
  readonly #library: Library;
  readonly #number: number;
  readonly #wishesADay: number;
  readonly #isUploader: boolean;
  readonly #isEager: boolean;
  readonly #pays: boolean;
  readonly #owned = new Set<string>();
  #atDesk: boolean;
  /** The smallest first. */
  #wishes: Wish[] = [];
  /** Before this day nothing is enough for the smallest wish, unless it earns something. */
  #enoughFrom = 0;
  #sold = 0;

  constructor(world: World, number: number) {
    const { chances, scenario, day } = world;
    this.#world = world;
    this.#number = number;
    this.#library = chances.pick(world.libraries);
    this.keys = Array.from({ length: scenario.keysEach }, (_, index) => `reader ${number} ${index}`);
    this.born = day;
    this.gone = day + chances.exponential(scenario.lifeDays);
    const spread =
      chances.spread(WISHES_SPREAD) * chances.spread(WISHES_SPREAD) * chances.spread(WISHES_SPREAD);
    this.#wishesADay = scenario.wishes * WISHES_UNIT * spread;
    this.#isUploader = chances.chance(scenario.uploaderShare);
    this.#isEager = chances.chance(scenario.eagerShare);
    this.#pays = chances.chance(scenario.payerShare);
    this.#atDesk = chances.chance(scenario.deskShare);
    for (const key of this.keys) this.#library.register(key);
    this.#askForCards();
  }

  get isFrozen(): boolean {
    return this.#wishes.some(({ since }) => this.#world.day - since >= FROZEN_DAYS);
  }

  live(): void {
    const { chances, scenario } = this.#world;
    if (!this.#atDesk && chances.chance(scenario.deskLater)) {
      this.#atDesk = true;
      this.#askForCards();
    }
    for (let count = chances.poisson(this.#wishesADay); count > 0; count--) this.#wish();
    this.#readWhatIsEnough();
    this.#giveUp();
    if (chances.chance(this.#bringsToday())) this.#bring();
    if (this.#pays && this.#world.day % SELLS.everyDays === this.#number % SELLS.everyDays) this.#sell();
  }

  #askForCards(): void {
    this.#enoughFrom = 0;
    if (this.#world.scenario.cardBytesPerNodePerDay === 0) return;
    for (const key of this.keys) {
      if (this.#atDesk) this.#library.lendAtDesk(key);
      else this.#library.lendOpenly(key);
    }
  }

  #wish(): void {
    const { shelf, tally, day } = this.#world;
    const wanted = (file: File) => this.#wishes.some((wish) => wish.file === file);
    const file = shelf.wish((found) => this.#owned.has(found.name) || wanted(found));
    if (file === undefined) return;
    if (this.#wishes.every((wish) => file.size < wish.file.size)) this.#enoughFrom = 0;
    this.#wishes.push({ file, since: day });
    this.#wishes.sort((a, b) => a.file.size - b.file.size);
    this.wished += 1;
    tally.byClass[file.kind]!.wished += 1;
    tally.wishedBytes += file.size;
  }

  #readWhatIsEnough(): void {
    if (this.#world.hasEarned(this.keys[0]!)) this.#enoughFrom = 0;
    while (this.#wishes.length > 0 && this.#world.day >= this.#enoughFrom) {
      const { file } = this.#wishes[0]!;
      if (!this.#tryToRead(file) && !(this.#pays && this.#payFor(file))) {
        this.#enoughFrom = this.#dayOfEnough(file.size);
        break;
      }
      this.#wishes.shift();
    }
  }

  #tryToRead(file: File): boolean {
    const { ledger, pen, tally } = this.#world;
    for (const key of this.keys) {
      const verdict = ledger.submit(pen.download(file.name, key));
      if (verdict.kind !== 'accept') {
        if (verdict.code === 'download.not-enough-tokens') continue;
        throw new Error(`a reader is refused: ${verdict.code}`);
      }
      const [purchased] = verdict.value;
      this.#world.hear(verdict.value);
      if (purchased?.kind === 'purchased' && purchased.card > 0n) this.#library.used(key);
      this.#owned.add(file.name);
      this.read += 1;
      tally.readBytes += file.size;
      tally.byClass[file.kind]!.read += 1;
      return true;
    }
    return false;
  }

  /** Buys what is missing, in whole packs. */
  #payFor(file: File): boolean {
    const { pack } = this.#world.scenario;
    const [key, missing] = this.keys
      .map((name) => [name, file.size - this.#spendable(name)] as const)
      .reduce((best, one) => (one[1] < best[1] ? one : best));
    this.#world.sellTokensTo(key, Math.ceil(missing / pack) * pack);
    return this.#tryToRead(file);
  }

  #spendable(key: string): number {
    return this.#world.tokensOf(key) + this.#world.cardOf(key).credit;
  }

  /** When the cards will have gathered it. Who has none any more asks for one. */
  #dayOfEnough(size: number): number {
    let best = Number.POSITIVE_INFINITY;
    for (const key of this.keys) {
      const { credit, allowance, ceiling } = this.#world.cardOf(key);
      if (allowance === 0) return this.#askAgain();
      const missing = size - this.#world.tokensOf(key);
      if (missing <= ceiling)
        best = Math.min(best, this.#world.day + Math.ceil((missing - credit) / allowance));
    }
    return best;
  }

  #askAgain(): number {
    if (this.#world.scenario.cardBytesPerNodePerDay === 0) return Number.POSITIVE_INFINITY;
    this.#askForCards();
    return this.#world.day + 1;
  }

  #giveUp(): void {
    const { day, scenario, tally } = this.#world;
    this.#wishes = this.#wishes.filter(({ file, since }) => {
      if (day - since < scenario.patience) return true;
      tally.byClass[file.kind]!.lost += 1;
      return false;
    });
  }

  /** Half of the uploaders always bring something; the other half, and the eager, while they are short. */
  #bringsToday(): number {
    const { uploadsOfUploader, uploadsOfEager, uploadsOfOthers, enough } = this.#world.scenario;
    const hasEnough = () => this.#number % 2 === 1 && this.#world.tokensOf(this.keys[0]!) >= enough;
    if (this.#isUploader) return hasEnough() ? 0 : uploadsOfUploader;
    return this.#isEager && this.#wishes.length > 0 ? uploadsOfEager : uploadsOfOthers;
  }

  #bring(): void {
    const { shelf, tally } = this.#world;
    const file = shelf.written();
    if (!this.#world.bring(file, this.keys[0]!, this.#library.name)) return;
    this.#enoughFrom = 0;
    shelf.put(file);
    this.#owned.add(file.name);
    tally.uploads += 1;
    tally.uploadedBytes += file.size;
  }

  /** Only what it has earned. */
  #sell(): void {
    const key = this.keys[0]!;
    const { uploaded, pending, tokens } = account(this.#world.ledger.view, keyOf(key))!;
    const earned = Number(uploaded - pending) - this.#sold;
    const most = Math.min(earned, Number(tokens));
    if (most <= SELLS.from) return;
    this.#world.buyTokensFrom(key, most - SELLS.keeps);
    this.#sold += most - SELLS.keeps;
  }
}
