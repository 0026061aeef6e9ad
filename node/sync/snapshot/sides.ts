/**
 * The offers that a joiner compares, by the chains that they are shown to belong to. There may be several where members
 * have pruned what leads from one offer to another, and then no program can know which is true. Neither the newest nor
 * the oldest may decide: one member, outdated or faulty, would keep every joiner out, or lead it away. So what most of the
 * authorities offer is taken that could have signed on each side; then what most members offer; then what is older.
 */
import type { Genesis } from '../../../chain/block/genesis.ts';
import { toHex } from '../../../core/bytes.ts';
import type { Height } from '../../../core/scalars.ts';
import type { Offered } from './one-chain.ts';

type AreOne = (one: Offered, other: Offered) => Promise<boolean>;
type Side = {
  readonly newest: Offered;
  /** Everybody whose offer leads to the newest, hex. Who offers an old block may stand for several sides. */
  readonly voices: ReadonlySet<string>;
};

export class Sides {
  readonly #genesis: Genesis;
  #sides: readonly Side[] = [];

  constructor(genesis: Genesis) {
    this.#genesis = genesis;
  }

  /** Undefined when there are several, or none. */
  get only(): { readonly newest: Offered; readonly voices: number } | undefined {
    const [first, second] = this.#sides;
    return first && second === undefined ? { newest: first.newest, voices: first.voices.size } : undefined;
  }

  async add(offered: Offered, areOne: AreOne): Promise<void> {
    const lower: Side[] = [];
    const upper: Side[] = [];
    const apart: Side[] = [];
    for (const side of this.#sides) {
      const isUpper = heightOf(side.newest) >= heightOf(offered);
      const related = await areOne(side.newest, offered);
      (related ? (isUpper ? upper : lower) : apart).push(side);
    }
    const voices = new Set([toHex(offered.peer), ...lower.flatMap((side) => [...side.voices])]);
    const grown =
      upper.length === 0
        ? [{ newest: offered, voices }]
        : upper.map((side) => ({ newest: side.newest, voices: new Set([...side.voices, ...voices]) }));
    this.#sides = [...apart, ...grown];
  }

  /**
   * @param above - what the joiner has already. A side that ends there or below says nothing of what comes after, and is no
   * side to choose between; whoever stands on it still has a voice for what it leads to.
   * @returns `others`: what the other sides offer at best.
   */
  chosen(above: Height): { readonly best: Offered | undefined; readonly others: readonly Offered[] } {
    const newer = this.#sides.filter(({ newest }) => heightOf(newest) > above);
    const authorities = authoritiesOf(newer, this.#genesis);
    const ranked = newer
      .map(({ newest, voices }) => {
        const signing = [...voices].filter((voice) => authorities.has(voice)).length;
        return { newest, signing, all: voices.size };
      })
      .sort((a, b) => b.signing - a.signing || b.all - a.all || heightOf(a.newest) - heightOf(b.newest));
    const [best, ...others] = ranked.map(({ newest }) => newest);
    return { best, others };
  }
}

/** Of the last epoch that began on every side, hex. */
function authoritiesOf(sides: readonly Side[], genesis: Genesis): ReadonlySet<string> {
  const shared = Math.min(...sides.map(({ newest }) => newest.offer.seals.length));
  const [first] = sides;
  const seal = shared === 0 ? undefined : first?.newest.offer.seals[shared - 1];
  return new Set((seal?.authorities ?? genesis.authorities).map(toHex));
}

function heightOf({ offer }: Offered): Height {
  return offer.block.header.height;
}
