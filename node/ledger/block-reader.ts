/**
 * Final blocks for whoever asks a library for them: one is read at a time, and the loop is free in between; a full one has
 * a thousand transactions. The bodies are given as they are: what of them may be shown is a matter of the door (rpc/).
 */
import { decodeOwnBlock, encodeHeader, type Header } from '../../chain/block/block.ts';
import { transactionId } from '../../chain/transaction/transaction.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import { FairQueue, type QueueName } from '../../core/fair-queue.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, Height } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { inTurn } from '../../rpc/in-turn.ts';
import type { Yield } from '../process/yield.ts';
import type { Ledger } from './ledger.ts';

export type FinalBlock = {
  readonly header: Header;
  /** Canonical bytes: SHA-256 of them is the hash. */
  readonly headerBytes: Bytes;
  readonly hash: Hash32;
  /** Its own; undefined where a later one makes it final, and for genesis. */
  readonly certificate: Bytes | undefined;
  readonly transactions: readonly { readonly id: Hash32; readonly bytes: Bytes }[];
};

/** Ids that are computed in one go. */
const IDS_AT_ONCE = 100;

export class BlockReader {
  readonly #ledger: Ledger;
  readonly #yieldToLoop: Yield;
  readonly #queue = new FairQueue({
    atOnceMax: 1,
    perQueueMax: limits.blocksReadPerClientMax,
    waitingMax: limits.blocksReadMax,
  });

  constructor({ ledger, yieldToLoop }: { readonly ledger: Ledger; readonly yieldToLoop: Yield }) {
    this.#ledger = ledger;
    this.#yieldToLoop = yieldToLoop;
  }

  /** The head, without its transactions. */
  head(): Omit<FinalBlock, 'transactions'> {
    const { header, hash } = this.#ledger.head();
    return { header, headerBytes: encodeHeader(header), hash, certificate: this.#ledger.headCertificate() };
  }

  /**
   * @param which - its height or its hash. @param queue - where who asks waits.
   * @returns undefined when it is not here, not any more, or not final. reject("request.too-many").
   */
  async read(which: Height | Hash32, queue: QueueName): Promise<Verdict<FinalBlock | undefined>> {
    const read = await inTurn(this.#queue, queue, async () => accept(await this.#read(which)));
    return read ?? reject('request.too-many');
  }

  /** Of a transaction in one of the last `limits.transactionBlocksMax` blocks, as far as this library has them. */
  heightOf(id: Hash32): Height | undefined {
    const height = this.#ledger.blocks.heightOfTransaction(id);
    const isNear = height !== undefined && height > this.#head() - limits.transactionBlocksMax;
    return isNear ? height : undefined;
  }

  async #read(which: Height | Hash32): Promise<FinalBlock | undefined> {
    const { blocks } = this.#ledger;
    await this.#yieldToLoop();
    const height = typeof which === 'number' ? which : blocks.header(which)?.height;
    const row = height === undefined || height > this.#head() ? undefined : blocks.at(height);
    if (row === undefined || (typeof which !== 'number' && !equalBytes(row.hash, which))) return undefined;
    const { hash, certificate } = row;
    const bytes = blocks.bodyBytes(hash);
    if (bytes === undefined) return undefined;
    await this.#yieldToLoop();
    const block = decodeOwnBlock(bytes);
    assert(block.kind === 'accept', 'a stored block decodes');
    const { header } = block.value;
    const transactions: { id: Hash32; bytes: Bytes }[] = [];
    for (const one of block.value.transactions) {
      if (transactions.length % IDS_AT_ONCE === 0) await this.#yieldToLoop();
      transactions.push({ id: transactionId(one), bytes: one });
    }
    return { header, headerBytes: encodeHeader(header), hash, certificate, transactions };
  }

  #head(): Height {
    return this.#ledger.head().header.height;
  }
}
