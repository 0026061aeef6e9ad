/** What an author draws from the state of the model: who, of what, how much, until when. Mostly what fits, and lies now and then. */
import type { SeededRandom } from '../sim/random.ts';
import type { Flavour } from './author-genesis.ts';
import { BILLING, FILES, infoHashesOf, LIBRARIES, READERS, STRANGERS, UNKNOWN_HASH } from './cast.ts';
import type { Ledger } from './ledger.ts';
import { cardInForce } from './ledger-cards.ts';
import type { Upload } from './ledger-files.ts';
import { TOKENS_MAX } from './ledger-state.ts';

export type Said = Pick<Upload, 'hash' | 'key' | 'size' | 'name' | 'infoHashes'>;

export const NAMES = ['a book.pdf', 'ein Buch', '本', 'x'.repeat(240)];

export class Draws {
  readonly #random: SeededRandom;
  readonly #flavour: Flavour;
  readonly #lies: number;

  /** @param lies - how often something is wrong on purpose. */
  constructor(random: SeededRandom, flavour: Flavour, lies: number) {
    this.#random = random;
    this.#flavour = flavour;
    this.#lies = lies;
  }

  /** Is something wrong on purpose? */
  lie(): boolean {
    return this.#random.chance(this.#lies);
  }

  once(ledger: Ledger): { nonce: string; expires: number; signature: string } {
    return { nonce: this.hex(16), expires: this.expires(ledger, 3_600), signature: this.hex(64) };
  }

  /** @param longest - seconds. Wrong by little now and then. */
  expires({ block }: Ledger, longest: number): number {
    const random = this.#random;
    const now = Math.floor(block.time / 1_000);
    // Its last moment, if the time is a whole second.
    if (block.time % 1_000 === 0 && random.chance(0.3)) return now;
    if (random.chance(0.2 * this.#lies)) return Math.max(0, now - random.pick([0, 1, 3_600]));
    if (random.chance(0.2)) return now + longest + (this.lie() ? random.pick([1, 60]) : 0);
    return now + random.between(1, longest);
  }

  hash(): string {
    return this.#random.chance(0.05) ? UNKNOWN_HASH : this.#random.pick(FILES).hash;
  }

  member({ state }: Ledger): string {
    const libraries = LIBRARIES.slice(0, 7).map(({ key }) => key);
    const members = libraries.filter((key) => state.members.has(key));
    return this.#random.pick(members.length === 0 || this.lie() ? [...libraries, READERS[0]!.key] : members);
  }

  reader({ state }: Ledger): string {
    const random = this.#random;
    const lied = [...STRANGERS, ...READERS, ...BILLING, ...LIBRARIES.slice(0, 2)].map(({ key }) => key);
    const known = lied.filter((key) => state.accounts.has(key));
    if (known.length === 0 || this.lie()) return random.pick(lied);
    return random.pick(random.chance(0.7) ? known.slice(0, 5) : known);
  }

  /** Somebody who has tokens. */
  payer(ledger: Ledger): string {
    const rich = [...ledger.state.accounts].filter(([, { tokens }]) => tokens > 0n).map(([key]) => key);
    return rich.length === 0 || this.lie() ? this.reader(ledger) : this.#random.pick(rich);
  }

  billing({ state }: Ledger): string {
    const random = this.#random;
    const granted = [...state.billing];
    if (granted.length > 0 && !this.lie()) return random.pick(granted);
    return random.pick([...BILLING, ...READERS.slice(0, 2)]).key;
  }

  authority({ state }: Ledger): string {
    return this.lie() ? this.#random.pick(LIBRARIES.slice(0, 7)).key : this.#random.pick(state.authorities);
  }

  /** What somebody has said of a file that he brings; a liar says a little else. */
  pending({ state }: Ledger): Said {
    const random = this.#random;
    const all = [...state.pending].flatMap(([hash, uploads]) =>
      [...uploads.values()].map(({ key, size, name, infoHashes }) => ({ hash, key, size, name, infoHashes })),
    );
    if (all.length > 0) {
      const said = random.pick(all);
      if (!this.lie()) return said;
      const key = this.#random.pick(READERS).key;
      return {
        ...said,
        ...random.pick([{ size: beside(said.size) }, { name: random.pick(NAMES) }, { key }]),
      };
    }
    const hash = this.hash();
    const file = state.files.get(hash);
    const key = file?.uploader ?? random.pick(READERS).key;
    return {
      hash,
      key,
      size: file?.size ?? 77n,
      name: file?.name ?? NAMES[0]!,
      infoHashes: infoHashesOf(hash),
    };
  }

  /** What this one can pay, or a little more. */
  amount({ state }: Ledger, payer: string): bigint {
    const random = this.#random;
    const tokens = state.accounts.get(payer)?.tokens ?? 0n;
    if (this.lie()) return random.pick([0n, tokens + 1n, 2n ** 63n - 1n]);
    if (tokens === 0n || random.chance(this.#flavour === 'rich' ? 0.3 : 0.1)) return tokens;
    if (random.chance(0.15)) return tokens - BigInt(random.below(Number(tokens < 100n ? tokens : 100n)));
    return 1n + BigInt(random.below(Number(tokens < 1_000n ? tokens : 1_000n)));
  }

  /** Bytes that come once: 32 bits of chance, repeated, are enough to tell them apart. */
  hex(bytes: number): string {
    const word = this.#random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
    return word.repeat(bytes / 4);
  }

  /** Mostly somebody who can pay for this file, often with a card, and has not. */
  customer(ledger: Ledger, hash: string): string {
    const { state } = ledger;
    const file = state.files.get(hash);
    if (file === undefined || this.lie()) return this.reader(ledger);
    const credit = (key: string): bigint => cardInForce(state, key)?.credit ?? 0n;
    const able = [...state.accounts]
      .filter(([key, { tokens }]) => tokens + credit(key) >= file.size && key !== file.uploader)
      .map(([key]) => key)
      .filter((key) => !state.purchases.has(`${hash} ${key}`));
    const carded = able.filter((key) => credit(key) > 0n);
    const some = carded.length > 0 && this.#random.chance(0.7) ? carded : able;
    return some.length === 0 ? this.reader(ledger) : this.#random.pick(some);
  }
}

/** Another size, of those that there are. */
export function beside(size: bigint): bigint {
  return size < TOKENS_MAX ? size + 1n : size - 1n;
}
