/**
 * What the benchmarks stand on: four libraries in four processes on this machine, with readers that have tokens
 * from the genesis and files that were uploaded for real.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Parameters } from '../../chain/federation/parameters.ts';
import { createClient } from '../../client/client.ts';
import { createWallet, type Wallet } from '../../client/wallet.ts';
import { hexToBytes } from '../../core/bytes.ts';
import { freeBasePort } from '../free-port.ts';
import { type FederationHomes, type FederationOptions, makeFederation } from '../homes.ts';
import { LibraryProcess } from '../processes.ts';

export type Stage = {
  readonly federation: FederationHomes;
  readonly processes: readonly LibraryProcess[];
  readonly apis: readonly string[];
  readonly readers: readonly Wallet[];
  /** File hashes, hex. */
  readonly files: readonly string[];
  /** After its process has ended. Resolves when it is ready. */
  restart(i: number): Promise<void>;
  end(): Promise<void>;
};

export type StageOptions = {
  readonly libraries: number;
  readonly readers: number;
  readonly files: number;
  readonly parameters: Partial<Parameters>;
  /** Where the others dial library i, when that is not its own port. */
  readonly peerAddress?: FederationOptions['peerAddress'];
  readonly basePort?: number;
};

const TOKENS_EACH = 10n ** 9n;
export const FILE_BYTES = 1_000;

export async function setStage(options: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'digitallib-bench-'));
  const readers = Array.from({ length: options.readers }, (_, i) => createWallet(seedOf(i)));
  const federation = makeFederation({
    folder,
    count: options.libraries,
    basePort: options.basePort ?? (await freeBasePort(options.libraries)),
    ...(options.peerAddress && { peerAddress: options.peerAddress }),
    now: Date.now(),
    parameters: options.parameters,
    accounts: readers.map(({ publicKey }) => ({ key: hexToBytes(publicKey), tokens: TOKENS_EACH })),
    random: (length) => new Uint8Array(randomBytes(length)),
  });
  const processes = federation.libraries.map((library) => new LibraryProcess(library));
  const restart = async (i: number): Promise<void> => {
    const fresh = new LibraryProcess(federation.libraries[i]!);
    processes[i] = fresh;
    await fresh.ready();
  };
  const end = async (): Promise<void> => {
    await Promise.all(processes.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(processes.map((one) => one.ready()));
    const apis = federation.libraries.map(({ api }) => api);
    const files = await uploadFiles(apis, readers[0]!, options.files);
    return { federation, processes, apis, readers, files, restart, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Each at another library; returns when every library knows all of them as available. */
export async function uploadFiles(
  apis: readonly string[],
  uploader: Wallet,
  count: number,
): Promise<string[]> {
  const files: string[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(FILE_BYTES).fill(i % 256);
    new DataView(bytes.buffer).setUint32(0, i);
    const client = createClient({ url: apis[i % apis.length]! });
    await client.uploadFile(uploader, new Blob([bytes]), `bench-${i}.bin`);
    files.push(createHash('sha256').update(bytes).digest('hex')); // one block: the pieces root is plain SHA-256
  }
  for (const api of apis) for (const hash of files) await untilAvailable(api, hash);
  return files;
}

async function untilAvailable(api: string, hash: string): Promise<void> {
  while (!(await fetch(`${api}/api/file/${hash}`)).ok)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

function seedOf(i: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`bench reader ${i}`).digest());
}
