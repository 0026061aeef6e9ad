import { expect } from 'chai';
import { toHex } from '../../core/bytes.ts';
import {
  bookOf,
  chainOf,
  downloadFields,
  get,
  historyFields,
  json,
  post,
  postForm,
  rpc,
  uploadFields,
  uploadParts,
} from './calls.ts';
import { RICH, START, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

describe('the reader’s API', () => {
  let library: TinyLibrary;
  const rich = walletOf('rich');
  const poor = walletOf('poor');
  const alice = bookOf('Alice’s Adventures 爱丽丝.txt');

  beforeEach(async () => {
    library = await startLibrary();
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
    expect(library.archive.open).to.equal(0);
  });

  it('registers a key, once, by GET, POST and JSON-RPC', async () => {
    const first = await get(library, '/api/register', { public_key: poor.publicKey });
    expect(first.status).to.equal(200);
    expect(await first.json()).to.deep.equal({ registered: true });
    const height = library.ledger.head().height;
    const again = await post(library, '/api/register', { public_key: poor.publicKey });
    expect(await again.json()).to.deep.equal({ registered: true });
    const third = await rpc(library, 'library_v1_register', { public_key: poor.publicKey });
    expect(third).to.deep.equal({ jsonrpc: '2.0', id: 1, result: { registered: true } });
    expect(library.ledger.head().height).to.equal(height);
  });

  it('takes a file, credits it, finds it, sells it once and serves the torrent again', async () => {
    await get(library, '/api/register', { public_key: poor.publicKey });
    const uploaded = await postForm(library, uploadParts(library, poor, alice));
    expect(uploaded.status).to.equal(200);
    expect(uploaded.headers.get('content-type')).to.equal('application/x-bittorrent');
    expect(await uploaded.text()).to.equal(`v1 torrent of ${alice.hash} for ${poor.publicKey}`);
    const account = await json(get(library, '/api/account', historyFields(library, poor)));
    expect(account).to.deep.equal({
      public_key: poor.publicKey,
      registered: true,
      tokens: alice.size,
      locked: 0,
      uploaded: alice.size,
      downloaded: 0,
      ratio: null,
    });

    const found = await json(get(library, '/api/search', { query: 'alice adv' }));
    const entry = { filename: alice.name, size: alice.size, hash: alice.hash, seeders: 1, leechers: 2 };
    expect(found).to.deep.equal([entry]);

    const fields = downloadFields(library, rich, alice.hash);
    for (const response of [
      await get(library, '/api/download', fields),
      await get(library, '/api/download', { ...fields, format: 'v1' }),
      await post(library, '/api/download', fields),
    ]) {
      expect(response.status).to.equal(200);
      expect(await response.text()).to.equal(`v1 torrent of ${alice.hash} for ${rich.publicKey}`);
      expect(response.headers.get('content-disposition')).to.match(
        /^attachment; filename="Alice.*\.torrent"; /,
      );
      expect(decodeURIComponent(response.headers.get('content-disposition')!)).to.include(
        `filename*=UTF-8''${alice.name}.torrent`,
      );
    }
    const bought = await json(post(library, '/api/account', historyFields(library, rich)));
    expect(bought.tokens).to.equal(Number(RICH) - alice.size);
    expect(bought.downloaded).to.equal(alice.size);
    expect(bought.ratio).to.equal(0);
    expect(JSON.stringify(bought)).not.to.include(alice.hash);
  });

  it('hands the uploader of a file its torrent without a price', async () => {
    await postForm(library, uploadParts(library, rich, alice));
    const seeding = await get(library, '/api/upload', uploadFields(library, rich, alice.hash));
    expect(await seeding.text()).to.equal(`v1 torrent of ${alice.hash} for ${rich.publicKey}`);
    const own = await get(library, '/api/download', downloadFields(library, rich, alice.hash));
    expect(own.status).to.equal(200);
    const account = await json(get(library, '/api/account', historyFields(library, rich)));
    expect(account.downloaded).to.equal(0);
  });

  it('serves all formats, in HTTP and in JSON-RPC', async () => {
    await postForm(library, [['format', 'hybrid'], ...uploadParts(library, rich, alice)]).then(
      async (response) => expect(await response.text()).to.match(/^hybrid torrent/),
    );
    for (const format of ['v1', 'v2', 'hybrid']) {
      const fields = { ...downloadFields(library, rich, alice.hash), format };
      expect(await (await get(library, '/api/download', fields)).text()).to.match(new RegExp(`^${format} `));
      const { result } = await rpc(library, 'library_v1_download', fields);
      expect(result.filename).to.equal(`${alice.name}.torrent`);
      expect(Buffer.from(String(result.torrent), 'base64').toString()).to.match(new RegExp(`^${format} `));
    }
  });

  it('takes a torrent that the reader seeds', async () => {
    const parts = uploadParts(library, rich, alice).slice(0, 3);
    const response = await postForm(library, [
      ...parts,
      ['torrent', new File(['torrent 77 own.txt'], 'x.torrent')],
    ]);
    expect(response.status).to.equal(200);
    const file = await json(get(library, `/api/file/${alice.hash}`));
    expect(file.filename).to.equal('own.txt');
    expect(file.size).to.equal(77);
  });

  it('announces a second uploader of a known file, who is credited nothing', async () => {
    await postForm(library, uploadParts(library, rich, alice));
    await get(library, '/api/register', { public_key: poor.publicKey });
    const response = await get(library, '/api/upload', uploadFields(library, poor, alice.hash));
    expect(response.status).to.equal(200);
    const account = await json(get(library, '/api/account', historyFields(library, poor)));
    expect(account.tokens).to.equal(0);
  });

  it('knows an available file from the ledger, when its metainfo is elsewhere', async () => {
    await postForm(library, uploadParts(library, rich, alice));
    library.archive.known = async () => undefined;
    await get(library, '/api/register', { public_key: poor.publicKey });
    const response = await get(library, '/api/upload', uploadFields(library, poor, alice.hash));
    expect(await response.text()).to.equal(`v1 torrent of ${alice.hash} for ${poor.publicKey}`);
  });

  it('takes the name from a field, or from the part, and composes it', async () => {
    const book = bookOf('decomposed e\u0301.txt');
    await postForm(library, uploadParts(library, rich, book));
    const file = await json(get(library, `/api/file/${book.hash}`));
    expect(file.filename).to.equal('decomposed é.txt');
    const other = bookOf('part.txt', 'other');
    await postForm(library, [['name', 'field.txt'], ...uploadParts(library, rich, other)]);
    expect((await json(get(library, `/api/file/${other.hash}`))).filename).to.equal('field.txt');
  });

  it('says what it knows of a file, whoever asks however', async () => {
    await postForm(library, uploadParts(library, rich, alice));
    const byPath = await json(get(library, `/api/file/${alice.hash}`));
    expect(byPath.info_hashes).to.have.length(4);
    delete byPath.info_hashes;
    expect(byPath).to.deep.equal({
      hash: alice.hash,
      filename: alice.name,
      size: alice.size,
      height: library.ledger.head().height,
      seeders: 1,
      leechers: 2,
    });
    const byQuery = await json(get(library, '/api/file', { hash: alice.hash }));
    const byBody = await json(post(library, '/api/file', { hash: alice.hash }));
    const byBoth = await json(post(library, `/api/file/${alice.hash}`, {}));
    const byRpc = (await rpc(library, 'library_v1_file', { hash: alice.hash })).result;
    expect(byQuery).to.deep.equal(byBody).and.to.deep.equal(byBoth).and.to.deep.equal(byRpc);
  });

  it('pages through a search by its Link header, by GET, POST and JSON-RPC', async () => {
    for (let i = 0; i < 5; i++) await postForm(library, uploadParts(library, rich, bookOf(`book ${i}.txt`)));
    const seen: string[] = [];
    let path: string | undefined = '/api/search?query=book&limit=2';
    while (path !== undefined) {
      const response: Response = await fetch(library.url + path);
      for (const { filename } of (await response.json()) as { filename: string }[]) seen.push(filename);
      path = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(seen.toSorted()).to.deep.equal([0, 1, 2, 3, 4].map((i) => `book ${i}.txt`));
    const posted = await post(library, '/api/search', { query: 'book', limit: 4 });
    expect(posted.headers.get('link')).to.include('query=book&limit=4&cursor=');
    const { result } = await rpc(library, 'library_v1_search', { query: 'book', limit: 4 });
    expect((result.items as { filename: string }[]).map(({ filename }) => filename)).to.deep.equal(
      seen.slice(0, 4),
    );
    const rest = await rpc(library, 'library_v1_search', { query: 'book', limit: 4, cursor: result.cursor });
    expect(rest.result).to.have.property('cursor', null);
    expect(rest.result.items).to.have.length(1);
  });

  it('tells an unregistered key that it has nothing', async () => {
    const account = await json(get(library, '/api/account', historyFields(library, poor)));
    expect(account).to.include({ registered: false, tokens: 0, ratio: null });
  });

  it('tells its status', async () => {
    const status = await json(get(library, '/api/status'));
    expect(status).to.deep.include({
      chain: { name: 'Tiny Federation', id: chainOf(library) },
      height: 0,
      time: START,
      peers: 3,
      ready: true,
    });
    expect(status.authorities).to.have.length(1);
    expect(status.hash).to.equal(toHex(library.ledger.head().hash));
    const { result } = await rpc(library, 'node_v1_status', undefined);
    expect(result).to.deep.equal(status);
  });

  it('honours an expiry in the signed text', async () => {
    await postForm(library, uploadParts(library, rich, alice));
    const expires = START / 1_000 + 600;
    const buyer = walletOf('richer');
    const signed_hash = buyer.signDownload(chainOf(library), alice.hash, expires);
    const fields = { hash: alice.hash, signed_hash, public_key: buyer.publicKey };
    const bought = await get(library, '/api/download', { ...fields, expires });
    expect(bought.status).to.equal(200);
    const withoutIt = await get(library, '/api/download', fields);
    expect(withoutIt.status).to.equal(401);
  });
});
