/**
 * Answers what other members ask, within bounds: each pays in bytes for what it is given, from what it has saved, so
 * that nobody can have ranges or whole states without end; and nothing leaves that is longer than a frame. Knows
 * not how questions are answered.
 */
import type { Bytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log, NetworkHandlers, PeerKey } from '../../core/ports.ts';
import { Allowance } from './allowance.ts';
import { EVIDENCE_PROTOCOL, TESTIMONY_PROTOCOL } from './protocol-names.ts';

type Ports = {
  readonly clock: Clock;
  readonly log: Log;
  readonly answer: NetworkHandlers['request'];
};

const RARE: ReadonlySet<string> = new Set([TESTIMONY_PROTOCOL, EVIDENCE_PROTOCOL]);

export class Answers {
  readonly #ports: Ports;
  readonly #allowance: Allowance;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#allowance = new Allowance(ports.clock, {
      perSecond: limits.answerBytesPerPeerPerSecond,
      most: limits.answerBytesPerPeerMax,
    });
  }

  /** @throws Fault("network.overloaded") for who has been given too much; what the answering itself throws. */
  async answer(protocol: string, from: PeerKey, question: Bytes): Promise<Bytes> {
    const cost = RARE.has(protocol) ? limits.rareAnswerCostBytes : limits.answerCostBytes;
    if (!this.#allowance.take(from, cost)) {
      throw new Fault('network.overloaded', 'This member has been given as much as it may for now.');
    }
    const answer = await this.#ports.answer(protocol, from, question);
    if (answer.length > limits.frameBytesMax) {
      this.#ports.log.error('an answer is too long to be sent', { protocol, bytes: answer.length });
      throw new Fault('network.overloaded', 'The answer is longer than a frame.');
    }
    this.#allowance.charge(from, answer.length);
    return answer;
  }
}
