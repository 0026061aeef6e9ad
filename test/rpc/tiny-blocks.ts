/** Reads the blocks of the ledger in memory as a node reads those of its disk: with the node's own reader. */

import { encodeMessage } from '../../consensus/messages.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { Seed32 } from '../../core/scalars.ts';
import { BlockReader } from '../../node/ledger/block-reader.ts';
import type { Ledger } from '../../node/ledger/ledger.ts';
import { createYield } from '../../node/process/yield.ts';
import { finalize } from '../light/final-world.ts';
import type { TinyLedger } from './tiny-ledger.ts';

/** @param secret - of its one authority. */
export function tinyBlocks(ledger: TinyLedger, secret: Seed32): BlockReader {
  const made = (height: number) => (height < ledger.prunedBelow ? undefined : ledger.blocks[height - 1]);
  const certificateOf = ({ block }: NonNullable<ReturnType<typeof made>>) =>
    encodeMessage(finalize(block.header, ledger.genesis.authorities, () => secret));
  const heights = new Map<string, number>();
  const rows = {
    at(height: number) {
      const found = made(height);
      return found && { hash: found.hash, certificate: certificateOf(found) };
    },
    header: (hash: Uint8Array) => ledger.blocks.find((one) => equalBytes(one.hash, hash))?.block.header,
    bodyBytes: (hash: Uint8Array) => ledger.blocks.find((one) => equalBytes(one.hash, hash))?.bytes,
    heightOfTransaction(id: Uint8Array) {
      for (let at = heights.size === 0 ? 0 : [...heights.values()].at(-1)!; at < ledger.blocks.length; at++) {
        for (const one of ledger.blocks[at]!.transactions) heights.set(toHex(one.id), at + 1);
      }
      return heights.get(toHex(id));
    },
  };
  const port = {
    blocks: rows,
    head: () => ledger.state,
    headCertificate() {
      const last = ledger.blocks.at(-1);
      return last && certificateOf(last);
    },
  };
  return new BlockReader({ ledger: port as unknown as Ledger, yieldToLoop: createYield() });
}
