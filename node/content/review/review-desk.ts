/**
 * What waits here for a librarian, whoever has brought it, in one list; and what the librarian says. Only those at the desk
 * see it (rpc/librarian.ts): who brings what to this library is nobody else's affair.
 */
import type { Archive } from '../../../archive/archive.ts';
import { pendingUntil } from '../../../chain/queries.ts';
import { type Bytes, equalBytes } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Hash32, PublicKey32 } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import type { Review, WaitingFile, WhichShown } from '../../../rpc/ports.ts';
import type { Intake } from '../uploads/intake.ts';
import type { Intakes } from '../uploads/intakes.ts';
import type { UploadClerk } from '../uploads/upload-clerk.ts';
import { likenessOf, type Titled, titled, WAITING_LOOKED_AT_MAX } from './likeness.ts';
import type { ReviewRecord } from './review-record.ts';
import { markOf } from './seen-mark.ts';
import type { SponsoredReviews } from './sponsored-reviews.ts';
import { FRONT, PLACE, type Place } from './waiting-line.ts';

type Ports = Parameters<typeof likenessOf>[0] & {
  readonly archive: Pick<Archive, 'path'>;
  readonly intakes: Pick<Intakes, 'inReview' | 'of'>;
  readonly clerk: Pick<UploadClerk, 'decisions'>;
  readonly sponsored: SponsoredReviews;
  readonly archivist: { consider(hash: Hash32): void };
};
type Plain = Omit<WaitingFile, 'sameSize' | 'nearTitle' | 'declinedBefore' | 'mark'>;

/** Where it stands in the queue, what is kept of it, and what a librarian sees of it. */
type Placed = { readonly place: Place; readonly kept: Intake | ReviewRecord; plain(): Plain | undefined };
type Declined = { readonly declined: boolean; readonly reason?: string | undefined };

export class ReviewDesk implements Review {
  readonly #ports: Ports;
  #isOpen = false;
  /** What is compared of what waits. The ledger is asked once for each. */
  readonly #titles = new WeakMap<Intake | ReviewRecord, Titled>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** What waits has been read from the disk. Before that nothing is said of it: reject("node.not-ready"). */
  open(): void {
    this.#isOpen = true;
  }

  async list({ limit, cursor, ...asked }: Parameters<Review['list']>[0]): ReturnType<Review['list']> {
    if (cursor !== undefined && !PLACE.test(cursor)) {
      return reject('request.wrong-value', 'The cursor does not belong to this list.');
    }
    if (!this.#isOpen) return reject('node.not-ready');
    const { intakes, sponsored, yieldToLoop } = this.#ports;
    const page: { readonly place: Place; readonly plain: Plain }[] = [];
    let next = this.#next(cursor ?? FRONT);
    for (; next !== undefined && page.length < limit; next = this.#next(next.place)) {
      await yieldToLoop();
      const plain = next.plain();
      if (plain !== undefined) page.push({ place: next.place, plain });
    }
    const likeness = likenessOf(this.#ports, await this.#compared(), asked);
    const waiting: WaitingFile[] = [];
    for (const { plain } of page)
      waiting.push({ ...plain, ...(await likeness(plain)), ...this.#marks(plain) });
    const total = intakes.inReview.size + sponsored.line.size;
    return accept({ waiting, total, next: next === undefined ? undefined : page.at(-1)?.place });
  }

  async show(...[hash, by, asked]: Parameters<Review['show']>): ReturnType<Review['show']> {
    const waiting = this.#find(hash, by);
    const isUnknown = waiting.kind === 'reject' && waiting.code === 'review.unknown';
    const found = isUnknown ? picked(this.#declined(hash), by) : waiting;
    if (found.kind !== 'accept') return found;
    const likes = await likenessOf(this.#ports, await this.#compared(), asked)(found.value);
    const marks = { ...likes, ...this.#marks(found.value) };
    return accept({ declined: false, ...found.value, ...marks, path: this.#ports.archive.path(hash) });
  }

  async accept({ hash, by, mark }: WhichShown): Promise<Verdict<PublicKey32>> {
    const { clerk, sponsored, archivist } = this.#ports;
    const found = asShown(this.#find(hash, by), mark);
    if (found.kind !== 'accept') return found;
    const { brought, by: key } = found.value;
    const isDone = brought
      ? await clerk.decisions.accept({ hash, key }, (intake) => isMarked(plainOf(intake), mark))
      : await sponsored.decide(hash, key, 'accepted', undefined, (record) => this.#isMarked(record, mark));
    if (isDone && !brought) archivist.consider(hash);
    if (isDone) return accept(key);
    const now = asShown(this.#find(hash, key), mark);
    return now.kind === 'accept' ? reject('review.lapsed') : now;
  }

  async decline(...[which, reason]: Parameters<Review['decline']>): ReturnType<Review['decline']> {
    const { hash, by, mark } = which;
    const found = this.#find(hash, by);
    // Whoever brings them: the bytes are the same, and have been looked at.
    const all = found.kind === 'reject' && found.code === 'review.several' ? this.#waiting(hash) : [];
    const marked = all.find((one) => isMarked(one, mark));
    const first = marked === undefined ? asShown(found, mark) : accept(marked);
    if (all.length > 0 && marked === undefined) return reject('review.changed');
    if (first.kind !== 'accept') return first;
    const isDone = await this.#decline(first.value, mark, reason);
    if (!isDone) return reject('review.unknown');
    const declined = [first.value.by];
    for (const one of all) {
      if (one !== marked && (await this.#decline(one, undefined, reason))) declined.push(one.by);
    }
    return accept(declined);
  }

  /** @param mark - undefined: however it waits by now. */
  #decline({ hash, brought, by: key }: Plain, mark: Bytes | undefined, reason: string | undefined) {
    const { clerk, sponsored } = this.#ports;
    if (!brought) {
      return sponsored.decide(hash, key, 'declined', reason, (record) => this.#isMarked(record, mark));
    }
    return clerk.decisions.decline({ hash, key }, (intake) => isMarked(plainOf(intake), mark), reason);
  }

  #isMarked(record: ReviewRecord, mark: Bytes | undefined): boolean {
    const plain = this.#plainOf(record);
    return plain !== undefined && isMarked(plain, mark);
  }

  /** reject("review.unknown" | "review.several" | "node.not-ready"). */
  #find(hash: Hash32, by: PublicKey32 | undefined): Verdict<Plain> {
    if (!this.#isOpen) return reject('node.not-ready');
    return picked(this.#waiting(hash), by);
  }

  #waiting(hash: Hash32): readonly Plain[] {
    const { intakes, sponsored } = this.#ports;
    const brought = intakes.of(hash).filter(({ state }) => state === 'in-review');
    const others = sponsored.of(hash).filter(({ decision }) => decision === 'waiting');
    return [...brought.map(plainOf), ...others.flatMap((record) => this.#plainOf(record) ?? [])];
  }

  #marks(plain: Plain): Pick<WaitingFile, 'declinedBefore' | 'mark'> {
    const { intakes, sponsored } = this.#ports;
    const declinedBefore =
      intakes.of(plain.hash).some(({ code }) => code === 'upload.declined') ||
      sponsored.of(plain.hash).some(({ decision }) => decision === 'declined');
    return { declinedBefore, mark: markOf(plain) };
  }

  /** `since`: when that was said. */
  #declined(hash: Hash32): readonly (Plain & Declined)[] {
    const { intakes, sponsored } = this.#ports;
    const brought = intakes.of(hash).filter(({ code }) => code === 'upload.declined');
    const others = sponsored.of(hash).filter(({ decision }) => decision === 'declined');
    return [
      ...brought.map((intake) => {
        const since = intake.until - limits.standingKeptMs;
        return { ...plainOf(intake), since, declined: true, reason: intake.reason };
      }),
      ...others.flatMap((record) => {
        const plain = this.#plainOf(record);
        return plain === undefined ? [] : [{ ...plain, declined: true, reason: record.reason }];
      }),
    ];
  }

  /** The one that has waited longest behind this place, whoever has brought it. */
  #next(place: Place): Placed | undefined {
    const brought = this.#ports.intakes.inReview.after(place);
    const other = this.#ports.sponsored.line.after(place);
    if (brought !== undefined && (other === undefined || brought.place < other.place)) {
      return { place: brought.place, kept: brought.one, plain: () => plainOf(brought.one) };
    }
    return other && { place: other.place, kept: other.one, plain: () => this.#plainOf(other.one) };
  }

  /** The first that wait, as far as others are compared with them. */
  async #compared(): Promise<readonly Titled[]> {
    const all: Titled[] = [];
    let next = this.#next(FRONT);
    for (; next !== undefined && all.length < WAITING_LOOKED_AT_MAX; next = this.#next(next.place)) {
      await this.#ports.yieldToLoop();
      const title = this.#titleOf(next);
      if (title !== undefined) all.push(title);
    }
    return all;
  }

  #titleOf({ kept, plain }: Placed): Titled | undefined {
    const known = this.#titles.get(kept);
    if (known !== undefined) return known;
    const found = plain();
    if (found === undefined) return undefined;
    const title = titled(found);
    this.#titles.set(kept, title);
    return title;
  }

  /** @returns undefined when it is not pending any more. */
  #plainOf(record: ReviewRecord): Plain | undefined {
    const upload = this.#ports.sponsored.uploadOf(record);
    if (upload === undefined) return undefined;
    const { name, size } = upload;
    const { hash, sponsor: by, since, pendingSince } = record;
    return { hash, name, size, brought: false, by, since, until: pendingUntil(pendingSince) };
  }
}

function plainOf({ hash, name, size, key, until, reviewSince = 0 }: Intake): Plain {
  return { hash, name, size, brought: true, by: key, since: reviewSince, until };
}

function picked<T extends Plain>(all: readonly T[], by: PublicKey32 | undefined): Verdict<T> {
  if (by === undefined && all.length > 1) return reject('review.several');
  const found = by === undefined ? all[0] : all.find((one) => equalBytes(one.by, by));
  return found === undefined ? reject('review.unknown') : accept(found);
}

/** Else it is another one than was shown. */
function asShown(found: Verdict<Plain>, mark: Bytes): Verdict<Plain> {
  return found.kind !== 'accept' || isMarked(found.value, mark) ? found : reject('review.changed');
}

function isMarked(plain: Plain, mark: Bytes | undefined): boolean {
  return mark === undefined || equalBytes(markOf(plain), mark);
}
