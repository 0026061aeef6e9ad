/** Bytes that come without a length, and bytes that come in two lives of a library: over real connections, to a real node. */
import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Wallet } from '../../client/wallet.ts';
import { parseTorrent } from '../../torrent/parse.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { plainTorrent } from './fixtures/plain-torrent.ts';
import { RawListener } from './fixtures/raw-peer.ts';
import { available, type Book, newReader, writeBook } from './fixtures/reader.ts';

const MiB = 2 ** 20;

describe('uploads that come without a length, or in two parts', () => {
  let federation: Federation;
  let chainId: string;
  const listeners: RawListener[] = [];

  before(async () => {
    federation = await Federation.start({ count: 1, parameters: { fileBytesMax: MiB } });
    chainId = (await federation.at(1).status()).chain.id;
  });
  after(async () => {
    for (const one of listeners) await one.close();
    await federation?.stop();
  });

  const incoming = () => readdirSync(join(federation.home(1).home, 'archive', 'incoming'));

  it('file.wrong-size: a chunked request without an end is refused as soon as it is longer than the federation takes', async () => {
    const reader = await newReader(federation.at(1));
    const hash = 'ab'.repeat(32);
    const fields = {
      public_key: reader.publicKey,
      hash,
      signed_hash: await reader.signUpload(chainId, hash),
    };
    const sending = request(`${federation.home(1).api}/api/upload`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'transfer-encoding': 'chunked' },
    });
    sending.on('error', () => undefined);
    let answer: IncomingMessage | undefined;
    sending.on('response', (response) => {
      answer = response;
    });
    for (const [name, value] of Object.entries(fields)) {
      sending.write(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
    }
    sending.write('--b\r\nContent-Disposition: form-data; name="file"; filename="endless"\r\n\r\n');
    let sent = 0;
    while (answer === undefined && sent < 64 * MiB) {
      if (!sending.writableNeedDrain) {
        sending.write(Buffer.alloc(MiB / 8, 1));
        sent += MiB / 8;
      }
      await new Promise(setImmediate);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of answer!) chunks.push(chunk as Buffer);
    sending.destroy();
    expect(JSON.parse(Buffer.concat(chunks).toString())).to.include({ type: 'file.wrong-size' });
    // What is on its way in the sockets of both sides comes on top.
    expect(sent).to.be.below(16 * MiB);
    await eventually('nothing to be left of it', () => incoming().length === 0);
  });

  it('what a reader seeds comes in two parts when the library is killed between them, and no piece comes twice', async () => {
    const reader = await newReader(federation.at(1));
    const book = await writeBook(federation.folder, 'In two parts.bin', 700_000);
    const pieces = Math.ceil(book.bytes.length / pieceLengthOf(book.bytes.length));
    const most = 20;
    const folder = join(federation.home(1).home, 'archive', 'incoming', `${book.hash}.${reader.publicKey}`);
    const first = await seeds(reader, book, most);
    await eventually('the first part to be on the disk', () => {
      try {
        return ones(readFileSync(join(folder, 'pieces'))) === most;
      } catch {
        return false;
      }
    });
    await federation.process(1).kill();
    await federation.restart(1);
    expect(await federation.at(1).uploadState(reader, book.hash)).to.include({ state: 'fetching' });
    const missing = await federation
      .at(1)
      .file(book.hash)
      .catch((error) => error.code);
    expect(missing, 'half of it is no file').to.equal('file.unknown');
    const second = await seeds(reader, book);
    await available(federation.at(1), book.hash);
    const before = new Set(first.met.flatMap(({ asked }) => asked.slice(0, most).map(({ piece }) => piece)));
    const after = new Set(second.met.flatMap(({ asked }) => asked.map(({ piece }) => piece)));
    expect([...after].filter((piece) => before.has(piece))).to.deep.equal([]);
    expect([before.size, after.size]).to.deep.equal([most, pieces - most]);
    expect((await federation.at(1).account(reader)).tokens).to.equal(BigInt(book.bytes.length));
    expect(incoming()).to.deep.equal([]);
  });

  /** Whoever brings the book listens, and announces with the pass of this reader. */
  async function seeds(reader: Wallet, book: Book, answersMax?: number): Promise<RawListener> {
    const { torrent } = await federation.at(1).uploadTorrent(reader, book.hash, plainTorrent(book));
    const parsed = parseTorrent(torrent!.bytes);
    if (parsed.kind !== 'accept') throw new Error(parsed.code);
    const infoHash = Buffer.from(parsed.value.infoHash).toString('hex');
    const place = { host: '127.0.0.1' };
    const listener = await RawListener.open(place, infoHash, book.bytes.length, book.bytes, answersMax);
    listeners.push(listener);
    const [url] = announceUrlsOf(torrent!.bytes);
    expect((await announce(url!, infoHash, { port: listener.port, left: 0 })).failure).to.equal(undefined);
    return listener;
  }
});

function ones(bits: Uint8Array): number {
  return [...bits].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}
