/**
 * How many clients there are in all swarms of a file, counted as they come and go: a search tells it of a hundred
 * files, and a file may have ten thousand peers. Who is in two swarms (a hybrid torrent has two) counts once.
 */

type Counted = { readonly subject: string; readonly id: string; readonly complete: boolean };

export class Census {
  readonly #seeders = new Map<string, number>();
  readonly #leechers = new Map<string, number>();

  get counts(): { readonly seeders: number; readonly leechers: number } {
    return { seeders: this.#seeders.size, leechers: this.#leechers.size };
  }

  /** @param by - 1: it has come to a swarm; −1: it has left one, as what it was there. */
  count({ subject, id, complete }: Counted, by: 1 | -1): void {
    const counts = complete ? this.#seeders : this.#leechers;
    const name = subject + id;
    const swarms = (counts.get(name) ?? 0) + by;
    if (swarms === 0) counts.delete(name);
    else counts.set(name, swarms);
  }
}
