/**
 * What librarians have asked once, so that nobody asks it again in their name: the nonce of each request until it could not be
 * good any more. Of what changes something it is on the disk before that is done, of what only tells something in memory.
 * Of each librarian so many of both, and no stranger can leave one. Source: docs/decisions/desk.md.
 */
import { type Bytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Store, StoreWrite } from '../../core/ports.ts';
import type { PublicKey32, UnixMs, UnixSeconds } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { DeskRequest } from '../../rpc/desk-request.ts';
import { deskNonceIn, deskNonceKey, deskNonceRange } from '../../store/keyspaces.ts';

type Ports = { readonly store: Store; readonly clock: Pick<Clock, 'now'> };
/** `storeKey`: of those on the disk. */
type Spent = { readonly storeKey: Bytes | undefined; readonly over: UnixMs };

/** Rows of the disk that are read in one go at the start. */
const ROWS = 10_000;

export class Nonces {
  readonly #ports: Ports;
  /** By librarian and whether they change something, then by nonce, in hex. */
  readonly #spent = new Map<string, Map<string, Spent>>();

  /** Go from the disk with the next write. */
  readonly #gone: StoreWrite[] = [];

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
        this.#of(nameOf(key, true)).set(toHex(nonce), { storeKey, over: overAt(expires, true) });
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) break;
      from = new Uint8Array([...last[0], 0]);
    }
    for (const name of [...this.#spent.keys()]) this.#forgetOver(name);
    if (this.#gone.length > 0) await store.write(this.#gone.splice(0), { sync: false });
  }

  /**
   * Durable when it resolves, where it changes something. @param pay - for what is asked, unless it has been asked before. What
   * it refuses may come again.
   * @returns reject("desk.repeated"), or reject("desk.too-many") with the seconds after which there is room, and what `pay` says.
   */
  async spend({ key, nonce, expires, changes }: DeskRequest, pay: () => Verdict): Promise<Verdict> {
    const name = nameOf(key, changes);
    this.#forgetOver(name);
    const spent = this.#of(name);
    if (spent.has(toHex(nonce))) return reject('desk.repeated');
    if (spent.size >= limits.deskNoncesPerKeyMax) return this.#tooMany(spent);
    const paid = pay();
    if (paid.kind !== 'accept') return paid;
    const storeKey = changes ? deskNonceKey(expires, key, nonce) : undefined;
    spent.set(toHex(nonce), { storeKey, over: overAt(expires, changes) }); // at once: the same request may come twice at a time
    if (storeKey === undefined) return accept();
    const put = { type: 'put', key: storeKey, value: new Uint8Array(0) } as const;
    await this.#ports.store.write([...this.#gone.splice(0), put], { sync: true });
    return accept();
  }

  #tooMany(spent: ReadonlyMap<string, Spent>): Verdict {
    const first = Math.min(...[...spent.values()].map(({ over }) => over));
    const seconds = Math.floor((first - this.#ports.clock.now()) / 1_000) + 1;
    return { ...reject('desk.too-many'), facts: { retry_after: seconds } };
  }

  #of(name: string): Map<string, Spent> {
    const spent = this.#spent.get(name) ?? new Map<string, Spent>();
    this.#spent.set(name, spent);
    return spent;
  }

  #forgetOver(name: string): void {
    const spent = this.#of(name);
    const now = this.#ports.clock.now();
    const gone = [...spent].filter(([, { over }]) => now > over);
    for (const [nonce] of gone) spent.delete(nonce);
    if (spent.size === 0) this.#spent.delete(name);
    for (const [, { storeKey }] of gone)
      if (storeKey !== undefined) this.#gone.push({ type: 'del', key: storeKey });
  }
}

function nameOf(key: PublicKey32, changes: boolean): string {
  return `${toHex(key)} ${changes}`;
}

function overAt(expires: UnixSeconds, changes: boolean): UnixMs {
  return expires * 1_000 + (changes ? limits.deskNonceMarginMs : 0);
}
