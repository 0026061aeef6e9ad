import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bencode from 'bencode';
import { expect } from 'chai';
import { type Archive, createArchive } from '../../archive/archive.ts';
import { readReply } from '../../archive/trackers/reply.ts';
import { piecesRoot } from '../../client/pieces-root.ts';
import { utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { freeBytes, systemRandom } from '../../node/process/system.ts';
import { infoHashes } from '../../torrent/metainfo.ts';
import { eventually } from '../node/eventually.ts';
import { EVERYBODY, LogInMemory, ManualClock, vectorBytes, wantOf } from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const BYTES = vectorBytes(400_000);
const MIB = 1024 * 1024;
const HOME = '/announce/pass';

type Answer = (response: ServerResponse) => void;

describe('the tracker of a member that is no friend', () => {
  let folder: string;
  let archive: Archive;
  let server: Server;
  let answer: Answer;
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url!);
      response.on('error', () => undefined);
      answer(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    folder = await mkdtemp(join(tmpdir(), 'digitallib-asked-'));
    const ports = { clock: new ManualClock(), random: systemRandom, log: new LogInMemory(), freeBytes };
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${HOME}`;
    archive = createArchive(
      { ...ports, ...EVERYBODY, announceUrls: () => [url], names: () => [] },
      { folder, bytesMax: 1e9, host: '127.0.0.1', port: 0, federation: FEDERATION },
    );
    await archive.start();
  });
  afterEach(async () => {
    await archive.stop();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a torrent, and so asks. */
  async function seed(): Promise<void> {
    const hash = piecesRoot(BYTES)!;
    const received = await archive.receive(one(BYTES), { hash, name: 'a book' });
    if (received.kind !== 'accept') throw new Error('not received');
    archive.want(wantOf(hash, infoHashes(received.value, FEDERATION).announced[0]));
  }

  /** Promises that failed and that nobody awaited, from here to the end of the archive: the node ends with the first. */
  async function rejections(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    const note = (reason: unknown) => void failures.push(reason);
    const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
    try {
      await seed();
      await eventually(() => asked.length > 0);
      await archive.stop();
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', note);
      for (const other of others) process.on('unhandledRejection', other);
    }
    return failures;
  }

  it('cannot fill our memory with an answer that does not end', async () => {
    let sent = 0;
    let closed = false;
    answer = (response) => {
      response.writeHead(200);
      response.on('close', () => {
        closed = true;
      });
      const more = (): void => {
        while (!response.destroyed && sent < 256 * MIB) {
          sent += 65_536;
          if (!response.write(new Uint8Array(65_536))) return void response.once('drain', more);
        }
      };
      more();
    };
    await seed();
    await eventually(() => closed);
    // What the two kernels hold of it, and some.
    expect(sent).to.be.below(32 * MIB);
  });

  it('cannot stop us with an answer that breaks off', async () => {
    answer = (response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('d8:interval');
      setImmediate(() => response.destroy());
    };
    expect(await rejections()).to.deep.equal([]);
  });

  for (const odd of ['d14:failure reasoni5ee', 'd5:peersli5ee6:peers6d1:ai1eee', 'd9:info_hashi5ee', 'le']) {
    it(`cannot stop us with an answer of other types: ${odd}`, async () => {
      answer = (response) => response.end(odd);
      expect(await rejections()).to.deep.equal([]);
    });
  }

  it('cannot send us elsewhere', async () => {
    answer = (response) => {
      response.writeHead(302, { Location: '/elsewhere' });
      response.end();
    };
    await seed();
    await eventually(() => asked.length > 0);
    await archive.stop();
    expect(asked.filter((url) => !url.startsWith(`${HOME}?`))).to.deep.equal([]);
  });

  it('is asked with the info hash, byte by byte, and as a program that has the whole file', async () => {
    answer = (response) => response.end(bencode.encode({ interval: 300 }));
    await seed();
    await eventually(() => asked.length > 0);
    const { searchParams: fields } = new URL(asked[0]!, 'http://127.0.0.1');
    expect([fields.get('left'), fields.get('event'), fields.get('compact')]).to.deep.equal([
      '0',
      'started',
      '1',
    ]);
    const raw = /info_hash=([^&]+)/.exec(asked[0]!)![1]!;
    expect(Buffer.from(unescape(raw), 'latin1')).to.have.length(20);
  });

  it('does not say how often it is asked, nor how many peers are dialled', () => {
    const peers = new Uint8Array(6 * 10_000);
    const peers6 = new Uint8Array(18 * 10_000);
    for (const interval of [-1, 0, 1, 2 ** 31, 2 ** 53]) {
      const reply = readReply(bencode.encode({ interval, peers, peers6 }));
      expect(reply?.interval).to.be.within(limits.announceIntervalMinSeconds, limits.announceIntervalSeconds);
      expect(reply?.peers).to.have.length(6 * limits.peersReturnedMax);
      expect(reply?.peers6).to.have.length(18 * limits.peersReturnedMax);
    }
    expect(readReply(utf8('d8:intervalle5:peersli5eee'))?.peers).to.have.length(0);
    for (const other of ['', 'le', 'i5e', '1:a', 'd14:failure reasoni5ee', 'd8:interval']) {
      expect(readReply(utf8(other)), other).to.equal(undefined);
    }
  });
});

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
