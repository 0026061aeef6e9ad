/** A real archive at a port and in a folder of its own; its clock is moved by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArchive } from '../../archive/archive.ts';
import { piecesRoot } from '../../client/pieces-root.ts';
import { freeBytes, systemRandom } from '../../node/process/system.ts';
import { infoHashes } from '../../torrent/metainfo.ts';
import { freePort } from '../e2e/fixtures/ports.ts';
import { EVERYBODY, LogInMemory, ManualClock, wantOf } from '../tracker/world.ts';

const HOST = '127.0.0.1';
const FEDERATION = 'Vector Libraries';

export type ArchiveAtAPort = {
  readonly port: number;
  readonly clock: ManualClock;
  /** Keeps a book of these bytes, which somebody wants. @returns its info hash, 20 bytes. */
  keep(bytes: Uint8Array): Promise<Uint8Array>;
  stop(): Promise<void>;
};

/** Started; lets everybody in. */
export async function openArchive(): Promise<ArchiveAtAPort> {
  const folder = await mkdtemp(join(tmpdir(), 'digitallib-archive-'));
  const port = await freePort(HOST);
  const clock = new ManualClock();
  const ports = { clock, random: systemRandom, log: new LogInMemory(), freeBytes };
  const archive = createArchive(
    { ...ports, ...EVERYBODY, announceUrls: () => [], names: () => [] },
    { folder, bytesMax: 1e9, host: HOST, port, federation: FEDERATION },
  );
  await archive.start();
  return {
    port,
    clock,
    async keep(bytes) {
      const hash = piecesRoot(bytes)!;
      const received = await archive.receive(one(bytes), { hash, name: 'a book' });
      if (received.kind !== 'accept') throw new Error('not received');
      const [announced] = infoHashes(received.value, FEDERATION).announced;
      archive.want(wantOf(hash, announced));
      return announced;
    },
    async stop() {
      await archive.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
