import { strict as assert } from 'node:assert';
import { expect } from 'chai';
import { type Client, ClientError, createClient } from '../../client/index.ts';
import { fromUtf8, toHex, utf8 } from '../../core/bytes.ts';
import { publish } from '../rpc/calls.ts';
import { RICH, START, startLibrary, type TinyLibrary, walletOf } from '../rpc/tiny-library.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown = await promise.then(
    () => assert.fail('it should have been refused'),
    (error: unknown) => error,
  );
  assert(thrown instanceof ClientError);
  return thrown.code;
}

/** @returns when the claims end that are given to this library with a torrent. */
function announcedTo({ archive }: TinyLibrary): { readonly kept: (number | undefined)[] } {
  const kept: (number | undefined)[] = [];
  const receive = archive.receiveTorrent.bind(archive);
  archive.receiveTorrent = (bytes, announced) => {
    kept.push(announced.claim.expires);
    return receive(bytes, announced);
  };
  return { kept };
}

describe('client', () => {
  let library: TinyLibrary;
  let client: Client;
  const rich = walletOf('rich');
  const reader = walletOf('reader');
  const expires = START / 1_000 + 60;
  const name = 'Ein “Buch” 爱.txt';
  const text = 'the book itself '.repeat(5_000);

  beforeEach(async () => {
    library = await startLibrary();
    client = createClient({ url: `${library.url}/`, now: () => START });
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  it('goes the whole way of a reader', async () => {
    await client.register(reader.publicKey);
    const seeding = await client.uploadFile(reader.wallet, new Blob([text]), name);
    expect(seeding.torrent?.filename).to.equal(`${name}.torrent`);
    const { files, cursor } = await client.search('buch');
    expect(cursor).to.equal(undefined);
    const [found] = files;
    assert(found !== undefined);
    expect(found).to.deep.include({ filename: name, size: BigInt(text.length) });
    expect(await client.account(reader.wallet, { expires })).to.deep.equal({
      publicKey: reader.publicKey,
      registered: true,
      tokens: BigInt(text.length),
      locked: 0n,
      pending: 0n,
      card: undefined,
      uploaded: BigInt(text.length),
      downloaded: 0n,
      ratio: undefined,
    });

    const bought = await client.download(rich.wallet, found.hash, {
      format: 'hybrid',
      expires: START / 1_000 + 60,
    });
    expect(fromUtf8(bought.bytes)).to.equal(`hybrid torrent of ${found.hash} for ${rich.publicKey}`);
    expect(bought.filename).to.equal(`${name}.torrent`);
    expect(await client.account(rich.wallet, { expires })).to.include({
      tokens: RICH - BigInt(text.length),
      ratio: 0,
    });
    const lost = await client.download(rich.wallet, found.hash);
    expect(fromUtf8(lost.bytes), 'whose first answer was lost').to.equal(
      `v1 torrent of ${found.hash} for ${rich.publicKey}`,
    );
    const again = await client.fetch(reader.wallet, found.hash);
    expect(fromUtf8(again.bytes)).to.equal(`v1 torrent of ${found.hash} for ${reader.publicKey}`);
    expect(await client.file(found.hash)).to.deep.equal({ ...found, height: 2, nameSignedBy: 'reader' });
  });

  it('gives a torrent instead of the bytes', async () => {
    const hash = '5'.repeat(64);
    const { torrent } = await client.uploadTorrent(rich.wallet, hash, utf8('torrent 77 own.bin'));
    expect(torrent?.filename).to.equal('own.bin.torrent');
    expect(await client.uploadState(rich.wallet, hash)).to.include({ state: 'fetching', code: undefined });
    const written = { size: 77n, name: 'signed.bin' };
    await client.uploadTorrent(rich.wallet, hash, utf8('torrent 77 signed.bin'), { written });
  });

  it('lets the library put an upload on the ledger for 14 days, unless the reader says otherwise', async () => {
    const submitted: (number | undefined)[] = [];
    const submit = library.archive.submit;
    library.archive.submit = (described, claim) => {
      submitted.push(claim.expires);
      return submit(described, claim);
    };
    const inDays = (days: number): number => START / 1_000 + days * 86_400;
    await client.uploadFile(rich.wallet, new Blob(['first']), 'first.txt');
    await client.uploadFile(rich.wallet, new Blob(['second']), 'second.txt', { expires: inDays(31) });
    expect(submitted).to.deep.equal([inDays(14), inDays(31)]);
    const { kept } = announcedTo(library);
    const written = { size: 77n, name: 'own.bin' };
    await client.uploadTorrent(rich.wallet, '5'.repeat(64), utf8('torrent 77 own.bin'), { written });
    await client.uploadTorrent(rich.wallet, '6'.repeat(64), utf8('torrent 77 own.bin'), {
      ...{ written, expires: inDays(1) },
    });
    expect(kept).to.deep.equal([inDays(14), inDays(1)]);
  });

  it('reads a size beyond what a number holds', async () => {
    const hash = '5'.repeat(64);
    await publish(library, rich, { hash, name: 'huge.bin', size: 77n });
    // No federation takes so large a file today: a later one may.
    const enlarged: typeof fetch = async (...asked) => {
      const facts = (await (await fetch(...asked)).json()) as object;
      return Response.json({ ...facts, size: '9007199254740993' });
    };
    const later = createClient({ url: library.url, fetch: enlarged });
    expect((await later.file(hash)).size).to.equal(9007199254740993n);
  });

  it('tells how an upload stands that is not final yet', async () => {
    library.archive.submit = async () => ({ state: 'waiting', code: 'pool.full' });
    const { torrent, facts } = await client.uploadFile(rich.wallet, new Blob(['x']), 'x.txt');
    expect(torrent).to.equal(undefined);
    expect(facts).to.deep.equal({ state: 'waiting', code: 'pool.full', until: 2_000_000_000 });
  });

  it('pages through a search', async () => {
    for (let i = 0; i < 3; i++) await client.uploadFile(rich.wallet, new Blob([`${i}`]), `book ${i}.txt`);
    const first = await client.search('book', { limit: 2 });
    expect(first.files).to.have.length(2);
    assert(first.cursor !== undefined);
    const second = await client.search('book', { limit: 2, cursor: first.cursor });
    expect(second.files).to.have.length(1);
    expect(second.cursor).to.equal(undefined);
    expect((await client.search('')).files).to.have.length(3);
  });

  it('tells the status of the library', async () => {
    const status = await client.status();
    expect(status.chain).to.deep.equal({ name: 'Tiny Federation', id: toHex(library.ledger.chainId) });
    expect(status).to.include({ height: 0, time: START, peers: 3, ready: true });
  });

  it('throws the code of the library', async () => {
    const hash = '0'.repeat(64);
    expect(await codeOf(client.download(rich.wallet, hash))).to.equal('file.unknown');
    expect(await codeOf(client.download(reader.wallet, hash))).to.equal('reader.unknown');
    expect(await codeOf(client.register('zz'))).to.equal('request.wrong-hex');
    expect(await codeOf(client.fetch(rich.wallet, hash))).to.equal('right.missing');
    expect(await codeOf(client.uploadState(rich.wallet, hash))).to.equal('upload.unknown');
    expect(await codeOf(client.uploadFile(rich.wallet, new Blob(['x']), '../x'))).to.equal('file.wrong-name');
    expect(await codeOf(client.uploadFile(rich.wallet, new Blob([]), 'x'))).to.equal('file.empty');
    const node = new Blob([new Uint8Array(64)]);
    expect(await codeOf(client.uploadFile(rich.wallet, node, 'x'))).to.equal('file.of-64-bytes');
  });

  it('signs for the pinned chain only', async () => {
    const pinned = createClient({ url: library.url, chainId: 'f'.repeat(64) });
    await client.uploadFile(rich.wallet, new Blob(['x']), 'x.txt');
    const [file] = (await client.search('x')).files;
    expect(await codeOf(pinned.download(walletOf('richer').wallet, file!.hash))).to.equal('signature.wrong');
  });

  it('says when nobody answers, and when somebody else does', async () => {
    const { url } = library;
    await library.server.stop();
    expect(await codeOf(createClient({ url }).status())).to.equal('client.unreachable');
    // Nor one that is gone in the middle of its answer: whoever asks again has it whole.
    const cut = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"chain":'));
        controller.error(new TypeError('terminated'));
      },
    });
    const send = async () => new Response(cut, { headers: { 'content-type': 'application/json' } });
    expect(await codeOf(createClient({ url, fetch: send }).status())).to.equal('client.unreachable');
    const answers: Response[] = [
      new Response('<html>', { status: 200 }),
      new Response('<html>', { status: 502 }),
      Response.json({ type: 'toString' }, { status: 400 }),
      Response.json({ chain: {} }),
      Response.json(null),
    ];
    for (const answer of answers) {
      const fooled = createClient({ url, fetch: async () => answer });
      expect(await codeOf(fooled.status())).to.equal('client.unreadable');
    }
    const account = {
      public_key: '',
      registered: true,
      tokens: '-5',
      locked: 0,
      uploaded: 0,
      downloaded: 0,
      ratio: 1,
    };
    const lying = createClient({ url, chainId: '0'.repeat(64), fetch: async () => Response.json(account) });
    expect(await codeOf(lying.account(rich.wallet))).to.equal('client.unreadable');
  });
});
