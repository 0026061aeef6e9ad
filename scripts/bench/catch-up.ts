/**
 * How fast a library that has nothing takes the blocks of another one: every certificate and every signature is
 * verified, every block is executed, and the database is synced.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Genesis } from '../../chain/block/genesis.ts';
import { chainIdOf } from '../../chain/block/genesis.ts';
import type { Upload } from '../../chain/files/upload.ts';
import {
  type CheckedTransaction,
  encodeChecked,
  signTransaction,
  signUpload,
  sponsorUpload,
} from '../../chain/transaction/signing.ts';
import { createClient } from '../../client/client.ts';
import { utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { systemRandom } from '../../node/process/system.ts';
import { freeBasePort } from '../free-port.ts';
import { type LibraryHome, makeFederation } from '../homes.ts';
import { LibraryProcess } from '../processes.ts';
import { cpuMs } from './cpu.ts';
import { type Figure, inChecks } from './figure.ts';
import { writeChain } from './long-chain.ts';

/** One of them uploads, the others buy: a block each. */
const READERS = 501;
const PER_BLOCK = 500;
const ASK_EVERY_MS = 10;
const BAR = 5_000;

/** @param purchases - a multiple of 500. */
export async function measureCatchUp(purchases: number, yardstick: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'digitallib-catch-up-'));
  const processes: LibraryProcess[] = [];
  try {
    const seeds = Array.from({ length: READERS }, (_, i) => sha256(utf8(`reader ${i}`)));
    const federation = makeFederation({
      folder,
      count: 2,
      authorities: 1,
      basePort: await freeBasePort(2),
      now: Date.now() - 3_600_000,
      parameters: { attestations: 1 },
      accounts: seeds.map((seed) => ({ key: publicKeyOf(seed), tokens: 10n ** 9n })),
      random: (length) => systemRandom.bytes(length),
    });
    const [old, young] = federation.libraries;
    const blocks = [...history(federation.genesis, old!, seeds, purchases)];
    await writeChain(federation, blocks, old!);
    console.log(`  a chain of ${purchases} purchases is made`);
    const server = new LibraryProcess(old!);
    processes.push(server);
    await server.ready();
    const joiner = new LibraryProcess(young!, ['--join', 'blocks']);
    processes.push(joiner);
    const first = await reached(young!.api, 1);
    const cpuBefore = cpuMs({ processes: [joiner] }) ?? Number.NaN;
    const last = await reached(young!.api, blocks.length);
    const cpu = (cpuMs({ processes: [joiner] }) ?? Number.NaN) - cpuBefore;
    const taken = (last.height - first.height) * PER_BLOCK;
    const perSecond = (taken * 1_000) / (last.at - first.at);
    return [
      {
        what: `catch-up, ${purchases} purchases in blocks of ${PER_BLOCK}, everything verified`,
        figure: `${perSecond.toFixed(0)} /s`,
        toYardstick: (perSecond / yardstick).toFixed(3),
        bar: '≥ 5,000 /s',
        met: perSecond >= BAR,
      },
      {
        what: '… CPU of the library that catches up, for each purchase',
        figure: `${(cpu / taken).toFixed(2)} ms`,
        toYardstick: inChecks(cpu / taken, yardstick),
        bar: '–',
        met: true,
      },
    ];
  } finally {
    await Promise.all(processes.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first block brings the files, the others are full of purchases. */
function* history(
  genesis: Genesis,
  sponsor: LibraryHome,
  seeds: readonly Uint8Array[],
  purchases: number,
): Generator<readonly CheckedTransaction[]> {
  const chainId = chainIdOf(genesis);
  const files = Array.from({ length: Math.ceil(purchases / PER_BLOCK) }, (_, i) => sha256(utf8(`file ${i}`)));
  const uploader = seeds[0]!;
  yield files.map((hash, i) => {
    const written = { size: 1_000n, name: `Volume ${i}.pdf` };
    const part = { hash, key: publicKeyOf(uploader), expires: undefined, ...written };
    const upload: Omit<Upload, 'sponsorSignature'> = {
      kind: 'upload',
      ...part,
      infoHashes: [1, 2, 3, 4].map((form) => sha256(utf8(`torrent ${i} ${form}`)).subarray(0, 20)),
      signature: signUpload(chainId, part, uploader),
      sponsor: sponsor.key,
      sponsorExpires: Math.floor(genesis.time / 1_000) + 600,
    };
    return encodeChecked(sponsorUpload(chainId, upload, sponsor.seed));
  });
  const keys = seeds.map((seed) => ({ seed, key: publicKeyOf(seed) }));
  for (const hash of files) {
    yield keys.slice(1).map(({ seed, key }) => {
      const unsigned = { kind: 'download' as const, hash, key, expires: undefined };
      return encodeChecked(signTransaction<'download'>(chainId, unsigned, seed));
    });
  }
}

/** When this library is first seen at this height or above it. */
async function reached(
  api: string,
  height: number,
): Promise<{ readonly height: number; readonly at: number }> {
  const client = createClient({ url: api });
  for (;;) {
    const status = await client.status().catch(() => undefined);
    if (status !== undefined && status.height >= height)
      return { height: status.height, at: performance.now() };
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
