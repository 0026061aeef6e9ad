/**
 * Purchases per second to finality: readers buy files through JSON-RPC at all four libraries at once; every
 * signature is verified by every library, every block is fsynced, every answer is the torrent with its pass. Each request
 * leaves from an address in a network of its own (Linux: any of 127.0.0.0/8): what one client, or one network, may have
 * done in a second is a hundredth of that.
 */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Stage } from './stage.ts';

export type PurchaseOptions = {
  readonly count: number;
  /** Calls in one HTTP request. */
  readonly batch: number;
  /** Requests under way at each library. */
  readonly requestsAtOnce: number;
  /** Calls that fall due in a second, whatever has been answered by then; without it as many as are answered. */
  readonly perSecond?: number;
};

type Call = {
  readonly jsonrpc: '2.0';
  readonly id: number;
  readonly method: string;
  readonly params: object;
};

/** Signed before the clock starts: that is the readers' work. */
export async function signPurchases(stage: Stage, count: number, from = 0): Promise<Call[]> {
  const { readers, files, federation } = stage;
  const signed = Array.from({ length: count }, async (_, i): Promise<Call> => {
    // Reader 0 uploaded the files and owns them.
    const reader = readers[1 + ((from + i) % (readers.length - 1))]!;
    const hash = files[Math.floor((from + i) / (readers.length - 1))]!;
    const params = {
      hash,
      public_key: reader.publicKey,
      signed_hash: await reader.signDownload(federation.chainId, hash),
    };
    return { jsonrpc: '2.0', id: i, method: 'library_v1_download', params };
  });
  return Promise.all(signed);
}

/** @returns purchases per second, from the first request to the last final answer. */
export async function buyAll(
  stage: Stage,
  calls: readonly Call[],
  options: PurchaseOptions,
): Promise<number> {
  const queue: { readonly batch: Call[]; readonly dueMs: number }[] = [];
  for (let at = 0; at < calls.length; at += options.batch) {
    const dueMs = options.perSecond === undefined ? 0 : (at * 1_000) / options.perSecond;
    queue.push({ batch: calls.slice(at, at + options.batch), dueMs });
  }
  const from = performance.now();
  // In turn, so that a slow library does not get more than the others when all are waited for.
  const workers = Array.from({ length: options.requestsAtOnce }, () => stage.apis).flatMap((apis) =>
    apis.map(async (api) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const early = next.dueMs - (performance.now() - from);
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
        await buy(api, next.batch);
      }
    }),
  );
  await Promise.all(workers);
  return (calls.length * 1_000) / (performance.now() - from);
}

async function buy(api: string, batch: readonly Call[]): Promise<void> {
  const asking = request(`${api}/rpc`, {
    ...{ method: 'POST', agent: false, localAddress: nextAddress() },
    headers: { 'content-type': 'application/json' },
  });
  asking.end(JSON.stringify(batch));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const answers = JSON.parse(await text(response)) as { result?: { torrent: string }; error?: unknown }[];
  const failed = answers.find((answer) => answer.result === undefined);
  if (failed !== undefined) throw new Error(`a purchase failed: ${JSON.stringify(failed.error)}`);
}

let asked = 0;
function nextAddress(): string {
  asked += 1;
  return `127.${1 + ((asked >> 8) & 127)}.${asked & 255}.1`;
}
