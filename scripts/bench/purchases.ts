/**
 * Purchases per second to finality: readers buy files through JSON-RPC at all four libraries at once; every
 * signature is verified by every library, every block is fsynced, every answer is the torrent with its pass.
 */
import type { Stage } from './stage.ts';

export type PurchaseOptions = {
  readonly count: number;
  /** Calls in one HTTP request. */
  readonly batch: number;
  /** Requests under way at each library. */
  readonly requestsAtOnce: number;
};

type Call = {
  readonly jsonrpc: '2.0';
  readonly id: number;
  readonly method: string;
  readonly params: object;
};

/** Signed before the clock starts: that is the readers' work. */
export function signPurchases(stage: Stage, count: number, from = 0): Call[] {
  const { readers, files, federation } = stage;
  return Array.from({ length: count }, (_, i) => {
    // Reader 0 uploaded the files and owns them.
    const reader = readers[1 + ((from + i) % (readers.length - 1))]!;
    const hash = files[Math.floor((from + i) / (readers.length - 1))]!;
    const params = {
      hash,
      public_key: reader.publicKey,
      signed_hash: reader.signDownload(federation.chainId, hash),
    };
    return { jsonrpc: '2.0', id: i, method: 'library_v1_download', params };
  });
}

/** @returns purchases per second, from the first request to the last final answer. */
export async function buyAll(
  stage: Stage,
  calls: readonly Call[],
  options: PurchaseOptions,
): Promise<number> {
  const queue: Call[][] = [];
  for (let at = 0; at < calls.length; at += options.batch) queue.push(calls.slice(at, at + options.batch));
  const from = performance.now();
  const workers = stage.apis.flatMap((api) =>
    Array.from({ length: options.requestsAtOnce }, async () => {
      for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) await buy(api, batch);
    }),
  );
  await Promise.all(workers);
  return (calls.length * 1_000) / (performance.now() - from);
}

async function buy(api: string, batch: readonly Call[]): Promise<void> {
  const response = await fetch(`${api}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
  });
  const answers = (await response.json()) as { result?: { torrent: string }; error?: unknown }[];
  const failed = answers.find((answer) => answer.result === undefined);
  if (failed !== undefined) throw new Error(`a purchase failed: ${JSON.stringify(failed.error)}`);
}
