/** The feed of a node over the ledger in memory; what a disk keeps is not here: the blocks stand in a list. */
import type { Clock } from '../../core/ports.ts';
import { EventFeed } from '../../node/ledger/event-feed.ts';
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
