import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { piecesRoot } from '../../client/pieces-root.ts';
import { toHex } from '../../core/bytes.ts';
import { CODES } from '../../core/codes.ts';
import { limits } from '../../core/limits.ts';
import { watchUpload } from '../../rpc/upload-watch.ts';
import { eventually } from '../node/eventually.ts';
import { ManualClock } from '../tracker/world.ts';
import { bookOf, get, postForm, uploadParts } from './calls.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const book = bookOf('book.txt');

type Upload = { readonly outgoing: ClientRequest; readonly answer: Promise<string> };

describe('uploads under way', () => {
  let library: TinyLibrary;
  let begun: number;
  /** Bytes that the archive has read. */
  let taken: number;
  /** Chunks that it has read, and then wanted another. */
  let swallowed: number;
  /** Of the last answer. */
  let hints: { readonly header: string | undefined; readonly body: unknown };
  const open: ClientRequest[] = [];

  async function start(trustedProxies = 0): Promise<void> {
    begun = 0;
    taken = 0;
    swallowed = 0;
    library = await startLibrary({ trustedProxies }, ({ archive }) => ({
      archive: {
        standing: (hash, key) => archive.standing(hash, key),
        signAgain: (claim) => archive.signAgain(claim),
        receiveTorrent: (bytes, announced) => archive.receiveTorrent(bytes, announced),
        receiveFile(bytes, announced) {
          begun++;
          return archive.receiveFile(counted(bytes), announced);
        },
      },
    }));
    for (const name of ['a', 'b', 'c']) {
      await get(library, '/api/register', { public_key: walletOf(name).publicKey });
    }
  }
  beforeEach(() => start());
  afterEach(async () => {
    for (const outgoing of open.splice(0)) outgoing.destroy();
    await library.stop();
  });

  /** Everything but the end of the file. */
  function upload(
    name: string,
    options: { from?: string; forwarded?: string; part?: string; content?: string } = {},
  ): Upload {
    const { from = '127.0.0.1', forwarded, part = 'file', content = 'x' } = options;
    const fields = uploadParts(library, walletOf(name), book).slice(0, 3);
    const text = fields.map(
      ([field, value]) => `--b\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
    );
    const { port, host } = library.server.address();
    const outgoing = request({
      port,
      host,
      path: '/api/upload',
      method: 'POST',
      localAddress: from,
      headers: {
        'content-type': 'multipart/form-data; boundary=b',
        ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
      },
    });
    open.push(outgoing);
    outgoing.on('error', () => undefined);
    const answer = new Promise<string>((resolve) => {
      outgoing.on('response', (response: IncomingMessage) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => {
          const { type, retry_after } = response.statusCode === 200 ? { type: 'accept' } : JSON.parse(body);
          hints = { header: response.headers['retry-after'], body: retry_after };
          resolve(type);
        });
      });
      outgoing.on('close', () => resolve('closed'));
    });
    outgoing.write(
      `${text.join('')}--b\r\nContent-Disposition: form-data; name="${part}"; filename="x"\r\n\r\n`,
    );
    outgoing.write(content);
    return { outgoing, answer };
  }

  async function* counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      taken += chunk.length;
      yield chunk;
      swallowed++;
    }
  }

  /** So many that the archive is reading. */
  async function several(
    count: number,
    name: string,
    options?: Parameters<typeof upload>[1],
  ): Promise<Upload[]> {
    const before = begun;
    const uploads = Array.from({ length: count }, () => upload(name, options));
    await eventually(() => begun === before + count);
    return uploads;
  }

  it('upload.too-many: of one reader; another one is served, and so is the next when one has ended', async () => {
    const [first] = await several(limits.uploadsPerKeyMax, 'a');
    expect(await upload('a').answer).to.equal('upload.too-many');
    expect(hints, 'when to come again, in seconds').to.deep.equal({ header: '2', body: 2 });
    await several(1, 'b', { from: '127.0.1.1' });
    first!.outgoing.end('\r\n--b--\r\n');
    expect(await first!.answer).to.equal('file.wrong-hash');
    await several(1, 'a');
    expect(CODES['upload.too-many'].status).to.equal(429);
  });

  it('upload.too-many: of one address, with however many keys', async () => {
    await several(limits.uploadsPerKeyMax, 'a');
    await several(limits.uploadsPerAddressMax - limits.uploadsPerKeyMax, 'b');
    expect(await upload('c').answer).to.equal('upload.too-many');
    expect(await upload('c', { from: '127.0.0.2' }).answer, 'of the same network').to.equal(
      'upload.too-many',
    );
    await several(1, 'c', { from: '127.0.1.1' });
  });

  it('upload.too-many: of one address as a trusted proxy has seen it', async () => {
    await library.stop();
    await start(1);
    const here = { forwarded: '203.0.113.9, 192.0.2.1' };
    await several(limits.uploadsPerKeyMax, 'a', here);
    await several(limits.uploadsPerAddressMax - limits.uploadsPerKeyMax, 'b', here);
    expect(await upload('c', { forwarded: '198.51.100.1, 192.0.2.1' }).answer).to.equal('upload.too-many');
    await several(1, 'c', { forwarded: '192.0.3.2' });
    await several(1, 'c');
  });

  it('nobody takes the place of those who paid: neither ten networks of strangers nor all of them hold all places', async () => {
    await pays('a');
    let strangers = 0;
    for (let network = 0; network < 10; network++) {
      for (let i = 0; i < limits.uploadsPerNetworkMax; i++, strangers++) {
        const name = `stranger ${network} ${i}`;
        await get(library, '/api/register', { public_key: walletOf(name).publicKey });
        await several(1, name, { from: `127.1.${network}.${i + 1}` });
      }
    }
    for (; strangers < limits.uploadsOfStrangersMax; strangers++) {
      await get(library, '/api/register', { public_key: walletOf(`late ${strangers}`).publicKey });
      await several(1, `late ${strangers}`, { from: `127.2.${strangers}.1` });
    }
    expect(await upload('b', { from: '127.3.0.1' }).answer).to.equal('upload.too-many');
    await several(1, 'a', { from: '127.1.0.1' });
  });

  it('upload.too-slow: one that comes too slowly loses its place to one who waits, and only then', async () => {
    const [slow] = await several(1, 'a');
    const fast = await several(limits.uploadsPerKeyMax - 1, 'a');
    await eventually(() => swallowed >= limits.uploadsPerKeyMax);
    library.advance(limits.uploadPaceMs - 1);
    expect(await upload('a').answer).to.equal('upload.too-many');
    const enough = (limits.uploadPaceMs / 1_000) * limits.uploadPaceBytesMin + 1_000;
    for (const { outgoing } of fast) {
      const wanted = taken + enough - 1_000;
      outgoing.write(Buffer.alloc(enough));
      await eventually(() => taken >= wanted);
    }
    library.advance(1);
    await several(1, 'a');
    expect(await slow!.answer).to.equal('upload.too-slow');
    for (const { outgoing, answer } of fast) {
      outgoing.end('\r\n--b--\r\n');
      expect(await answer).to.equal('file.wrong-hash');
    }
  });

  it('upload.too-many: a file that has come whole holds its place until its form ends, and does not wait for ever', async () => {
    const whole: Upload[] = [];
    for (let i = 0; i < limits.uploadsPerKeyMax; i++) {
      const [one] = await several(1, 'a', { content: 'content of book.txt' });
      const ended = library.nextTimer();
      one!.outgoing.write('\r\n--b\r\n'); // another part, which never comes
      await ended;
      whole.push(one!);
    }
    expect(await upload('a').answer).to.equal('upload.too-many');
    expect(library.archive.open).to.equal(limits.uploadsPerKeyMax);
    library.advance(limits.bodyTimeoutMs);
    for (const { answer } of whole) expect(await answer).to.equal('request.too-slow');
    expect(library.archive.open).to.equal(0);
    await several(limits.uploadsPerKeyMax, 'a');
  });

  it('upload.too-slow: nobody is, once all is here, however long the archive takes with it', async () => {
    const clock = new ManualClock();
    const watched = watchUpload(Readable.from([Buffer.of(1)]), clock);
    for await (const chunk of watched.bytes) expect(chunk).to.have.length(1);
    clock.move(2 * limits.uploadWindowMs);
    expect(watched.tooSlow()).to.equal(false);
    watched.end();
  });

  for (const part of ['file', 'torrent']) {
    it(`upload.too-slow: a ${part} that crawls gives its place back`, async () => {
      const arrived = part === 'file' ? undefined : timers(2);
      const { answer } = part === 'file' ? (await several(1, 'a'))[0]! : upload('a', { part });
      await arrived;
      if (part === 'file') await eventually(() => swallowed > 0); // what is not taken is not the sender's fault
      library.advance(limits.uploadWindowMs);
      expect(await answer).to.equal('upload.too-slow');
      await several(limits.uploadsPerKeyMax, 'a');
    });
  }

  it('upload.too-slow: not as long as enough comes in each window', async () => {
    const [slow] = await several(1, 'a');
    for (let i = 0; i < 3; i++) {
      const wanted = taken + limits.uploadWindowBytesMin;
      slow!.outgoing.write(Buffer.alloc(limits.uploadWindowBytesMin + 1_000)); // some of it may be a boundary yet
      await eventually(() => taken >= wanted);
      library.advance(limits.uploadWindowMs);
    }
    slow!.outgoing.end('\r\n--b--\r\n');
    expect(await slow!.answer).to.equal('file.wrong-hash');
  });

  /** Brings as many bytes as it takes. */
  async function pays(name: string): Promise<void> {
    const { publicKey } = walletOf(name);
    const { bytes, ...rest } = bookOf(`of ${name}`, publicKey.padEnd(limits.paidBytesMin, 'x'));
    const book = { ...rest, bytes, hash: toHex(piecesRoot(bytes)!) };
    expect((await postForm(library, uploadParts(library, walletOf(name), book))).status).to.equal(200);
  }

  /** The form's, then the watch's. */
  async function timers(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await library.nextTimer();
  }
});
