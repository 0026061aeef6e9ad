/**
 * Does this node know everything that its key has ever signed? Only then may it sign at once. Judges database and
 * watermark against each other at every start, keeps the watermark up to date while the node signs, and remembers
 * the fence of a node that had forgotten. Why this is enough: docs/decisions/amnesia.md.
 */
import { decodeRecord } from '../../../consensus/journal-record.ts';
import { assert } from '../../../core/assert.ts';
import { type Bytes, equalBytes, toHex } from '../../../core/bytes.ts';
import { decodeOwn, encode } from '../../../core/codec.ts';
import type { Log, Random, Store } from '../../../core/ports.ts';
import { metaKey } from '../../../store/keyspaces.ts';
import { INCARNATION_BYTES, isUnused, type Mark, type Watermark } from './watermark.ts';

/** What a node that had forgotten may not do in the epoch in which it found out. */
export type Fence = {
  readonly epoch: number;
  /** It proposes, notarises and finalises nothing in views up to this one. */
  readonly view: number;
  /** In views up to this one it may have signed Finalize, for all that it knows. */
  readonly doubtView: number;
  /** Its word counts for others who have forgotten once its own view lies above this one. */
  readonly unsureView: number;
  /** It may have signed in a later epoch, too: somebody knew a block that ends this one. */
  readonly isForEpochOnly: boolean;
};

/**
 * Views that the others have left, up to this one: nobody needs a vote of ours there, and they need not remember what
 * we have signed there. Until the next start, which asks again.
 */
export type Left = { readonly epoch: number; readonly view: number };

export type AmnesiaPorts = {
  readonly store: Store;
  /** Without one the journal alone is believed: for tests in which nothing is lost. */
  readonly watermark: Watermark | undefined;
  readonly random: Random;
  readonly log: Log;
  /** The operator takes it upon themselves that this key contradicts nothing that it has signed. */
  readonly signAnyway: boolean;
  /** What was mended for the last epoch only is lost in the new one. */
  lostAgain(): void;
};

const INCARNATION = metaKey('incarnation');
const FENCE = metaKey('fence');

export class Memory {
  readonly #ports: AmnesiaPorts;
  #incarnation: Bytes = new Uint8Array(INCARNATION_BYTES);
  #marked = 0;
  #fence: Fence | undefined;
  #lost: string | undefined;
  #isKnown = false;
  #left: Left | undefined;
  #silent = false;
  #own = new Set<string>();

  constructor(ports: AmnesiaPorts) {
    this.#ports = ports;
  }

  /** Once, first. @param next - the sequence that the journal would give to its next record. @param journal - its records. */
  async open(journal: readonly Bytes[], next: number): Promise<void> {
    const { store, watermark, log, signAnyway } = this.#ports;
    if (watermark === undefined) {
      this.#isKnown = true;
      return;
    }
    const mark = await watermark.read();
    const incarnation = store.get(INCARNATION);
    const fence = store.get(FENCE);
    this.#fence = fence && decodeOwn<Fence>(fence);
    this.#own = new Set(journal.filter(isOwnVote).map(toHex));
    this.#lost = whyLost(mark, incarnation, next);
    if (this.#lost !== undefined) {
      log.error('this node does not know what its key has signed', { why: this.#lost });
      if (signAnyway)
        log.error('it signs once the others have given back what they hold, as its operator says');
      await this.#part();
      return;
    }
    if (incarnation !== undefined && mark !== undefined && !isUnused(mark)) {
      this.#incarnation = incarnation;
      this.#marked = mark.sequence;
    } else {
      await this.#begin(undefined, next);
    }
  }

  /** Why nothing may be signed; undefined when everything is known. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Has the operator decided that what the others hold is enough? */
  get decided(): boolean {
    return this.#ports.signAnyway;
  }

  /** Nothing stands against signing any more. */
  get maySign(): boolean {
    return this.#isKnown && !this.#silent;
  }

  /** Another process signs with this key: whatever is known of its past, nothing is signed any more. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Until this process ends. What the other one has signed meanwhile is asked for at the next start. */
  silence(): void {
    this.#silent = true;
  }

  /** An epoch is opened, for the first time or again. */
  enter(epoch: number): void {
    const { signAnyway, log, lostAgain } = this.#ports;
    if (signAnyway || this.#lost !== undefined || this.#fence?.isForEpochOnly !== true) return;
    if (epoch <= this.#fence.epoch) return;
    this.#lost = 'it had forgotten, and this epoch may have begun before';
    this.#isKnown = false;
    log.warn('this node does not know what its key has signed', { why: this.#lost, epoch });
    lostAgain();
  }

  /** What binds the machine of this epoch beside its journal. */
  fence(epoch: number): { readonly fence: number; readonly doubt: number } {
    const left = this.#left?.epoch === epoch ? this.#left.view : 0;
    if (this.#fence?.epoch !== epoch) return { fence: left, doubt: left };
    const { view, doubtView } = this.#fence;
    return { fence: Math.max(view, left), doubt: Math.max(doubtView, left) };
  }

  /** May others rely on what we say of this epoch, now that we are in this view? */
  isSure(epoch: number, view: number): boolean {
    if (this.#lost !== undefined) return false;
    return this.#fence?.epoch !== epoch || view > this.#fence.unsureView;
  }

  /** @param encoded - a vote of ours that somebody else holds. Was it in the journal when the node started? */
  remembers(encoded: Bytes): boolean {
    return this.#own.has(toHex(encoded));
  }

  /** Somebody has shown a vote of ours that is not in our journal: this whole home is an old copy, also after a restart. */
  async doubt(why: string): Promise<void> {
    this.#lost = why;
    this.#ports.log.error('this node does not know what its key has signed', { why });
    await this.#part();
  }

  /** Nobody has shown anything that we do not know. @param left - what is behind the others is not looked for. */
  trust(left?: Left): void {
    assert(this.#lost === undefined, 'what is lost must be fenced');
    this.#left = left;
    this.#isKnown = true;
  }

  /** The others have told what matters of what was lost. @param next - as in `open`. */
  async mend(fence: Fence, next: number): Promise<void> {
    await this.#begin(fence, next);
    this.#isKnown = true;
  }

  /** A vote is durable, and about to leave. Resolves when the watermark knows. @param next - of the journal. */
  async signed(next: number): Promise<void> {
    if (next <= this.#marked) return;
    this.#marked = next;
    await this.#ports.watermark?.write({ incarnation: this.#incarnation, sequence: next });
  }

  /**
   * Following makes the journal longer than the mark says, and a copy of the whole home fits itself: from now on
   * database and mark must not fit, whatever their length and however often the node starts.
   */
  async #part(): Promise<void> {
    await this.#ports.store.write([{ type: 'del', key: INCARNATION }], { sync: true });
  }

  /** A new life of the database. A crash between the two writes leaves a pair that does not fit: one asks again. */
  async #begin(fence: Fence | undefined, next: number): Promise<void> {
    const { store, watermark, random } = this.#ports;
    this.#incarnation = random.bytes(INCARNATION_BYTES);
    this.#fence = fence ?? this.#fence;
    this.#marked = next;
    await store.write(
      [
        { type: 'put', key: INCARNATION, value: this.#incarnation },
        ...(fence === undefined ? [] : [{ type: 'put' as const, key: FENCE, value: encode(fence) }]),
      ],
      { sync: true },
    );
    await watermark?.write({ incarnation: this.#incarnation, sequence: next });
    this.#lost = undefined;
  }
}

/** @returns undefined when database and watermark are of one piece, or when the key has never signed. */
function whyLost(mark: Mark | undefined, incarnation: Bytes | undefined, next: number): string | undefined {
  if (mark === undefined) return 'signing.mark is missing or unreadable';
  if (isUnused(mark)) return next === 0 ? undefined : 'signing.mark is older than the database';
  if (incarnation === undefined) return 'the database is new, or restored from a backup';
  if (!equalBytes(incarnation, mark.incarnation)) return 'database and signing.mark do not belong together';
  return next < mark.sequence ? 'the database is older than signing.mark' : undefined;
}

/** The journal holds no votes of others: this is one that must be marked before it leaves. */
export function isOwnVote(record: Bytes): boolean {
  const { kind } = decodeRecord(record);
  return kind === 'notarize' || kind === 'nullify' || kind === 'finalize';
}
