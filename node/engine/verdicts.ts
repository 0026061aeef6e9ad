/**
 * From the question of consensus whether a block is valid to the answer, and to what must be durable with it. A block
 * is looked at once at a time, however often consensus asks (SPEC.md, R39); what the last epoch asked is not answered.
 */
import { sealsEpoch } from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import { type BlockRef, refKey } from '../../consensus/block-ref.ts';
import type { Input } from '../../consensus/input.ts';
import type { PeerKey, StoreWrite } from '../../core/ports.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Validator } from './validator.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly validator: Validator;
  /** @param writes - to be asked for when the machine hears of it: what is decided by then is not stored again. */
  answer(input: (now: number) => Input, writes: () => readonly StoreWrite[]): void;
  /** The leader has proposed what is not valid. */
  wrong(leader: PeerKey): void;
  failed(error: unknown): void;
};

export class Verdicts {
  readonly #ports: Ports;
  /** By refKey. */
  #judging = new Set<string>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Another machine asks from now on. */
  forget(): void {
    this.#judging = new Set();
  }

  ask(block: BlockRef, leader: PeerKey): void {
    const { ledger, validator, answer, wrong, failed } = this.#ports;
    const judging = this.#judging;
    const name = refKey(block);
    if (judging.has(name)) return;
    judging.add(name);
    validator.judge(block, leader).then((judgement) => {
      judging.delete(name);
      if (judgement === undefined || judging !== this.#judging) return; // missing data is no verdict
      const { valid } = judgement;
      if (!valid) wrong(leader);
      const seals = valid && sealsEpoch(judgement.executed.block.header);
      const madeIn = valid ? judgement.executed.block.header.view : 0;
      answer(
        (now) => ({ kind: 'verdict', block, valid, madeIn, seals, now }),
        () => (valid ? bodyWrites(ledger, judgement.executed) : []),
      );
    }, failed);
  }
}

/** Nothing of what has been decided meanwhile: the block is stored, or it has lost, or what it stands on has. */
export function bodyWrites(ledger: Ledger, executed: Executed): readonly StoreWrite[] {
  return ledger.executed(executed.hash) === undefined ? [] : ledger.blocks.bodyWrites(executed);
}

/** A block as consensus names it. */
export function refOf({ hash, block }: Executed): BlockRef {
  const { parentHash, height } = block.header;
  return { hash, parentHash, height };
}
