/** Final blocks, as rpc needs them of a node. */
import type { Header } from '../chain/block/block.ts';
import type { Bytes } from '../core/bytes.ts';
import type { QueueName } from '../core/fair-queue.ts';
import type { Hash32, Height } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';

/** Of a final block. */
export type BlockHead = {
  readonly header: Header;
  /** Canonical bytes: SHA-256 of them is the hash. */
  readonly headerBytes: Bytes;
  readonly hash: Hash32;
  /** Its own; undefined where a later one makes it final, and for genesis. */
  readonly certificate: Bytes | undefined;
};
/** Bodies of readers' transactions among them: who shows them looks at their kind. */
export type FinalBlock = BlockHead & {
  readonly transactions: readonly { readonly id: Hash32; readonly bytes: Bytes }[];
};
export type Blocks = {
  head(): BlockHead;
  /** By height or hash. @returns undefined when it is not here, not any more, or not final. reject("request.too-many"). */
  read(which: Height | Hash32, queue: QueueName): Promise<Verdict<FinalBlock | undefined>>;
  /** Of a transaction in one of the last blocks (limits.transactionBlocksMax), as far as this library has them. */
  heightOf(id: Hash32): Height | undefined;
};
