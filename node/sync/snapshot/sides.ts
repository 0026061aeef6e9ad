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

type AreOne = (one: Offered, other: Offered) => boolean;
type Side = {
  readonly newest: Offered;
  /** All that lead to the newest, and itself. Who offers an old block may stand on several sides. */
  readonly offers: ReadonlySet<Offered>;
};

export class Sides {
  readonly #genesis: Genesis;
  readonly #above: Height;
  #sides: readonly Side[] = [];

  /**
   * @param above - what the joiner has already. A side that ends there or below says nothing of what comes after, and is no
   * side to choose between; whoever stands on it still has a voice for what it leads to.
   */
  constructor(genesis: Genesis, above: Height) {
    this.#genesis = genesis;
    this.#above = above;
  }

  /** Undefined when there are several, or none. */
  get only(): { readonly height: Height; readonly voices: number } | undefined {
    const [first, second] = this.#sides;
    return first && second === undefined
      ? { height: heightOf(first.newest), voices: first.offers.size }
      : undefined;
  }

  /** Voices of the side that has most, of those that can be chosen. */
  get loudest(): number {
    return Math.max(0, ...this.#newer().map(({ offers }) => offers.size));
  }

  /** @param offered - of a member that has not offered anything yet. */
  add(offered: Offered, areOne: AreOne): void {
    const lower: Side[] = [];
    const upper: Side[] = [];
    const apart: Side[] = [];
    for (const side of this.#sides) {
      const isUpper = heightOf(side.newest) >= heightOf(offered);
      const related = areOne(side.newest, offered);
      (related ? (isUpper ? upper : lower) : apart).push(side);
    }
    const offers = new Set([offered, ...lower.flatMap((side) => [...side.offers])]);
    const grown =
      upper.length === 0
        ? [{ newest: offered, offers }]
        : upper.map((side) => ({ newest: side.newest, offers: new Set([...side.offers, ...offers]) }));
    this.#sides = [...apart, ...grown];
  }

  /**
   * @returns `best`: the newest that an authority offers on that side; when none does, the newest: of members without a vote
   * any number may give a state so slowly that it never comes. `others`: what the other sides offer at best.
   */
  chosen(): { readonly best: Offered | undefined; readonly others: readonly Offered[] } {
    const newer = this.#newer();
    const authorities = authoritiesOf(newer, this.#genesis);
    const isSigning = ({ peer }: Offered): boolean => authorities.has(toHex(peer));
    const ranked = newer
      .map((side) => ({ ...side, signing: [...side.offers].filter(isSigning) }))
      .sort(
        (a, b) =>
          b.signing.length - a.signing.length ||
          b.offers.size - a.offers.size ||
          heightOf(a.newest) - heightOf(b.newest),
      );
    const [best, ...others] = ranked;
    const source = best?.signing
      .filter((offered) => heightOf(offered) > this.#above)
      .sort((a, b) => heightOf(b) - heightOf(a))[0];
    return { best: source ?? best?.newest, others: others.map(({ newest }) => newest) };
  }

  #newer(): readonly Side[] {
    return this.#sides.filter(({ newest }) => heightOf(newest) > this.#above);
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
