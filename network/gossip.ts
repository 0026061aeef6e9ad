/**
 * Gossip: gossipsub with its options written out, and the way from a verdict to its three answers. Our messages
 * authenticate themselves, so gossipsub must not sign them again: signing costs four times the processor.
 * A message is known by the SHA-256 of its content. Knows topics by name only.
 */
import {
  type GossipSub,
  type GossipsubOpts,
  gossipsub,
  type Message,
  TopicValidatorResult,
} from '@libp2p/gossipsub';
import type { PeerId } from '@libp2p/interface';
import { AssertionFailed } from '../core/assert.ts';
import type { Bytes } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';
import { limits } from '../core/limits.ts';
import type { Log, NetworkHandlers } from '../core/ports.ts';
import type { Verdict } from '../core/verdict.ts';
import { toPeerKey } from './peer-key.ts';

/** What protobuf adds to a message, and the control messages that travel with it. */
const ENVELOPE_BYTES = 64 * 1024;

/** Only what a validator rejected counts, and it wears off within a minute. */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1_000,
  timeInMeshCap: 1,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5_000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: 0.9,
};

export function gossipOptions(topics: readonly string[]): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: (message: Message) => sha256(message.data),
    allowedTopics: [...topics], // without it a flood of subscriptions is kept (CVE-2026-46679)
    emitSelf: false,
    doPX: false,
    fallbackToFloodsub: false,
    // up to 12 members everybody is in everybody's mesh; beyond, the first hop still goes to all
    D: 8,
    Dlo: 6,
    Dhi: 12,
    Dscore: 4,
    Dout: 2,
    floodPublish: true,
    batchPublish: true,
    // no lazy gossip: an answer to IWANT packs several messages into one RPC that no bound on messages fits
    Dlazy: 0,
    gossipFactor: 0,
    mcacheLength: 2,
    mcacheGossip: 1,
    seenTTL: limits.gossipSeenMs,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    maxInboundDataLength: limits.gossipMessageBytesMax + ENVELOPE_BYTES,
    maxOutboundBufferSize: limits.gossipOutboxBytesMax,
    scoreParams: {
      IPColocationFactorWeight: 0, // members on one host are members
      behaviourPenaltyWeight: 0, // a slow member is not a bad one
      topics: Object.fromEntries(topics.map((topic) => [topic, TOPIC_SCORE])),
    },
    scoreThresholds: { gossipThreshold: -100, publishThreshold: -200, graylistThreshold: -400 },
  };
}

export const gossipService = gossipsub;

/** Subscribes to every topic, and asks `handler` about each message before it is passed on. */
export function listenToGossip(
  pubsub: GossipSub,
  topics: readonly string[],
  handler: NetworkHandlers['gossip'],
  log: Log,
): void {
  const judge = judgeWithin(handler, log);
  for (const topic of topics) {
    pubsub.topicValidators.set(topic, (peer, message) => judge(topic, peer, message.data));
    pubsub.subscribe(topic);
  }
}

/** Best effort: nobody waits for a message that could not be published. */
export function publishGossip(pubsub: GossipSub, topic: string, bytes: Bytes, log: Log): void {
  pubsub.publish(topic, bytes).catch((error: Error) => log.debug('a message was not published', { error }));
}

type Judge = (topic: string, peer: PeerId, bytes: Bytes) => Promise<TopicValidatorResult>;

function judgeWithin(handler: NetworkHandlers['gossip'], log: Log): Judge {
  let pendingBytes = 0;
  return async (topic, peer, bytes) => {
    const from = toPeerKey(peer);
    if (from === undefined || bytes.length > limits.gossipMessageBytesMax) return TopicValidatorResult.Reject;
    if (pendingBytes + bytes.length > limits.gossipPendingBytesMax) return TopicValidatorResult.Ignore;
    pendingBytes += bytes.length;
    try {
      return answerOf(await handler(topic, from, new Uint8Array(bytes)));
    } catch (error) {
      escalateMistake(error);
      log.warn('a gossiped message was not judged', { topic, error: error as Error });
      return TopicValidatorResult.Ignore;
    } finally {
      pendingBytes -= bytes.length;
    }
  };
}

/**
 * libp2p catches whatever its callbacks throw. A mistake of ours must not end there: it is thrown again where nobody catches
 * it, so that the process stops (core/assert.ts).
 */
function escalateMistake(error: unknown): void {
  if (!(error instanceof AssertionFailed)) return;
  queueMicrotask(() => {
    throw error;
  });
}

function answerOf(verdict: Verdict): TopicValidatorResult {
  switch (verdict.kind) {
    case 'accept':
      return TopicValidatorResult.Accept;
    case 'ignore':
      return TopicValidatorResult.Ignore;
    case 'reject':
      return TopicValidatorResult.Reject;
  }
}
