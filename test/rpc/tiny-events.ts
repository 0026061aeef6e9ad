/** The feed of a node over the ledger in memory; what a disk keeps is not here: the blocks stand in a list. */
import { readersOf } from '../../chain/kind/event.ts';
import { isOfOthers } from '../../chain/transaction/readers.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { Clock } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { EventFeed } from '../../node/ledger/event-feed.ts';
import type { OwnEvent, OwnPage } from '../../node/ledger/history.ts';
import type { Ledger } from '../../node/ledger/ledger.ts';
import { createYield } from '../../node/process/yield.ts';
import type { TinyLedger } from './tiny-ledger.ts';

/** The rows that the feed reads. */
export function tinyEvents(ledger: TinyLedger, clock: Clock): EventFeed {
  const rows = {
    events(height: number) {
      const made = height > ledger.prunedBelow - 1 ? ledger.blocks[height - 1] : undefined;
      return made && { height, time: made.block.header.time, events: made.events };
    },
    history: { isWhole: true, read: async (key: PublicKey32, page: OwnPage) => ownOf(ledger, key, page) },
    oldestEvents: async () => (ledger.blocks.length === 0 ? undefined : ledger.prunedBelow),
  };
  const port = {
    blocks: rows,
    head: () => ({ header: ledger.state.header }),
    onCommit() {},
    onAdvanced: (listener: () => void) => ledger.onBlock(listener),
  };
  return new EventFeed({
    ledger: port as unknown as Ledger,
    clock,
    yieldToLoop: createYield(),
    failed(error) {
      throw error;
    },
  });
}

/** As the index of a node has it. */
function ownOf(ledger: TinyLedger, key: PublicKey32, page: OwnPage): readonly OwnEvent[] {
  const all = ledger.blocks.slice(ledger.prunedBelow - 1).flatMap(({ block, events, causes, transactions }) =>
    events.flatMap((event, index): OwnEvent[] => {
      if (!readersOf(event).some((reader) => equalBytes(reader, key))) return [];
      const { height, time } = block.header;
      const cause = transactions[causes[index]!]!;
      const transaction = isOfOthers(cause.transaction, key) ? undefined : cause.id;
      return [{ at: { height, index }, time, event, transaction }];
    }),
  );
  const isBefore = (one: Place, other: Place): boolean =>
    one.height < other.height || (one.height === other.height && one.index < other.index);
  if ('from' in page) return all.filter(({ at }) => !isBefore(at, page.from)).slice(0, page.limit);
  const { before } = page;
  return all
    .filter(({ at }) => before === undefined || isBefore(at, before))
    .toReversed()
    .slice(0, page.limit);
}

type Place = OwnEvent['at'];
