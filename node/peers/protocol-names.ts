/**
 * @pure The names of what members say to each other beside consensus, as they travel: one line a name, all in one place,
 * for a name must never come to mean something else. Who answers or hears it, at what cost, is a row (protocol.ts) in the
 * room whose affair it is, beside the shape of what is said.
 */

/** Transactions, in batches. */
export const TRANSACTIONS_TOPIC = 'digitallib/transactions/1';
/** Who has reached which height. */
export const HEAD_TOPIC = 'digitallib/head/1';
/** Which file is wanted at whose tracker. */
export const WANT_TOPIC = 'digitallib/want/1';
/** Two statements of one authority that exclude each other. */
export const EVIDENCE_TOPIC = 'digitallib/evidence/1';
export const TOPICS = [TRANSACTIONS_TOPIC, HEAD_TOPIC, WANT_TOPIC, EVIDENCE_TOPIC] as const;
export type TopicName = (typeof TOPICS)[number];

/** Block hash → block. */
export const BLOCK_PROTOCOL = 'block';
/** {from, count} → final blocks. */
export const RANGE_PROTOCOL = 'range';
/** Nothing → head. */
export const HEAD_PROTOCOL = 'head';
/** File hash → metainfo. */
export const METAINFO_PROTOCOL = 'metainfo';
/** {file hash, 32 bytes of chance} → a hash that only who has read the file can make (node/content/holding.ts). */
export const HOLDS_PROTOCOL = 'holds';
/** Nothing → what an authority knows of the votes of the authority that asks. */
export const VOTE_REPORT_PROTOCOL = 'vote-report';
/** Nothing → all evidence that a member has. */
export const EVIDENCE_PROTOCOL = 'evidence';
/** A question about a whole state → a page of the answer (node/sync/snapshot/protocol.ts). */
export const SNAPSHOT_PROTOCOL = 'snapshot';
/** Who asks → who answers (node/peers/hello/message.ts). */
export const HELLO_PROTOCOL = 'hello';
export const PROTOCOLS = [
  BLOCK_PROTOCOL,
  RANGE_PROTOCOL,
  HEAD_PROTOCOL,
  METAINFO_PROTOCOL,
  HOLDS_PROTOCOL,
  VOTE_REPORT_PROTOCOL,
  EVIDENCE_PROTOCOL,
  SNAPSHOT_PROTOCOL,
  HELLO_PROTOCOL,
] as const;
export type RequestName = (typeof PROTOCOLS)[number];
