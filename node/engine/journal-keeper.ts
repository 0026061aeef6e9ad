/**
 * Which records of the journal still matter: those of views at or above the last durable finalised one.
 * Only says what to write; the engine puts it into the batch of its tick.
 */
import { decodeRecord } from '../../consensus/journal-record.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { Journal, StoreWrite } from '../../core/ports.ts';

export class JournalKeeper {
  readonly #journal: Journal;
  #records: { readonly sequence: number; readonly view: number }[] = [];

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** @returns every record that was not forgotten, oldest first. */
  async load(): Promise<readonly Bytes[]> {
    const records = await this.#journal.load();
    this.#records = records.map(({ sequence, bytes }) => ({ sequence, view: decodeRecord(bytes).view }));
    return records.map(({ bytes }) => bytes);
  }

  append(view: number, record: Bytes): readonly StoreWrite[] {
    this.#records.push({ sequence: this.#journal.next(), view });
    return this.#journal.append([record]);
  }

  /** Forgets the oldest records, up to the first that is not below `view`. */
  forgetBelow(view: number): readonly StoreWrite[] {
    const kept = this.#records.findIndex((record) => record.view >= view);
    const gone = kept < 0 ? this.#records.length : kept;
    if (gone === 0) return [];
    const next = this.#records[gone]?.sequence ?? this.#journal.next();
    this.#records.splice(0, gone);
    return this.#journal.prune(next);
  }

  /** At the end of an epoch: views begin anew, and no record may be replayed into the next one. */
  forgetAll(): readonly StoreWrite[] {
    this.#records = [];
    return this.#journal.prune(this.#journal.next());
  }
}
