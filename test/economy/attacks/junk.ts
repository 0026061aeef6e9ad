/** A master who brings what nobody wants, and many keys that buy it. */
import type { Library } from '../library.ts';
import type { World } from '../world.ts';

export class Junk {
  readonly #world: World;
  #brought = 0;
  #keys = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** A key of the attackers, registered there. */
  key(library: Library): string {
    const key = `false ${this.#keys++}`;
    library.register(key);
    return key;
  }

  /** @returns its name; undefined where a cap of the day is reached. */
  bring(size: number, key: string, library: Library): string | undefined {
    const name = `junk ${this.#brought++}`;
    return this.#world.bring({ name, size }, key, library.name) ? name : undefined;
  }

  /** @returns the bytes that were paid on a card, undefined where it is refused. */
  buy(name: string, key: string): number | undefined {
    const verdict = this.#world.ledger.submit(this.#world.pen.download(name, key));
    if (verdict.kind !== 'accept') return undefined;
    const [event] = verdict.value;
    return event?.kind === 'purchased' ? Number(event.card) : 0;
  }
}
