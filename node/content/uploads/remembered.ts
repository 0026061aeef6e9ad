/**
 * Of how many uploads that the ledger knows, or that are over, it is still known how they stand, and which is forgotten when
 * there are too many: the oldest of whoever has left most behind. Strangers, of whom anybody can be many, count by network
 * (a /24, a /56), and within it by key: so one network pushes out its own, and one free key in it what that key has left.
 * Those of keys that have paid go last, unless one of these has more than its share. Pure.
 */
import { networkOfClientAddress } from '../../../core/address.ts';
import { limits } from '../../../core/limits.ts';

export type Whose = {
  /** In hex. */
  readonly key: string;
  /** core/address.ts, clientAddressOf. */
  readonly address: string;
  /** Had this key paid by then? */
  readonly paid: boolean;
};

export class Remembered {
  readonly #whose = new Map<string, Whose>();
  /** Of keys that have paid, by key. */
  readonly #paying = new Piles();
  /** Of strangers, by network; and of each network by key. */
  readonly #networks = new Piles();
  readonly #keysIn = new Map<string, Piles>();

  get size(): number {
    return this.#whose.size;
  }

  /** @param name - of the upload; one that is not there. */
  add(name: string, whose: Whose): void {
    this.#whose.set(name, whose);
    if (whose.paid) {
      this.#paying.add(whose.key, name);
      return;
    }
    const network = networkOfClientAddress(whose.address);
    const keys = this.#keysIn.get(network) ?? new Piles();
    this.#keysIn.set(network, keys);
    keys.add(whose.key, name);
    this.#networks.add(network, name);
  }

  delete(name: string): void {
    const whose = this.#whose.get(name);
    if (whose === undefined) return;
    this.#whose.delete(name);
    if (whose.paid) {
      this.#paying.delete(whose.key, name);
      return;
    }
    const network = networkOfClientAddress(whose.address);
    const keys = this.#keysIn.get(network)!;
    keys.delete(whose.key, name);
    if (keys.highest === 0) this.#keysIn.delete(network);
    this.#networks.delete(network, name);
  }

  /** The one to be forgotten. @returns undefined when there is none. */
  next(): string | undefined {
    if (this.#networks.highest === 0 || this.#paying.highest > limits.standingsPerKeyMax) {
      return this.#paying.bottom();
    }
    return this.#keysIn.get(this.#networks.top()!)!.bottom();
  }
}

/** Names in piles, of which the highest is known at any time: whatever is done takes as long however many there are. */
class Piles {
  /** By the name of the pile; what lies in each, the oldest first. None is empty. */
  readonly #piles = new Map<string, Set<string>>();
  /** By their height: piles that are as high, first those that have been so for longest. The last one is not empty. */
  readonly #byHeight: Set<string>[] = [new Set()];

  /** 0 when there is none. */
  get highest(): number {
    return this.#byHeight.length - 1;
  }

  /** The highest; of several that which has been so high for longest. */
  top(): string | undefined {
    return first(this.#byHeight[this.highest]!);
  }

  /** The oldest in it. */
  bottom(): string | undefined {
    const top = this.top();
    return top === undefined ? undefined : first(this.#piles.get(top)!);
  }

  add(pile: string, name: string): void {
    const names = this.#piles.get(pile) ?? new Set();
    this.#piles.set(pile, names.add(name));
    this.#moved(pile, names.size - 1, names.size);
  }

  delete(pile: string, name: string): void {
    const names = this.#piles.get(pile);
    if (names?.delete(name) !== true) return;
    if (names.size === 0) this.#piles.delete(pile);
    this.#moved(pile, names.size + 1, names.size);
  }

  #moved(pile: string, from: number, to: number): void {
    this.#byHeight[from]!.delete(pile);
    if (to > 0) {
      const others = this.#byHeight[to] ?? new Set();
      this.#byHeight[to] = others.add(pile);
    }
    while (this.highest > 0 && this.#byHeight[this.highest]!.size === 0) this.#byHeight.pop();
  }
}

function first(names: ReadonlySet<string>): string | undefined {
  return names.values().next().value;
}
