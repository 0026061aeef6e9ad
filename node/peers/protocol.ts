/**
 * What a node does with what its members say: a row for each request that it answers and each topic that it hears, in the
 * room whose affair it is. Rooms give their rows to peers/open.ts, which knows names and costs and nothing else of them.
 */
import type { Bytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { PeerKey } from '../../core/ports.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { RequestName, TopicName } from './protocol-names.ts';

/** One asks, and gets an answer. */
export type RequestHandler = {
  readonly request: RequestName;
  /** What it costs the asker beside the bytes of the answer: `limits.answerCostBytes`, more when it takes long to make. */
  readonly costBytes: number;
  /** @returns the answer; empty when there is none. @throws Fault("network.unreachable") for a question that is none. */
  answer(from: PeerKey, question: Bytes): Bytes | Promise<Bytes>;
};
/** One tells all. */
export type GossipHandler = {
  readonly topic: TopicName;
  /** What a message costs, of the account that each member has for this topic; 0: the room keeps accounts of its own. */
  readonly cost: number;
  /** Accept passes it on, ignore drops it, reject counts against who has passed it on. */
  receive(from: PeerKey, bytes: Bytes): Verdict | Promise<Verdict>;
};
export type Protocol = RequestHandler | GossipHandler;

/** @returns what the question says. @throws Fault("network.unreachable") when it is none. */
export function orRefuse<T>(question: Verdict<T>): T {
  return question.kind === 'accept' ? question.value : refuse();
}

/** @throws Fault("network.unreachable"). */
export function refuse(): never {
  throw new Fault('network.unreachable', 'not a request that this node knows');
}
