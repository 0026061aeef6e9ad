/**
 * Uploads that readers bring to this library, from before anything is acknowledged until nobody asks for them any
 * more: each with the reader's whole signed claim, synced, so that the library can put it on the ledger by itself
 * whenever it was killed. One for each file and key; what becomes of one says nothing of another.
 */
import { assert } from '../../../core/assert.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { decodeOwn, encode } from '../../../core/codec.ts';
import { limits } from '../../../core/limits.ts';
import type { Bound } from '../../../core/places.ts';
import type { Store } from '../../../core/ports.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../../core/scalars.ts';
import { Shares } from '../../../core/shares.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import { intakeKey, intakeOutlineKey, intakeRange } from '../../../store/keyspaces.ts';
import type { MetainfoV1 } from '../../../torrent/metainfo.ts';
import { placeOf, WaitingLine } from '../review/waiting-line.ts';
import { decodeIntake, encodeIntake, type Intake, nameOf } from './intake.ts';
import { type Bringer, placesOf, placesOfReview } from './intake-places.ts';
import { Remembered, type Whose } from './remembered.ts';

/** Does nothing come of this claim, so that one who comes may have its place? */
export type GivesWay = (claim: Intake) => boolean;

/** Claims that are looked at for one who comes: a millisecond. */
const LOOKED_AT_MAX = 256;

/** Bytes that a request brings, as far as anybody knows. */
export type Coming = {
  size(): bigint;
  grow(to: bigint): void;
  /** It brings none any more. */
  end(): void;
};

export class Intakes {
  readonly #store: Store;
  /** By file and key. */
  readonly #intakes = new Map<string, Intake>();
  /** File → names of its intakes. */
  readonly #byFile = new Map<string, Set<string>>();
  /** Those that the ledger does not know. */
  readonly #shares = new Shares();
  /** Names of those that are fetched from their readers, by the name of each bound; first those not written for longest. */
  readonly #claims = new Map<string, Set<string>>();
  #off = 0;
  /** Those that wait for a librarian. */
  readonly inReview = new WaitingLine<Intake>();
  /** Bytes of those, by key in hex; and of all that have arrived. */
  readonly #bytes = new Map<string, bigint>();
  #arrivedBytes = 0n;
  /** Bytes that requests say they bring, by key in hex. */
  readonly #announced = new Map<string, bigint>();
  /** Of those whose bytes are hashed now; by file and key. */
  readonly #readings = new Set<string>();
  /** By file: how many requests bring its bytes, and whether they were here before the first of these. */
  readonly #arrivals = new Map<string, { readonly wasHere: boolean; readonly keys: Hash32[] }>();
  /** Those that the ledger knows, or that are over. */
  readonly #remembered = new Remembered();
  readonly #hasPaid: (key: PublicKey32) => boolean;
  readonly #isOwn: (key: PublicKey32) => boolean;
  readonly #isManual: boolean;
  /** Of those that are being written; by file and key. */
  readonly #writing = new Set<string>();

  /**
   * @param hasPaid - has this key, with bytes brought or bought (rpc/right.ts)?
   * @param isOwn - is it the library's? What it brings is credited to nobody, and no person looks at it.
   * @param isManual - does a person look at what others bring?
   */
  constructor(
    store: Store,
    hasPaid: (key: PublicKey32) => boolean,
    isOwn: (key: PublicKey32) => boolean = () => false,
    isManual = false,
  ) {
    this.#store = store;
    this.#hasPaid = hasPaid;
    this.#isOwn = isOwn;
    this.#isManual = isManual;
  }

  async start(): Promise<void> {
    // Requests that were let in together may have gone beyond what one of them was let in for.
    const ofAKind = limits.intakesOfStrangersMax + limits.intakesOfReadersMax;
    const inReview = limits.reviewsOfStrangersMax + limits.reviewsOfReadersMax;
    const limit = 2 * ofAKind + inReview + limits.uploadsAtOnceMax + limits.standingsKeptMax;
    const rows = await this.#store.range({ ...intakeRange(), limit });
    const all = rows.map(([, value]) => {
      const intake = decodeIntake(value);
      assert(intake.kind === 'accept', 'a stored intake decodes');
      return intake.value;
    });
    // The disk has them in the order of their hashes. Of what is over that which ends first is the oldest.
    for (const intake of all.sort((a, b) => a.until - b.until)) this.#set(intake);
  }

  /** How many there are that the ledger does not know. */
  get size(): number {
    return this.#off;
  }

  all(): readonly Intake[] {
    return [...this.#intakes.values()];
  }

  of(hash: Hash32): readonly Intake[] {
    return [...(this.#byFile.get(toHex(hash)) ?? [])].map((name) => this.#intakes.get(name)!);
  }

  get(hash: Hash32, key: PublicKey32): Intake | undefined {
    return this.named(nameOf({ hash, key }));
  }

  /** By file and key. */
  named(name: string): Intake | undefined {
    return this.#intakes.get(name);
  }

  /**
   * Is there room for one more, beside what this key brings of other files?
   * @returns reject("upload.too-many"), with the seconds after which to come again, or reject("review.full"): then a person
   * has to look at something first.
   */
  mayBegin(hash: Hash32, bringer: Bringer, givesWay: GivesWay): Verdict {
    if (this.inTheWay(hash, bringer, givesWay) !== undefined) return accept();
    if (this.fullCode(hash, bringer, givesWay) === 'review.full') return reject('review.full');
    return { ...reject('upload.too-many'), facts: { retry_after: limits.intakeAgainMs / 1_000 } };
  }

  /** Why there is no room for it. */
  fullCode(hash: Hash32, bringer: Bringer, givesWay: GivesWay): 'review.full' | 'upload.too-many' {
    const isReview = this.#leaving(placesOf(bringer), hash, bringer, givesWay) !== undefined;
    return isReview ? 'review.full' : 'upload.too-many';
  }

  /** Claims that have to give way so that there is room for this one. @returns undefined when there is none in any case. */
  inTheWay(hash: Hash32, bringer: Bringer, givesWay: GivesWay): readonly Intake[] | undefined {
    return this.#leaving(this.#sharesOf({ ...bringer, state: 'fetching' }), hash, bringer, givesWay);
  }

  #leaving(
    bounds: readonly Bound[],
    hash: Hash32,
    bringer: Bringer,
    givesWay: GivesWay,
  ): readonly Intake[] | undefined {
    const before = this.get(hash, bringer.key);
    const gone = before !== undefined && isOff(before) ? [...this.#sharesOf(before)] : [];
    const leaving: Intake[] = [];
    const mayLeave = (one: Intake) => one !== before && !leaving.includes(one) && givesWay(one);
    // Under the narrow bounds first: who leaves there makes room under the others, too.
    for (const bound of [...bounds].sort((a, b) => a.max - b.max)) {
      for (let more = this.#shares.tooMany(bound, gone); more > 0; more--) {
        const one = this.#oldest(bound.name, mayLeave);
        if (one === undefined) return undefined;
        leaving.push(one);
        gone.push(...this.#sharesOf(one));
      }
    }
    return leaving;
  }

  /** What waits for a person has places of its own; what is still to come to one has a place of both. */
  #sharesOf(one: Bringer & Pick<Intake, 'state' | 'reviewSince'>): readonly Bound[] {
    if (one.reviewSince !== undefined) return placesOfReview(one);
    const isToCome = one.state === 'fetching' && this.#isManual && !this.#isOwn(one.key);
    return isToCome ? [...placesOf(one), ...placesOfReview(one)] : placesOf(one);
  }

  #oldest(bound: string, mayLeave: GivesWay): Intake | undefined {
    let left = LOOKED_AT_MAX;
    for (const name of this.#claims.get(bound) ?? []) {
      if (left-- === 0) return undefined;
      const claim = this.named(name)!;
      if (mayLeave(claim)) return claim;
    }
    return undefined;
  }

  /** Bytes that are to be credited before those of this upload: of its key, and of all that have arrived. */
  ahead(hash: Hash32, key: PublicKey32): { readonly ofKey: bigint; readonly arrived: bigint } {
    const name = toHex(key);
    const own = this.get(hash, key);
    const isCounted = own !== undefined && isOff(own);
    const hasArrived = isCounted && this.#isToBeCredited(own);
    const ofKey = (this.#bytes.get(name) ?? 0n) + (this.#announced.get(name) ?? 0n);
    return {
      ofKey: isCounted ? ofKey - own.size : ofKey,
      arrived: hasArrived ? this.#arrivedBytes - own.size : this.#arrivedBytes,
    };
  }

  /** A request says that it brings so many bytes of this key, or has brought more than it said. */
  announce(key: PublicKey32, size: bigint): Coming {
    const name = toHex(key);
    let said = 0n;
    const grow = (to: bigint) => {
      addTo(this.#announced, name, to - said);
      said = to;
    };
    grow(size);
    return { size: () => said, grow, end: () => grow(0n) };
  }

  /** Synced. @param outline - of what is to be fetched. */
  async put(intake: Intake, outline?: MetainfoV1): Promise<void> {
    const { hash, key } = intake;
    const outlineKey = intakeOutlineKey(hash, key);
    const name = nameOf(intake);
    this.#writing.add(name);
    try {
      await this.#store.write(
        [
          { type: 'put', key: intakeKey(hash, key), value: encodeIntake(intake) },
          ...(outline === undefined
            ? []
            : [{ type: 'put', key: outlineKey, value: encode(pick(outline)) } as const]),
          ...(intake.state === 'fetching' ? [] : [{ type: 'del', key: outlineKey } as const]),
        ],
        { sync: true },
      );
    } finally {
      this.#writing.delete(name);
    }
    this.#set(intake);
    await this.#forgetOne();
  }

  /**
   * A piece of what is fetched came at `cameMs`: it stays for `intakeIdleMs` from then, but not because of that beyond the
   * life of its claim. So one signature keeps nothing for ever, whoever sends a piece a day. Synced, when it gains more than
   * `leastMs` by it.
   */
  async prolong(hash: Hash32, key: PublicKey32, cameMs: UnixMs, leastMs: number): Promise<void> {
    const intake = this.get(hash, key);
    if (intake?.state !== 'fetching' || this.#writing.has(nameOf(intake))) return;
    const until = Math.min(cameMs + limits.intakeIdleMs, intake.lapses);
    if (until - intake.until > leastMs) await this.put({ ...intake, until });
  }

  async remove(hash: Hash32, key: PublicKey32): Promise<void> {
    if (!this.#delete(nameOf({ hash, key }))) return;
    const keys = [intakeKey(hash, key), intakeOutlineKey(hash, key)];
    await this.#store.write(
      keys.map((one) => ({ type: 'del', key: one })),
      { sync: true },
    );
  }

  /** What is to be fetched. @returns undefined when nothing is. */
  outline(hash: Hash32, key: PublicKey32): MetainfoV1 | undefined {
    const bytes = this.#store.get(intakeOutlineKey(hash, key));
    return bytes && decodeOwn<MetainfoV1>(bytes);
  }

  /** A request begins to bring the bytes of a file; `left` ends it. @param isHere - are they in the archive? */
  arriving(hash: Hash32, key: PublicKey32, isHere: boolean): void {
    const name = toHex(hash);
    const arrival = this.#arrivals.get(name) ?? { wasHere: isHere, keys: [] };
    arrival.keys.push(key);
    this.#arrivals.set(name, arrival);
  }

  /** Its bytes have all come, and are hashed; @returns a function that ends this. */
  reading(hash: Hash32, key: PublicKey32): () => void {
    const name = nameOf({ hash, key });
    this.#readings.add(name);
    return () => this.#readings.delete(name);
  }

  isRead(hash: Hash32, key: PublicKey32): boolean {
    return this.#readings.has(nameOf({ hash, key }));
  }

  isArriving(hash: Hash32, key: PublicKey32): boolean {
    return this.#arrivals.get(toHex(hash))?.keys.some((other) => equalBytes(other, key)) ?? false;
  }

  /** @returns true when it was the last one, and the bytes have come with such requests only. */
  left(hash: Hash32, key: PublicKey32): boolean {
    const name = toHex(hash);
    const arrival = this.#arrivals.get(name);
    const at = arrival?.keys.findIndex((other) => equalBytes(other, key)) ?? -1;
    assert(arrival !== undefined && at >= 0, 'who leaves has arrived');
    arrival.keys.splice(at, 1);
    if (arrival.keys.length > 0) return false;
    this.#arrivals.delete(name);
    return !arrival.wasHere;
  }

  /** Does any upload that came here still need the bytes? */
  needs(hash: Hash32): boolean {
    return this.#arrivals.has(toHex(hash)) || this.of(hash).some(needsBytes);
  }

  #set(intake: Intake): void {
    const name = nameOf(intake);
    this.#delete(name);
    this.#intakes.set(name, intake);
    const file = toHex(intake.hash);
    this.#byFile.set(file, (this.#byFile.get(file) ?? new Set()).add(name));
    if (intake.state === 'in-review') this.inReview.add(placeIn(intake), intake);
    this.#account(intake, 1);
    if (!isOff(intake)) this.#remembered.add(name, this.#whose(intake));
  }

  #delete(name: string): boolean {
    const intake = this.#intakes.get(name);
    if (intake === undefined) return false;
    this.#intakes.delete(name);
    this.#remembered.delete(name);
    this.inReview.delete(placeIn(intake));
    const file = toHex(intake.hash);
    const others = this.#byFile.get(file);
    others?.delete(name);
    if (others?.size === 0) this.#byFile.delete(file);
    this.#account(intake, -1);
    return true;
  }

  #account(intake: Intake, change: 1 | -1): void {
    if (!isOff(intake)) return;
    this.#off += change;
    const bytes = intake.size * BigInt(change);
    addTo(this.#bytes, toHex(intake.key), bytes);
    if (this.#isToBeCredited(intake)) this.#arrivedBytes += bytes;
    const shares = this.#sharesOf(intake);
    this.#shares.add(shares, change);
    if (intake.state !== 'fetching') return;
    for (const { name } of shares) {
      const claims = this.#claims.get(name) ?? new Set();
      if (change === 1) this.#claims.set(name, claims.add(nameOf(intake)));
      else if (claims.delete(nameOf(intake)) && claims.size === 0) this.#claims.delete(name);
    }
  }

  #whose({ key, address }: Intake): Whose {
    return { key: toHex(key), address, paid: this.#isOwn(key) || this.#hasPaid(key) };
  }

  /** Does it come before others in the bytes that this library may have credited in a day? */
  #isToBeCredited(intake: Intake): boolean {
    return needsBytes(intake) && !this.#isOwn(intake.key);
  }

  /** When more are remembered than there is room for. */
  async #forgetOne(): Promise<void> {
    if (this.#remembered.size <= limits.standingsKeptMax) return;
    const { hash, key } = this.named(this.#remembered.next()!)!;
    await this.remove(hash, key);
  }
}

/** Does the ledger not know of it, and may it still come to know? */
function isOff({ state, code }: Intake): boolean {
  const isOnItsWay = state === 'fetching' || state === 'in-review' || state === 'waiting';
  return isOnItsWay || (state === 'refused' && code === 'upload.sign-again');
}

/** Nothing becomes of it any more. */
export function isEnded({ state, code }: Intake): boolean {
  return state === 'available' || (state === 'refused' && code !== 'upload.sign-again');
}

function placeIn({ reviewSince = 0, hash, key }: Intake): string {
  return placeOf(reviewSince, hash, key);
}

function needsBytes(intake: Intake): boolean {
  return isOff(intake) && intake.state !== 'fetching';
}

function addTo(sums: Map<string, bigint>, name: string, more: bigint): void {
  const sum = (sums.get(name) ?? 0n) + more;
  if (sum === 0n) sums.delete(name);
  else sums.set(name, sum);
}

/** Is the same torrent claimed? */
export function isSameFile(a: Intake, b: Intake): boolean {
  const [first, second] = [a.infoHashes[0], b.infoHashes[0]];
  return a.size === b.size && first !== undefined && second !== undefined && equalBytes(first, second);
}

function pick({ name, size, pieceLength, pieces }: MetainfoV1): MetainfoV1 {
  return { name, size, pieceLength, pieces };
}
