/**
 * Signatures that strangers send, on their way to the verifying thread. Each is looked at before anything else is, so
 * that one costs a tenth of a millisecond whoever sends it: each client has a queue (core/fair-queue.ts), and few are with
 * the thread at a time, because consensus and blocks use it as well.
 */
import type { SignatureCheck } from '../chain/transaction/signing.ts';
import { FairQueue, type QueueName } from '../core/fair-queue.ts';
import { limits } from '../core/limits.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { inTurn } from './in-turn.ts';

type Verify = (checks: readonly SignatureCheck[]) => Promise<boolean>;

export class SignatureDesk {
  readonly #verify: Verify;
  readonly #queue = new FairQueue({
    atOnceMax: limits.checksAtOnceMax,
    perQueueMax: limits.checksPerClientMax,
    waitingMax: limits.checksWaitingMax,
  });

  constructor(verify: Verify) {
    this.#verify = verify;
  }

  /**
   * Do all of these hold?
   * @param queue - where who sends them waits (client-name.ts).
   * @returns reject("signature.wrong"), or reject("request.too-many") when too many of this client wait.
   */
  async check(checks: readonly SignatureCheck[], queue: QueueName): Promise<Verdict> {
    const hold = await inTurn(this.#queue, queue, () => this.#verify(checks));
    if (hold === undefined) return reject('request.too-many');
    return hold ? accept() : reject('signature.wrong');
  }
}
