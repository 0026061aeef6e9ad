/**
 * What waits here for a librarian, whoever has brought it, in one list; and what the librarian says. Only those at the desk
 * see it (rpc/librarian.ts): who brings what to this library is nobody else's affair.
 */
import type { Archive } from '../../../archive/archive.ts';
import { pendingUntil } from '../../../chain/queries.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import type { Hash32, PublicKey32 } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import type { Review, WaitingFile } from '../../../rpc/ports.ts';
import type { Intakes } from '../uploads/intakes.ts';
import type { UploadClerk } from '../uploads/upload-clerk.ts';
import { likenessOf } from './likeness.ts';
import type { SponsoredReviews } from './sponsored-reviews.ts';

type Ports = Parameters<typeof likenessOf>[0] & {
  readonly archive: Pick<Archive, 'path'>;
  readonly intakes: Pick<Intakes, 'all' | 'of'>;
  readonly clerk: Pick<UploadClerk, 'decisions'>;
  readonly sponsored: SponsoredReviews;
  readonly archivist: { consider(hash: Hash32): void };
};
type Plain = Omit<WaitingFile, 'sameSize' | 'nearTitle'>;

/** As it stands in a cursor: they are in this order. */
const CURSOR = /^[0-9]{15}:[0-9a-f]{64}:[0-9a-f]{64}$/;

export class ReviewDesk implements Review {
  readonly #ports: Ports;
  #isOpen = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** What waits has been read from the disk. Before that nothing is said of it: reject("node.not-ready"). */
  open(): void {
    this.#isOpen = true;
  }

  async list({ limit, cursor, ...asked }: Parameters<Review['list']>[0]): ReturnType<Review['list']> {
    if (cursor !== undefined && !CURSOR.test(cursor)) {
      return reject('request.wrong-value', 'The cursor does not belong to this list.');
    }
    if (!this.#isOpen) return reject('node.not-ready');
    const all = this.#all();
    const placed = all
      .map((one) => ({ one, place: placeOf(one) }))
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const rest = cursor === undefined ? placed : placed.filter(({ place }) => place > cursor);
    const page = rest.slice(0, limit);
    const likeness = likenessOf(this.#ports, all, asked);
    const waiting: WaitingFile[] = [];
    for (const { one } of page) waiting.push({ ...one, ...(await likeness(one)) });
    const next = rest.length > page.length ? page.at(-1)?.place : undefined;
    return accept({ waiting, total: all.length, next });
  }

  async show(...[hash, by, asked]: Parameters<Review['show']>): ReturnType<Review['show']> {
    const found = this.#find(hash, by);
    if (found.kind !== 'accept') return found;
    const likes = await likenessOf(this.#ports, this.#all(), asked)(found.value);
    return accept({ ...found.value, ...likes, path: this.#ports.archive.path(hash) });
  }

  async accept(hash: Hash32, by: PublicKey32 | undefined): Promise<Verdict<PublicKey32>> {
    const { clerk, sponsored, archivist } = this.#ports;
    const found = this.#find(hash, by);
    if (found.kind !== 'accept') return found;
    const { brought, by: key } = found.value;
    const isDone = brought
      ? await clerk.decisions.accept({ hash, key })
      : await sponsored.decide(hash, key, 'accepted');
    if (isDone && !brought) archivist.consider(hash);
    return isDone ? accept(key) : reject('review.unknown');
  }

  async decline(...[hash, by, reason]: Parameters<Review['decline']>): Promise<Verdict<PublicKey32>> {
    const { clerk, sponsored } = this.#ports;
    const found = this.#find(hash, by);
    if (found.kind !== 'accept') return found;
    const { brought, by: key } = found.value;
    const isDone = brought
      ? await clerk.decisions.decline({ hash, key }, reason)
      : await sponsored.decide(hash, key, 'declined');
    return isDone ? accept(key) : reject('review.unknown');
  }

  /** reject("review.unknown" | "review.several" | "node.not-ready"). */
  #find(hash: Hash32, by: PublicKey32 | undefined): Verdict<Plain> {
    if (!this.#isOpen) return reject('node.not-ready');
    const all = [...this.#brought(this.#ports.intakes.of(hash)), ...this.#sponsored(hash)];
    if (by === undefined && all.length > 1) return reject('review.several');
    const found = by === undefined ? all[0] : all.find((one) => equalBytes(one.by, by));
    return found === undefined ? reject('review.unknown') : accept(found);
  }

  #all(): readonly Plain[] {
    return [...this.#brought(this.#ports.intakes.all()), ...this.#sponsored()];
  }

  #brought(intakes: ReturnType<Intakes['all']>): readonly Plain[] {
    return intakes
      .filter(({ state }) => state === 'in-review')
      .map(({ hash, name, size, key, until, reviewSince = 0 }) => {
        return { hash, name, size, brought: true, by: key, since: reviewSince, until };
      });
  }

  #sponsored(hash?: Hash32): readonly Plain[] {
    const { sponsored } = this.#ports;
    const records = hash === undefined ? sponsored.waiting() : sponsored.of(hash);
    return records
      .filter(({ decision }) => decision === 'waiting')
      .flatMap((record) => {
        const upload = sponsored.uploadOf(record);
        if (upload === undefined) return [];
        const { name, size } = upload;
        const until = pendingUntil(record.pendingSince);
        const { hash, sponsor: by, since } = record;
        return [{ hash, name, size, brought: false, by, since, until }];
      });
  }
}

function placeOf({ since, hash, by }: Plain): string {
  return `${String(since).padStart(15, '0')}:${toHex(hash)}:${toHex(by)}`;
}
