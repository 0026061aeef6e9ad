/**
 * A library, as its operators and those of the other libraries see it: who is in the federation, what is to be
 * decided, and a door for transactions that they have signed themselves. Nothing here needs a privilege.
 */
import { toBase64 } from '../core/base64.ts';
import type { Bytes } from '../core/bytes.ts';
import type { Decisions, MemberFacts, Submitted } from './facts.ts';
import { type CallOptions, createTransport } from './transport.ts';

export type OperatorOptions = {
  /** Of the library's API, for example http://127.0.0.1:8645. */
  readonly url: string;
  readonly fetch?: typeof fetch;
};

/** Every call throws ClientError, or the reason of its signal, and nothing else. It does not wait for a library that is busy. */
export type Operator = {
  /** 64 hex characters. */
  chainId(options?: CallOptions): Promise<string>;
  members(options?: CallOptions): Promise<readonly MemberFacts[]>;
  proposals(options?: CallOptions): Promise<Decisions>;
  /** Resolves when it is final. @param transaction - encoded, as chain/transaction/transaction.ts says. */
  submit(transaction: Bytes, options?: CallOptions): Promise<Submitted>;
};

export function createOperator({ url, fetch }: OperatorOptions): Operator {
  const { ask } = createTransport({ url, fetch, patienceMs: 0, wait: async () => undefined });
  return {
    chainId: async (options) => (await ask('status', {}, options)).chain.id,
    members: async (options) => (await ask('members', {}, options)).members,
    proposals: (options) => ask('proposals', {}, options),
    submit: (transaction, options) => ask('submit', { transaction: toBase64(transaction) }, options),
  };
}
