/**
 * Signatures that strangers send, on their way to the verifying thread. Each is looked at before anything else is, so
 * that one costs a tenth of a millisecond whoever sends it: each client has a line (core/fair-line.ts), and few are with
 * the thread at a time, because consensus and blocks use it as well.
 */
import type { SignatureCheck } from '../chain/transaction/signing.ts';
import { FairLine, type LineName } from '../core/fair-line.ts';
import { limits } from '../core/limits.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

type Verify = (checks: readonly SignatureCheck[]) => Promise<boolean>;

export class SignatureDesk {
  readonly #verify: Verify;
  readonly #line = new FairLine({
    atOnceMax: limits.checksAtOnceMax,
    perLineMax: limits.checksPerClientMax,
    waitingMax: limits.checksWaitingMax,
  });

  constructor(verify: Verify) {
    this.#verify = verify;
  }

  /**
   * Do all of these hold?
   * @param line - where who sends them waits (client-name.ts).
   * @returns reject("signature.wrong"), or reject("request.too-many") when too many of this client wait.
   */
  check(checks: readonly SignatureCheck[], line: LineName): Promise<Verdict> {
    const { promise, resolve, reject: fail } = Promise.withResolvers<Verdict>();
    const leave = this.#line.enter(line, {
      begin: (done) => {
        void this.#verify(checks)
          .then((hold) => resolve(hold ? accept() : reject('signature.wrong')), fail)
          .then(() => done());
      },
      pushedOut: () => resolve(reject('request.too-many')),
    });
    return leave === undefined ? Promise.resolve(reject('request.too-many')) : promise;
  }
}
