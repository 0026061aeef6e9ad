/**
 * Is there a second history? Whatever final blocks a member gives that do not go on from ours are looked at here: when
 * their certificate holds, two final blocks exclude each other, and no program can say which is right. Then both
 * sides are written down and the node stops, until a person has decided: `--checkpoint` (docs/operations.md).
 */
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { Log, Store } from '../../core/ports.ts';
import type { Height } from '../../core/scalars.ts';
import type { Checkpoint } from '../../light/checkpoint.ts';
import { namesOf, verifyAlone } from '../../light/fork.ts';
import type { Run } from '../../light/run.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import { BlockRows } from '../ledger/block-rows.ts';
import { committeeOf } from '../ledger/committees.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Yield } from '../process/yield.ts';
import { type ForkRecord, forked, forkWrite, isDecided, readFork } from './fork-record.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly verify: VerifySignature;
  readonly log: Log;
  readonly checkpoint: Checkpoint | undefined;
  readonly yieldToLoop: Yield;
  failed(error: unknown): void;
};

export class ForkWatch {
  readonly #ports: Ports;
  #seen = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @throws Fault("ledger.forked") when one was found before, and nobody has said which side is right. */
  open(): void {
    const known = readFork(this.#ports.store);
    if (known !== undefined && !this.#isDecided(known.height)) throw forked(known);
  }

  /** The checkpoint lies above the fork, and our chain has come to it: what our chain says there was looked at. */
  #isDecided(height: Height): boolean {
    const { ledger, checkpoint } = this.#ports;
    return isDecided(height, checkpoint) && ledger.head().header.height >= checkpoint!.height;
  }

  /** @param theirs - what a member gives for final. Does nothing unless it is, and another chain than ours. */
  look(theirs: Run): void {
    const { ledger, log, failed } = this.#ports;
    const height = this.#partAt(theirs);
    if (this.#seen || height === undefined || this.#isDecided(height)) return;
    if (verifyAlone(theirs, (epoch) => committeeOf(this.#ports, epoch)).kind !== 'accept') return;
    this.#seen = true;
    log.error('two final blocks exclude each other', {
      height,
      ours: toHex(ledger.blocks.at(height)!.hash),
      theirs: toHex(namesOf(theirs).get(height)!),
    });
    this.#keep(height, theirs).then((record) => failed(forked(record)), failed);
  }

  async #keep(height: Height, theirs: Run): Promise<ForkRecord> {
    const { store, yieldToLoop } = this.#ports;
    const own = await new BlockRows(store).from(height, yieldToLoop);
    // Our block may be pruned; its hash is not, and theirs is no less final for that.
    const first = own?.finalization && { headers: own.headers, finalization: own.finalization };
    const record = { height, first, second: theirs };
    await store.write([forkWrite(record)], { sync: true });
    return record;
  }

  /** The lowest height at which they name another block than our chain does. */
  #partAt(theirs: Run): Height | undefined {
    const { blocks } = this.#ports.ledger;
    for (const [height, hash] of namesOf(theirs)) {
      const own = height < 1 ? undefined : blocks.at(height)?.hash;
      if (own !== undefined && !equalBytes(own, hash)) return height;
    }
    return undefined;
  }
}
