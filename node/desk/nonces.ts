/**
 * What librarians have asked once, so that nobody asks it again in their name: the nonce of each request, on the disk before
 * anything is done for it, until it could not be good any more. Of each librarian so many, and no stranger can leave one.
 */
import { type Bytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Store, StoreWrite } from '../../core/ports.ts';
import type { PublicKey32, UnixMs, UnixSeconds } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { deskNonceIn, deskNonceKey, deskNonceRange } from '../../store/keyspaces.ts';

type Ports = { readonly store: Store; readonly clock: Pick<Clock, 'now'> };
type Spent = { readonly storeKey: Bytes; readonly expires: UnixSeconds };

/** Rows of the disk that are read in one go at the start. */
const ROWS = 10_000;

export class Nonces {
  readonly #ports: Ports;
  /** By librarian, then by nonce, in hex. */
  readonly #spent = new Map<string, Map<string, Spent>>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const { store } = this.#ports;
    let { from, to } = deskNonceRange();
    for (;;) {
      const rows = await store.range({ from, to, limit: ROWS });
      for (const [storeKey] of rows) {
        const { key, nonce, expires } = deskNonceIn(storeKey);
        this.#of(toHex(key)).set(toHex(nonce), { storeKey, expires });
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) break;
      from = new Uint8Array([...last[0], 0]);
    }
    const gone = [...this.#spent.keys()].flatMap((librarian) => this.#forgetOver(librarian));
    if (gone.length > 0) await store.write(gone, { sync: false });
  }

  /**
   * Durable when it resolves. @param pay - for what is asked, unless it has been asked before. What it refuses may come again.
   * @returns reject("desk.repeated" | "desk.too-many"), and what `pay` says.
   */
  async spend(key: PublicKey32, nonce: Bytes, expires: UnixSeconds, pay: () => Verdict): Promise<Verdict> {
    const librarian = toHex(key);
    const gone = this.#forgetOver(librarian);
    const spent = this.#of(librarian);
    if (spent.has(toHex(nonce))) return reject('desk.repeated');
    if (spent.size >= limits.deskNoncesPerKeyMax) return reject('desk.too-many');
    const paid = pay();
    if (paid.kind !== 'accept') return paid;
    const storeKey = deskNonceKey(expires, key, nonce);
    spent.set(toHex(nonce), { storeKey, expires }); // at once: the same request may come twice at a time
    const put = { type: 'put', key: storeKey, value: new Uint8Array(0) } as const;
    await this.#ports.store.write([...gone, put], { sync: true });
    return accept();
  }

  #of(librarian: string): Map<string, Spent> {
    const spent = this.#spent.get(librarian) ?? new Map<string, Spent>();
    this.#spent.set(librarian, spent);
    return spent;
  }

  #forgetOver(librarian: string): StoreWrite[] {
    const spent = this.#of(librarian);
    const now = this.#ports.clock.now();
    const over = [...spent].filter(([, one]) => isOver(one, now));
    for (const [nonce] of over) spent.delete(nonce);
    if (spent.size === 0) this.#spent.delete(librarian);
    return over.map(([, { storeKey }]) => ({ type: 'del', key: storeKey }));
  }
}

/** An hour later than it lapses: a clock may be set back. */
function isOver({ expires }: Spent, now: UnixMs): boolean {
  return now > expires * 1_000 + limits.deskLifeMs;
}
