/**
 * The entries of a snapshot from one member, in batches that are checked and written together, each of several
 * answers: while one is checked and written, the next is on its way.
 */
import { type Bytes, concat, equalBytes } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import { accept, type Verdict } from '../../../core/verdict.ts';
import { decodeEntries, type Entries, type Entry } from './protocol.ts';

/** What a member says: 'gone' when it does not hold the state any more, undefined when it is out of reach. */
export type BatchAnswer<T> = T | 'gone' | undefined;
type Batch = BatchAnswer<Verdict<Entries>>;

export class EntryBatches {
  readonly #ask: (from: Bytes) => Promise<BatchAnswer<Bytes>>;
  #ahead: { readonly from: Bytes; readonly batch: Promise<Batch> } | undefined;
  #ended = false;

  /** @param ask - for entries from this key on. */
  constructor(ask: (from: Bytes) => Promise<BatchAnswer<Bytes>>) {
    this.#ask = ask;
  }

  /** @returns the entries from this key on, or a reject: the member was wrong. */
  async next(from: Bytes): Promise<Batch> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const batch = await (ahead !== undefined && equalBytes(ahead.from, from)
      ? ahead.batch
      : this.#gather(from));
    if (batch === undefined || batch === 'gone' || batch.kind !== 'accept') return batch;
    const { entries, last } = batch.value;
    const latest = entries.at(-1);
    if (last || latest === undefined) return batch;
    const behind = after(latest[0]);
    this.#ahead = { from: behind, batch: this.#gather(behind) };
    return batch;
  }

  /** Asks for nothing any more. */
  end(): void {
    this.#ended = true;
  }

  async #gather(from: Bytes): Promise<Batch> {
    const entries: Entry[] = [];
    let at = from;
    let bytes = 0;
    for (let answers = 0; answers < limits.snapshotBatchAnswersMax; answers++) {
      const answer = this.#ended ? undefined : await this.#ask(at);
      if (answer === undefined || answer === 'gone') {
        if (entries.length === 0) return answer;
        break; // what is here is good, and the next batch will see
      }
      const chunk = decodeEntries(answer);
      if (chunk.kind !== 'accept') return chunk;
      for (const entry of chunk.value.entries) entries.push(entry);
      const latest = entries.at(-1);
      if (chunk.value.last || latest === undefined) return accept({ entries, last: chunk.value.last });
      at = after(latest[0]);
      bytes += answer.length;
      if (bytes >= limits.snapshotBatchBytes) break;
    }
    return accept({ entries, last: false });
  }
}

/** The first key behind this one. */
export function after(key: Bytes): Bytes {
  return concat(key, Uint8Array.of(0));
}
