/**
 * A library, as its operators and those of the other libraries see it: who is in the federation, what is to be
 * decided, and a door for transactions that they have signed themselves. Nothing here needs a privilege.
 */
import { toBase64 } from '../core/base64.ts';
import type { Bytes } from '../core/bytes.ts';
import type { Decisions, MemberFacts, Submitted } from './facts.ts';
import { createTransport } from './transport.ts';

export type OperatorOptions = {
  /** Of the library's API, for example http://127.0.0.1:8645. */
  readonly url: string;
  readonly fetch?: typeof fetch;
};

/** Every call throws ClientError, and nothing else. It does not wait for a library that is busy. */
export type Operator = {
  /** 64 hex characters. */
  chainId(): Promise<string>;
  members(): Promise<readonly MemberFacts[]>;
  proposals(): Promise<Decisions>;
  /** Resolves when it is final. @param transaction - encoded, as chain/transaction/transaction.ts says. */
  submit(transaction: Bytes): Promise<Submitted>;
};

export function createOperator({ url, fetch }: OperatorOptions): Operator {
  const { ask } = createTransport({ url, fetch, patienceMs: 0, wait: async () => undefined });
  return {
    chainId: async () => (await ask('status', {})).chain.id,
    members: async () => (await ask('members', {})).members,
    proposals: () => ask('proposals', {}),
    submit: (transaction) => ask('submit', { transaction: toBase64(transaction) }),
  };
}
