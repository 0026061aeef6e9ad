/**
 * The state after a block that is not committed yet: its changes in memory above the state of its parent.
 * Children stand on their parent's overlay, so a committed one must be cut loose (`landed`), or the chain of
 * overlays would reach back to the start of the process.
 */
import { type Bytes, toHex } from '../../core/bytes.ts';
import type { StateView, StateWrite } from './state.ts';
import type { TreeReader, TreeWrites } from './tree.ts';

export type Ground = { readonly view: StateView; readonly tree: TreeReader };

export class Overlay implements StateView, TreeReader {
  #below: Ground;
  readonly #values = new Map<string, Bytes | undefined>();
  readonly #pages = new Map<string, Bytes>();

  constructor(below: Ground, writes: readonly StateWrite[], tree: TreeWrites) {
    this.#below = below;
    for (const { key, value } of writes) this.#values.set(toHex(key), value);
    for (const [key, page] of tree.put) this.#pages.set(toHex(key), page);
  }

  get(key: Bytes): Bytes | undefined {
    if (this.#values.size === 0) return this.#below.view.get(key);
    const hex = toHex(key);
    return this.#values.has(hex) ? this.#values.get(hex) : this.#below.view.get(key);
  }

  node(key: Bytes): Bytes | undefined {
    if (this.#pages.size === 0) return this.#below.tree.node(key);
    return this.#pages.get(toHex(key)) ?? this.#below.tree.node(key);
  }

  /**
   * The block and all before it are in the store: forgets its own changes and the parent's state. From now on it
   * shows the store as it is, which is the state after this block only as long as no later one is committed.
   */
  landed(store: Ground): void {
    this.#below = store;
    this.#values.clear();
    this.#pages.clear();
  }
}
