/**
 * A library, as its operators and those of the other libraries see it: who is in the federation, what is to be
 * decided, and a door for transactions that they have signed themselves. Nothing here needs a privilege.
 */
import { type Bytes, toHex } from '../core/bytes.ts';
import { ClientError, errorOf } from './client-error.ts';
import {
  type Decisions,
  type MemberFacts,
  readChainId,
  readDecisions,
  readMembers,
  readSubmitted,
  type Submitted,
} from './operator-answers.ts';

export type OperatorOptions = {
  /** Of the library's API, for example http://127.0.0.1:8645. */
  readonly url: string;
  readonly fetch?: typeof fetch;
};

/** Every call throws ClientError, and nothing else. */
export type Operator = {
  /** 64 hex characters. */
  chainId(): Promise<string>;
  members(): Promise<readonly MemberFacts[]>;
  proposals(): Promise<Decisions>;
  /** Resolves when it is final. @param transaction - encoded, as chain/transaction/transaction.ts says. */
  submit(transaction: Bytes): Promise<Submitted>;
};

export function createOperator(options: OperatorOptions): Operator {
  const send = options.fetch ?? fetch;
  const url = `${options.url.replace(/\/+$/, '')}/rpc`;

  async function call(method: string, params: object = {}): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const headers = { 'content-type': 'application/json' };
    let answer: unknown;
    let status: number;
    try {
      const response = await send(url, { method: 'POST', headers, body });
      status = response.status;
      answer = await response.json().catch(() => undefined);
    } catch (cause) {
      throw new ClientError('client.unreachable', 'The library does not answer.', { cause });
    }
    const error = fieldOf(fieldOf(answer, 'error'), 'data');
    if (error !== undefined) {
      throw errorOf(Number(fieldOf(error, 'status')), {
        type: fieldOf(error, 'code'),
        detail: fieldOf(error, 'detail'),
      });
    }
    const result = fieldOf(answer, 'result');
    if (result === undefined) throw errorOf(status, undefined);
    return result;
  }

  return {
    chainId: async () => readChainId(await call('node_v1_status')),
    members: async () => readMembers(await call('node_v1_members')),
    proposals: async () => readDecisions(await call('node_v1_proposals')),
    submit: async (transaction) =>
      readSubmitted(await call('node_v1_submit', { transaction: base64Of(transaction) })),
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Without Buffer, which browsers lack. */
function base64Of(bytes: Bytes): string {
  const pairs = toHex(bytes).match(/../g) ?? [];
  return btoa(pairs.map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join(''));
}
