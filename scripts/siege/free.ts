/** What the attackers have got for nothing, shared among the attacks: keys that are registered, and intake passes. */
import type { Wallet } from '../../client/wallet.ts';

export type FreeKey = { readonly wallet: Wallet; readonly address: string };

export type FreePass = {
  /** Of the tracker, with the pass in it. */
  readonly url: string;
  /** 40 hex characters. */
  readonly infoHash: string;
  readonly address: string;
};

/** Older ones make room. */
const KEPT_MAX = 500;

export class Free {
  readonly #keys: FreeKey[] = [];
  readonly #passes: FreePass[] = [];

  addKey(key: FreeKey): void {
    keep(this.#keys, key);
  }

  addPass(pass: FreePass): void {
    keep(this.#passes, pass);
  }

  /** Any of them; undefined as long as there is none. */
  key(): FreeKey | undefined {
    return this.#keys[Math.floor(Math.random() * this.#keys.length)];
  }

  pass(): FreePass | undefined {
    return this.#passes[Math.floor(Math.random() * this.#passes.length)];
  }
}

function keep<T>(list: T[], item: T): void {
  if (list.length >= KEPT_MAX) list.shift();
  list.push(item);
}
