/** Uploads that are broken off and gone on with, over real connections, to real nodes that are killed meanwhile (tus 1.0.0). */
import { createReadStream, openAsBlob, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { Upload } from 'tus-js-client';
import { createClient } from '../../client/client.ts';
import type { Wallet } from '../../client/wallet.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { available, type Book, newReader, writeBook } from './fixtures/reader.ts';
import {
  create,
  created,
  metadataFor,
  offsetAt,
  patch,
  type TusAt,
  tusFetch,
  typeOf,
} from './fixtures/tus.ts';

const MiB = 2 ** 20;

describe('uploads that resume', () => {
  let federation: Federation;
  let at: TusAt;
  let reader: Wallet;
  let count = 0;

  before(async () => {
    federation = await Federation.start({ count: 1, parameters: { fileBytesMax: 64 * MiB } });
    const chainId = (await federation.at(1).status()).chain.id;
    at = { api: federation.home(1).api, chainId };
    reader = await newReader(federation.at(1));
  });
  after(async () => federation?.stop());

  const book = (length = 300_000): Promise<Book> =>
    writeBook(federation.folder, `parts ${++count}.bin`, length);
  const parts = () => readdirSync(join(federation.home(1).home, 'archive', 'parts'));

  it('come in parts, in two lives of a library that is killed without a word, and no byte comes twice', async () => {
    const mine = await book(3 * MiB);
    const url = await created(at, reader, mine);
    expect((await patch(url, 0, mine.bytes.subarray(0, MiB))).headers.get('upload-offset')).to.equal(
      String(MiB),
    );
    // Half of the next part, and then the machine falls.
    const half = broken(url, MiB, mine.bytes.subarray(MiB, 2 * MiB), MiB);
    await eventually('some of it to have come', async () => half.sent());
    await federation.process(1).kill();
    half.end();
    await federation.restart(1);
    const offset = await offsetAt(url);
    expect(offset).to.be.within(MiB, 2 * MiB - 1);
    const last = await patch(url, offset, mine.bytes.subarray(offset));
    expect([last.status, last.headers.get('upload-offset')]).to.deep.equal([204, String(3 * MiB)]);
    await available(federation.at(1), mine.hash);
    expect(await offsetAt(url), 'who has lost the last answer hears that it is done').to.equal(3 * MiB);
    expect(parts()).to.deep.equal([]);
  });

  it('are one for each key and file: begun again, the one that is there says how far it has come', async () => {
    const mine = await book();
    const url = await created(at, reader, mine);
    await patch(url, 0, mine.bytes.subarray(0, 100_000));
    const again = await create(at, reader, mine);
    expect(new URL(again.headers.get('location')!, `${at.api}/api/uploads`).href).to.equal(url);
    expect(again.headers.get('upload-offset')).to.equal('100000');
    const other = await newReader(federation.at(1));
    expect(await created(at, other, mine)).not.to.equal(url);
    const { filename: name, ...signed } = await metadataFor(at, reader, mine);
    const body = { ...signed, expires: Number(signed.expires), name, size: mine.bytes.length };
    const asked = await fetch(`${at.api}/api/upload-begin`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    });
    expect(await asked.json()).to.include({ url: new URL(url).pathname, offset: 100_000 });
  });

  it('file.wrong-hash: what is not what was signed is gone, and leaves nothing', async () => {
    const mine = await book();
    const url = await created(at, reader, mine);
    const wrong = mine.bytes.slice();
    wrong[7]! ^= 1;
    const answer = await patch(url, 0, wrong);
    expect([answer.status, await typeOf(answer)]).to.deep.equal([422, 'file.wrong-hash']);
    expect(await offsetAt(url)).to.equal(-410);
    expect(parts().includes(url.slice(-32))).to.equal(false);
  });

  it('upload.wrong-offset, upload.locked, request.too-long: two requests do not mix, and nobody brings more than was signed', async () => {
    const mine = await book();
    const url = await created(at, reader, mine);
    const wrong = await patch(url, 5, mine.bytes.subarray(5));
    expect([wrong.status, await typeOf(wrong)]).to.deep.equal([409, 'upload.wrong-offset']);
    const slow = broken(url, 0, mine.bytes.subarray(0, 200_000), 100_000);
    await eventually('some of it to have come', async () => slow.sent());
    const second = await patch(url, 0, mine.bytes);
    expect([second.status, await typeOf(second)]).to.deep.equal([423, 'upload.locked']);
    slow.end();
    await eventually('the first one to be over', async () => (await offsetAt(url)) === 100_000);
    const long = await patch(url, 100_000, new Uint8Array(mine.bytes.length));
    expect([long.status, await typeOf(long)]).to.deep.equal([413, 'request.too-long']);
    expect((await patch(url, 100_000, mine.bytes.subarray(100_000))).status).to.equal(204);
  });

  it('a request of which nothing comes any more gives way to one that goes on', async function () {
    this.timeout(40_000);
    const mine = await book();
    const url = await created(at, reader, mine);
    const dead = broken(url, 0, mine.bytes.subarray(0, 200_000), 100_000);
    await eventually('some of it to have come', async () => dead.sent());
    let answer = await patch(url, 100_000, mine.bytes.subarray(100_000));
    for (const end = Date.now() + 15_000; !answer.ok && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const offset = await offsetAt(url);
      answer = await patch(url, offset, mine.bytes.subarray(offset));
    }
    expect(answer.status).to.equal(204);
    dead.end();
  });

  it('are ended by whoever has their address, and by nobody else', async () => {
    const mine = await book();
    const url = await created(at, reader, mine);
    expect(await offsetAt(url.replace(/.{4}$/, '0000'))).to.equal(-410);
    expect((await tusFetch(url, 'DELETE')).status).to.equal(204);
    expect(await offsetAt(url)).to.equal(-410);
    const gone = await patch(url, 0, mine.bytes);
    expect([gone.status, await typeOf(gone)]).to.deep.equal([410, 'upload.gone']);
  });

  it('are refused before their first byte for what can be known by then', async () => {
    const mine = await book();
    const refused = async (other: object, code: string) =>
      expect(await typeOf(await create(at, reader, mine, other))).to.equal(code);
    await refused({ size: 65 * MiB }, 'file.wrong-size');
    await refused({ name: 'a/b' }, 'file.wrong-name');
    await refused({ expires: 1_000 }, 'request.expired');
    const stranger = await import('./fixtures/reader.ts').then(({ newWallet }) => newWallet());
    expect(await typeOf(await create(at, stranger, mine))).to.equal('reader.unknown');
    const bare = await tusFetch(`${at.api}/api/uploads`, 'POST', { 'upload-length': '5' });
    expect([bare.status, await typeOf(bare)]).to.deep.equal([400, 'request.missing-field']);
    const old = await fetch(`${at.api}/api/uploads`, { method: 'POST' });
    expect([old.status, old.headers.get('tus-version')]).to.deep.equal([412, '1.0.0']);
  });

  it('the SDK goes on by itself when the library is killed meanwhile, and in a new process of its own', async function () {
    this.timeout(60_000);
    const mine = await book(20 * MiB);
    const file = await openAsBlob(mine.path);
    const [told, killed] = [[] as number[], Promise.withResolvers<void>()];
    const first = federation.at(1).uploadFile(reader, file, mine.name, {
      onProgress(done) {
        told.push(done);
        if (done === 5 * MiB) killed.resolve();
      },
    });
    await killed.promise;
    await federation.process(1).kill();
    await federation.restart(1);
    const { torrent } = await first;
    expect(torrent?.bytes).to.have.length.above(100);
    expect(told.at(-1)).to.equal(mine.bytes.length);
    expect(
      told.filter((done) => done < 4 * MiB),
      'nothing of it came twice',
    ).to.have.length(4);

    const next = await book(10 * MiB);
    const controller = new AbortController();
    const options = {
      signal: controller.signal,
      onProgress: (done: number) => done > 4 * MiB && controller.abort(),
    };
    await federation
      .at(1)
      .uploadFile(reader, await openAsBlob(next.path), next.name, options)
      .catch(() => undefined);
    const sent: number[] = [];
    const other = createClient({ url: at.api, chainId: at.chainId });
    const onProgress = (done: number) => sent.push(done);
    await other.uploadFile(reader, await openAsBlob(next.path), next.name, { onProgress });
    expect(sent[0]).to.be.above(4 * MiB);
    await available(federation.at(1), next.hash);
  });

  it('tus-js-client brings a file in chunks, is cut off, and goes on from its address', async () => {
    const mine = await book(2 * MiB);
    const metadata = await metadataFor(at, reader, mine);
    const options = {
      endpoint: `${at.api}/api/uploads`,
      metadata,
      chunkSize: MiB / 2,
      uploadSize: mine.bytes.length,
    };
    const cut = Promise.withResolvers<string>();
    const first = new Upload(createReadStream(mine.path), {
      ...options,
      onChunkComplete: (_size, accepted) => {
        if (accepted >= MiB) void first.abort().then(() => cut.resolve(first.url!));
      },
    });
    first.start();
    const uploadUrl = await cut.promise;
    const done = Promise.withResolvers<void>();
    const sent: number[] = [];
    new Upload(createReadStream(mine.path), {
      ...{ ...options, uploadUrl, onSuccess: () => done.resolve(), onError: done.reject },
      onProgress: (bytes) => sent.push(bytes),
    }).start();
    await done.promise;
    expect(Math.min(...sent)).to.be.least(MiB);
    await available(federation.at(1), mine.hash);
  });

  it('tus-js-client brings the first bytes with the creation, and hears why bytes are refused', async () => {
    const [mine, other] = [await book(), await book()];
    const metadata = await metadataFor(at, reader, mine);
    const send = (path: string) =>
      new Promise<string>((resolve) => {
        new Upload(createReadStream(path), {
          endpoint: `${at.api}/api/uploads`,
          ...{ metadata, uploadSize: mine.bytes.length, chunkSize: MiB },
          ...{ uploadDataDuringCreation: true, retryDelays: null as unknown as number[] },
          onSuccess: () => resolve('done'),
          onError: (error) => resolve(String(error)),
        }).start();
      });
    expect(await send(other.path)).to.contain('file.wrong-hash');
    expect(await send(mine.path)).to.equal('done');
    await available(federation.at(1), mine.hash);
  });
});

/** Brings some of what it says it brings, and then nothing. */
function broken(url: string, offset: number, bytes: Uint8Array, said: number) {
  const sending = request(url, {
    method: 'PATCH',
    headers: {
      ...{ 'tus-resumable': '1.0.0', 'upload-offset': String(offset) },
      ...{ 'content-type': 'application/offset+octet-stream', 'content-length': String(bytes.length) },
    },
  });
  let flushed = false;
  sending.on('error', () => undefined);
  sending.write(bytes.subarray(0, Math.min(said, bytes.length) - (said === bytes.length ? 1_000 : 0)), () => {
    setTimeout(() => {
      flushed = true;
    }, 300);
  });
  return { sent: () => flushed, end: () => sending.destroy() };
}
