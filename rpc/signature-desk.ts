/**
 * Signatures that strangers send, on their way to the verifying thread. Each is looked at before anything else is, so
 * that one costs a tenth of a millisecond whoever sends it: each client has a line, lines take turns, and few are with
 * the thread at a time, because consensus and blocks use it as well. A full desk makes room for a short line at the
 * end of the longest.
 */
import type { SignatureCheck } from '../chain/signing.ts';
import { type Address, networkOf } from '../core/address.ts';
import { limits } from '../core/limits.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

type Verify = (checks: readonly SignatureCheck[]) => Promise<boolean>;
type Question = {
  readonly checks: readonly SignatureCheck[];
  answer(verdict: Verdict | Promise<Verdict>): void;
};

export class SignatureDesk {
  readonly #verify: Verify;
  /** By network, hex, pages apart: what waits. The next turn is that of the first line. */
  readonly #lines = new Map<string, Question[]>();
  #waiting = 0;
  #underWay = 0;

  constructor(verify: Verify) {
    this.#verify = verify;
  }

  /**
   * Do all of these hold?
   * @param from - undefined: nobody knows where it comes from; they all have one line.
   * @param byPage - somebody else's page may have sent it: it has another line than the reader who sits there.
   * @returns reject("signature.wrong"), or reject("request.too-many") when too many of this client wait.
   */
  check(checks: readonly SignatureCheck[], from: Address | undefined, byPage = false): Promise<Verdict> {
    const client = from === undefined ? '' : networkOf(from);
    const name = byPage ? `page ${client}` : client;
    const length = this.#lines.get(name)?.length ?? 0;
    if (length >= limits.checksPerClientMax || !this.#makeRoom(length)) {
      return Promise.resolve(reject('request.too-many'));
    }
    return new Promise((answer) => {
      const line = this.#lines.get(name) ?? [];
      line.push({ checks, answer });
      this.#lines.set(name, line);
      this.#waiting += 1;
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#underWay < limits.checksAtOnceMax) {
      const question = this.#next();
      if (question === undefined) return;
      this.#underWay += 1;
      const verdict = this.#verify(question.checks).then((hold) => {
        return hold ? accept() : reject('signature.wrong');
      });
      question.answer(verdict);
      const done = (): void => {
        this.#underWay -= 1;
        this.#serve();
      };
      verdict.then(done, done); // who asked hears of a failure
    }
  }

  /** The first of the line whose turn it is; the line goes behind the others. */
  #next(): Question | undefined {
    for (const [name, line] of this.#lines) {
      const question = line.shift();
      this.#lines.delete(name);
      if (line.length > 0) this.#lines.set(name, line);
      this.#waiting -= 1;
      return question;
    }
    return undefined;
  }

  #makeRoom(own: number): boolean {
    if (this.#waiting < limits.checksWaitingMax) return true;
    let longest: Question[] = [];
    for (const line of this.#lines.values()) if (line.length > longest.length) longest = line;
    if (longest.length <= own + 1) return false;
    longest.pop()!.answer(reject('request.too-many'));
    this.#waiting -= 1;
    return true;
  }
}
