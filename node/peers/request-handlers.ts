/**
 * Answers what other members ask, within bounds: each pays in bytes for what it is given, from what it has saved, so
 * that nobody can have ranges or whole states without end; and nothing leaves that is longer than a frame. Knows
 * not how questions are answered: that is a row of the room whose affair it is.
 */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log, PeerKey } from '../../core/ports.ts';
import { Allowance } from './allowance.ts';
import { type RequestHandler, refuse } from './protocol.ts';

type Ports = { readonly clock: Clock; readonly log: Log };

export class RequestHandlers {
  readonly #log: Log;
  readonly #allowance: Allowance;
  readonly #rows = new Map<string, RequestHandler>();

  constructor({ clock, log }: Ports) {
    this.#log = log;
    this.#allowance = new Allowance(clock, {
      perSecond: limits.answerBytesPerPeerPerSecond,
      most: limits.answerBytesPerPeerMax,
    });
  }

  add(row: RequestHandler): void {
    assert(!this.#rows.has(row.request), 'one room answers a request');
    assert(row.costBytes > 0, 'no answer is for nothing');
    this.#rows.set(row.request, row);
  }

  has(protocol: string): boolean {
    return this.#rows.has(protocol);
  }

  /**
   * @throws Fault("network.overloaded") for who has been given too much, Fault("network.unreachable") for what nobody
   * answers here; what the answering itself throws.
   */
  async answer(protocol: string, from: PeerKey, question: Bytes): Promise<Bytes> {
    const row = this.#rows.get(protocol);
    if (!this.#allowance.take(from, row?.costBytes ?? limits.answerCostBytes)) {
      throw new Fault('network.overloaded', 'This member has been given as much as it may for now.');
    }
    if (row === undefined) refuse();
    const answer = await row.answer(from, question);
    if (answer.length > limits.frameBytesMax) {
      this.#log.error('an answer is too long to be sent', { protocol, bytes: answer.length });
      throw new Fault('network.overloaded', 'The answer is longer than a frame.');
    }
    this.#allowance.charge(from, answer.length);
    return answer;
  }
}
