/**
 * What happened to each key, by the key: an index of the events that are for readers, a row an event and reader. Rows are written
 * in the batch that makes a block final (ledger.ts), and go with its body (prune.ts). Up to which height it is whole stands
 * beside it: a home of an older program, or one that an older program has run meanwhile, lacks some (history-builder.ts).
 */
import type { Executed } from '../../chain/block/execute.ts';
import { type ChainEvent, readersOf } from '../../chain/kind/event.ts';
import {
  decodeHistoryRow,
  type EventRow,
  encodeHistoryRow,
  type HistoryRow,
} from '../../chain/kind/event-bytes.ts';
import { isOfOthers } from '../../chain/transaction/readers.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { Store, StoreWrite } from '../../core/ports.ts';
import type { Height, PublicKey32 } from '../../core/scalars.ts';
import * as keys from '../../store/keyspaces.ts';

type Place = { readonly height: Height; readonly index: number };
/** Of one event for one of its readers. */
export type OwnEvent = HistoryRow & { readonly at: Place };
/** `from`: that and what came after it, oldest first; `before`: what came before it, newest first. */
export type OwnPage = { readonly limit: number } & (
  | { readonly from: Place }
  | { readonly before: Place | undefined }
);

/** Height → everything that is kept up to it is in the index. */
const MARK = keys.metaKey('history');

export class History {
  readonly #store: Pick<Store, 'get' | 'range'>;
  #isWhole = false;

  constructor(store: Pick<Store, 'get' | 'range'>) {
    this.#store = store;
  }

  /** Does it hold everything that is kept? What becomes final is put into it in any case. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** @param oldest - the first height whose events are kept; undefined: none. */
  open(head: Height, oldest: Height | undefined): void {
    this.#isWhole = Math.max(this.firstMissing(), oldest ?? head + 1) > head;
  }

  /** Everything that is kept below this height is in it. */
  firstMissing(): Height {
    const mark = this.#store.get(MARK);
    return mark === undefined ? 1 : keys.fromBigEndian(mark) + 1;
  }

  /** Of a block that becomes final. */
  writes({
    block,
    events,
    causes,
    transactions,
  }: Pick<Executed, 'block' | 'events' | 'causes' | 'transactions'>): StoreWrite[] {
    const { height, time } = block.header;
    const rows = events.flatMap((event, index) => {
      const cause = transactions[causes[index]!]!;
      return readersOf(event).map((reader) => {
        const transaction = isOfOthers(cause.transaction, reader) ? undefined : cause.id;
        return put(reader, { height, index }, { time, transaction, event });
      });
    });
    return this.#isWhole ? [...rows, this.mark(height)] : rows;
  }

  /** Of a block that became final before there was an index: nobody knows any more by which transaction. */
  laterWrites(height: Height, { time, events }: EventRow): StoreWrite[] {
    return events.flatMap((event, index) =>
      readersOf(event).map((reader) =>
        put(reader, { height, index }, { time, transaction: undefined, event }),
      ),
    );
  }

  /** Of a block that is let go. */
  forget(height: Height, events: readonly ChainEvent[]): StoreWrite[] {
    return events.flatMap((event, index) =>
      readersOf(event).map((reader): StoreWrite => {
        return { type: 'del', key: keys.historyKey(reader, height, index) };
      }),
    );
  }

  mark(height: Height): StoreWrite {
    return { type: 'put', key: MARK, value: keys.bigEndian(height) };
  }

  /** Everything up to the head is in it, and what is on its way to become final. */
  complete(): void {
    this.#isWhole = true;
  }

  async read(reader: PublicKey32, page: OwnPage): Promise<readonly OwnEvent[]> {
    const all = keys.historyRange(reader);
    const rows =
      'from' in page
        ? await this.#store.range({ ...all, from: keyOf(reader, page.from), limit: page.limit })
        : await this.#store.range({
            ...all,
            ...(page.before !== undefined && { to: keyOf(reader, page.before) }),
            ...{ limit: page.limit, reverse: true },
          });
    return rows.map(([key, value]) => ({ at: keys.placeInHistory(key), ...decodeHistoryRow(value) }));
  }
}

function keyOf(reader: PublicKey32, { height, index }: Place): Bytes {
  return keys.historyKey(reader, height, index);
}

function put(reader: PublicKey32, at: Place, row: HistoryRow): StoreWrite {
  return { type: 'put', key: keyOf(reader, at), value: encodeHistoryRow(row) };
}
