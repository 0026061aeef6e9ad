import { expect } from 'chai';
import { toHex } from '../../core/bytes.ts';
import {
  bookOf,
  chainOf,
  downloadFields,
  expectProblem,
  fetchFields,
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
      pending: 0,
      card: null,
      uploaded: alice.size,
      downloaded: 0,
      ratio: null,
    });

    const found = await json(get(library, '/api/search', { query: 'alice adv' }));
    const entry = { filename: alice.name, size: alice.size, hash: alice.hash, seeders: 1, leechers: 2 };
    expect(found).to.deep.equal([entry]);

    const fields = fetchFields(library, rich, alice.hash);
    for (const response of [
      await get(library, '/api/download', downloadFields(library, rich, alice.hash)),
      await get(library, '/api/fetch', { ...fields, format: 'v1' }),
      await post(library, '/api/fetch', fields),
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
    const seeding = await get(library, '/api/fetch', fetchFields(library, rich, alice.hash));
    expect(await seeding.text()).to.equal(`v1 torrent of ${alice.hash} for ${rich.publicKey}`);
    const account = await json(get(library, '/api/account', historyFields(library, rich)));
    expect(account.downloaded).to.equal(0);
  });

  it('serves all formats, in HTTP and in JSON-RPC', async () => {
    await postForm(library, [['format', 'hybrid'], ...uploadParts(library, rich, alice)]).then(
      async (response) => expect(await response.text()).to.match(/^hybrid torrent/),
    );
    for (const format of ['v1', 'v2', 'hybrid']) {
      const fields = { ...fetchFields(library, rich, alice.hash), format };
      expect(await (await get(library, '/api/fetch', fields)).text()).to.match(new RegExp(`^${format} `));
      const { result } = await rpc(library, 'library_v1_fetch', fields);
      expect(result.filename).to.equal(`${alice.name}.torrent`);
      expect(Buffer.from(String(result.torrent), 'base64').toString()).to.match(new RegExp(`^${format} `));
    }
  });

  it('takes a torrent that the reader seeds, and gives it to the key that brings it, until the upload is final', async () => {
    const parts = uploadParts(library, rich, alice).slice(0, 3);
    const { height } = library.ledger.head();
    const response = await postForm(library, [
      ...parts,
      ['torrent', new File(['torrent 77 own.txt'], 'x.torrent')],
    ]);
    expect(response.status).to.equal(200);
    expect(library.ledger.head().height, 'nothing is on the ledger').to.equal(height);
    await expectProblem(await get(library, `/api/file/${alice.hash}`), 'file.unknown');
    const again = await get(library, '/api/upload', uploadFields(library, rich, alice.hash));
    expect(await again.text()).to.equal(`v1 torrent of ${alice.hash} for ${rich.publicKey}`);
    const state = await get(library, '/api/upload-state', fetchFields(library, rich, alice.hash));
    expect(await state.json()).to.deep.equal({ state: 'fetching', until: 2_000_000_000 });
    await get(library, '/api/register', { public_key: poor.publicKey });
    const other = await get(library, '/api/upload', uploadFields(library, poor, alice.hash));
    await expectProblem(other, 'torrent.unknown');
  });

  it('says 202 and how it stands for an upload that is not final yet, and the same when it is asked', async () => {
    library.archive.submit = async () => ({ state: 'waiting', code: 'node.finality-timeout' });
    const response = await postForm(library, uploadParts(library, rich, alice));
    const told = { state: 'waiting', until: 2_000_000_000, code: 'node.finality-timeout' };
    expect(response.status).to.equal(202);
    expect(await response.json()).to.deep.equal(told);
    const { result } = await rpc(library, 'library_v1_upload_state', fetchFields(library, rich, alice.hash));
    expect(result).to.deep.equal(told);
    const again = await get(library, '/api/upload', uploadFields(library, rich, alice.hash));
    expect(again.status).to.equal(202);
    expect(await again.json()).to.deep.equal(told);
  });

  it('says whose word the name is, and keeps the reader to what the reader has signed', async () => {
    await postForm(library, uploadParts(library, rich, alice));
    const file = await json(get(library, `/api/file/${alice.hash}`));
    expect(file.name_signed_by).to.equal('library');
    const own = bookOf('signed.txt', 'signed');
    const written = { size: BigInt(own.size), name: own.name, expires: START / 1_000 + 14 * 86_400 };
    const signed_hash = rich.signUpload(chainOf(library), own.hash, written);
    const fields = { hash: own.hash, public_key: rich.publicKey, signed_hash, ...written };
    const parts = Object.entries(fields).map(([name, value]) => [name, String(value)] as const);
    expect((await postForm(library, [...parts, ['file', own.file]])).status).to.equal(200);
    const signed = await json(get(library, `/api/file/${own.hash}`));
    expect(signed).to.include({ name_signed_by: 'reader', filename: own.name });
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
    expect(byPath).to.deep.equal({
      hash: alice.hash,
      filename: alice.name,
      size: alice.size,
      name_signed_by: 'library',
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
