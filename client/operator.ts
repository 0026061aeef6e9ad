/**
 * A library, as its operators and those of the other libraries see it: who is in the federation, what is to be
 * decided, and a door for transactions that they have signed themselves. Nothing here needs a privilege.
 */
import { type Bytes, toHex } from '../core/bytes.ts';
import { ClientError, errorOf } from './client-error.ts';

export type OperatorOptions = {
  /** Of the library's API, for example http://127.0.0.1:8645. */
  readonly url: string;
  readonly fetch?: typeof fetch;
};

export type MemberFacts = {
  /** 64 hex characters. */
  readonly key: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly tracker: string;
  readonly api: string;
  /** Does it vote? */
  readonly authority: boolean;
};

export type ProposalFacts = {
  /** 64 hex characters: what an approval names. */
  readonly id: string;
  /** As in chain/action.ts, with keys and hashes in hex. */
  readonly action: { readonly kind: string; readonly [field: string]: unknown };
  readonly proposer: string;
  /** Milliseconds since 1970. */
  readonly expires_at: number;
  readonly approvals: readonly string[];
};

export type Decisions = {
  /** How many authorities must approve. */
  readonly needed: number;
  readonly proposals: readonly ProposalFacts[];
  readonly parameters: { readonly [name: string]: number };
  readonly upgrade: { readonly height: number; readonly version: number } | null;
};

export type Submitted = {
  readonly id: string;
  /** Of the block that holds it; null when the ledger said so before. */
  readonly height: number | null;
  readonly already: boolean;
};

/** Every call throws ClientError, and nothing else. */
export type Operator = {
  /** 64 hex characters. */
  chainId(): Promise<string>;
  members(): Promise<readonly MemberFacts[]>;
  proposals(): Promise<Decisions>;
  /** Resolves when it is final. @param transaction - encoded, as chain/transaction.ts says. */
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
    chainId: async () => String(fieldOf(fieldOf(await call('node_v1_status'), 'chain'), 'id')),
    members: async () => (fieldOf(await call('node_v1_members'), 'members') ?? []) as readonly MemberFacts[],
    proposals: async () => (await call('node_v1_proposals')) as Decisions,
    submit: async (transaction) =>
      (await call('node_v1_submit', { transaction: base64Of(transaction) })) as Submitted,
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
