/**
 * Makes proofs for outsiders out of what is stored: the ends of epochs that lead from what they trust to a header,
 * its certificate, and what it says of an entry of the state or of a transaction. Reads a moment of the store, so
 * that a commit in between cannot tear header, tree and values apart. Whether a proof holds is light/verify.ts.
 */
import { childEpoch } from '../../chain/block/block.ts';
import { encodeGenesis } from '../../chain/block/genesis-bytes.ts';
import { proveSought, type Sought, soughtPurchase } from '../../chain/files/sought.ts';
import { transactionId } from '../../chain/transaction/transaction.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import { FairQueue, type QueueName } from '../../core/fair-queue.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, DeepStore, Moment } from '../../core/ports.ts';
import type { Hash32, Height, PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { type Inclusion, inclusionSteps } from '../../light/inclusion.ts';
import { encodeLightProof, type LightProof, type Subject } from '../../light/light-proof.ts';
import { inTurn } from '../../rpc/in-turn.ts';
import { stateKey, treeNodeKey } from '../../store/keyspaces.ts';
import type { Yield } from '../process/yield.ts';
import { BlockRows, type FinalRun } from './block-rows.ts';
import type { Ledger } from './ledger.ts';
import { readSeals, sealBefore } from './seals.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly store: DeepStore;
  readonly clock: Clock;
  readonly yieldToLoop: Yield;
};
/** The height that the outsider trusts; undefined = it wants to begin with the genesis. */
type From = Height | undefined;

const IDS_AT_ONCE = 500;

export class Proofs {
  readonly #ports: Ports;
  readonly #genesis: Bytes | undefined;
  /** One is made at a time, and the loop is free in between: a way over many epochs, or a full block, is long. */
  readonly #queue = new FairQueue({
    atOnceMax: 1,
    perQueueMax: limits.proofsPerClientMax,
    waitingMax: limits.proofsWaitingMax,
  });

  constructor(ports: Ports) {
    this.#ports = ports;
    const genesis = encodeGenesis(ports.ledger.genesis);
    this.#genesis = genesis.length <= limits.proofGenesisBytesMax ? genesis : undefined;
  }

  /**
   * That this key has bought this file, or has not, by the head. Holds the salt of the key: for its own eyes only.
   * @param queue - where who asks waits, so that one who asks often waits for itself.
   * @returns reject("request.wrong-value" | "proof.unavailable" | "proof.busy").
   */
  purchase(hash: Hash32, key: PublicKey32, from: From, queue: QueueName): Promise<Verdict<Bytes>> {
    return this.state(soughtPurchase(hash, key), from, queue);
  }

  /** Of what the state says after the head; as `purchase`. Does not ask who may know it. */
  state(sought: Sought, from: From, queue: QueueName): Promise<Verdict<Bytes>> {
    return this.#inTurn(queue, (moment) => {
      const run = new BlockRows(moment).head(this.#ports.ledger.head());
      const view = { get: (name: Bytes) => moment.get(stateKey(name)) };
      const tree = { node: (name: Bytes) => moment.get(treeNodeKey(name)) };
      const header = run.headers[0]!;
      return this.#lead(moment, run, from, () => ({
        kind: 'state',
        proofs: proveSought({ header, view, tree }, sought),
      }));
    });
  }

  /**
   * That a block holds a transaction.
   * @param id - 32 bytes. @returns reject("proof.busy" | "proof.unavailable" | "request.wrong-value").
   */
  inclusion(id: Hash32, height: Height, from: From, queue: QueueName): Promise<Verdict<Bytes>> {
    return this.#inTurn(queue, async (moment) => {
      const rows = new BlockRows(moment);
      const body = rows.bodyAt(height);
      if (body === undefined) return unavailable('The block is not here, or not any more.');
      const ids = await this.#ids(body.transactions);
      const index = ids.findIndex((one) => equalBytes(one, id));
      if (index < 0) return unavailable('The block does not hold this transaction.');
      const run = await rows.from(height, this.#ports.yieldToLoop);
      if (run === undefined) return unavailable('The certificate of the block is too far away.');
      const path = await this.#path(ids, index);
      return this.#lead(moment, run, from, () => ({ kind: 'inclusion', path }));
    });
  }

  /** A full block has thousands of them. */
  async #ids(transactions: readonly Bytes[]): Promise<Hash32[]> {
    const ids: Hash32[] = [];
    for (let at = 0; at < transactions.length; at += IDS_AT_ONCE) {
      await this.#ports.yieldToLoop();
      ids.push(...transactions.slice(at, at + IDS_AT_ONCE).map(transactionId));
    }
    return ids;
  }

  async #path(ids: readonly Hash32[], index: number): Promise<Inclusion> {
    const steps = inclusionSteps(ids, index);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      await this.#ports.yieldToLoop();
    }
  }

  /** From the trusted height to the first header of the run. */
  async #lead(moment: Moment, run: FinalRun, from: From, subject: () => Subject): Promise<Verdict<Bytes>> {
    const header = run.headers[0]!;
    if (from !== undefined && from > header.height) {
      return reject('request.wrong-value', 'from lies above the block that is to be proved.');
    }
    const trusted = from ?? 0;
    const ended = childEpoch(header);
    const first = firstSealAbove(moment, trusted, ended);
    const count = Math.min(ended - first, limits.proofSealsMax);
    const seals = count === 0 ? [] : await readSeals(moment, first, count);
    if (seals.length < count || (count > 0 && seals[0]!.header.epoch !== first))
      return unavailable('The ends of the epochs in between are not here.');
    const genesis = from === undefined ? this.#genesis : undefined;
    const last = seals.at(-1)?.header;
    const answer = (rest: Omit<LightProof, 'genesis' | 'seals'>): Verdict<Bytes> =>
      accept(encodeLightProof({ genesis, seals, ...rest }));
    if (first + count < ended)
      return answer({ headers: [last!], finalization: undefined, subject: undefined });
    if (header.height === trusted || header.height === last?.height) {
      return answer({ headers: [header], finalization: undefined, subject: subject() });
    }
    const { headers, finalization } = run;
    assert(finalization !== undefined, 'a final block that is neither genesis nor a seal has a certificate');
    return answer({ headers, finalization, subject: subject() });
  }

  async #inTurn(
    queue: QueueName,
    read: (moment: Moment) => Promise<Verdict<Bytes>>,
  ): Promise<Verdict<Bytes>> {
    const made = await inTurn(this.#queue, queue, () => this.#free().then(() => this.#at(read)));
    return made ?? reject('proof.busy');
  }

  async #at(read: (moment: Moment) => Promise<Verdict<Bytes>>): Promise<Verdict<Bytes>> {
    const moment = this.#ports.store.moment();
    try {
      return await read(moment);
    } finally {
      await moment.release();
    }
  }

  #free(): Promise<void> {
    return new Promise((resolve) => this.#ports.clock.after(0, resolve));
  }
}

/** The lowest epoch whose seal lies above this height; `ended` when there is none. */
function firstSealAbove(moment: Moment, height: Height, ended: number): number {
  let low = 0;
  let high = ended;
  while (low < high) {
    const middle = (low + high) >> 1;
    const seal = sealBefore(moment, middle + 1);
    if (seal !== undefined && seal.header.height <= height) low = middle + 1;
    else high = middle;
  }
  return low;
}

function unavailable(reason: string): Verdict<never> {
  return reject('proof.unavailable', reason);
}
