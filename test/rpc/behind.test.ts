/** A library that lacks blocks does not say "no" of what may stand in them, nor tells figures of yesterday. */
import { expect } from 'chai';
import { toHex } from '../../core/bytes.ts';
import {
  bookOf,
  chainOf,
  downloadFields,
  expectProblem,
  type Fields,
  fetchFields,
  get,
  historyFields,
  json,
  postForm,
  rpc,
  uploadParts,
} from './calls.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const [rich, richer, stranger] = [walletOf('rich'), walletOf('richer'), walletOf('stranger')];
const [book, other] = [bookOf('book.txt'), bookOf('other.txt')];

describe('a library that is behind', () => {
  let library: TinyLibrary;
  let ready: boolean;
  let lacks: boolean;

  before(async () => {
    [ready, lacks] = [true, false];
    library = await startLibrary({}, ({ node }) => ({
      node: { ...node, ready: () => ready, lacksBlocks: () => lacks },
    }));
    const response = await postForm(library, uploadParts(library, rich, book));
    expect(response.status, await response.text()).to.equal(200);
    expect((await get(library, '/api/download', downloadFields(library, richer, book.hash))).status).to.equal(
      200,
    );
  });
  beforeEach(() => {
    [ready, lacks] = [true, false];
  });
  after(() => library.stop());

  const proof = (wallet: typeof rich): Fields => {
    const signed_hash = wallet.signProof(chainOf(library), book.hash);
    return { hash: book.hash, public_key: wallet.publicKey, signed_hash };
  };

  type Ask = readonly [what: string, path: string, fields: () => Fields];
  const UNKNOWN: readonly Ask[] = [
    ['an account', 'account', () => ({ public_key: stranger.publicKey })],
    ['the figures of an account', 'account', () => historyFields(library, stranger)],
    ['a file', `file/${other.hash}`, () => ({})],
    ['words', 'search', () => ({ query: 'nowhere' })],
    ['a reader who fetches', 'fetch', () => fetchFields(library, stranger, book.hash)],
    ['a right', 'fetch', () => fetchFields(library, richer, other.hash)],
    [
      'a reader who asks how his upload stands',
      'upload-state',
      () => fetchFields(library, stranger, book.hash),
    ],
    ['an upload', 'upload-state', () => fetchFields(library, rich, other.hash)],
    ['a purchase that is to be proved', 'proof', () => proof(rich)],
    ['a block that is to be proved', 'inclusion', () => ({ transaction: '0'.repeat(64), height: 1_000 })],
  ];
  for (const [what, path, fields] of UNKNOWN) {
    it(`node.not-ready: does not know ${what}, and says nothing firm of it`, async () => {
      expect((await get(library, `/api/${path}`, fields())).status).to.not.equal(503);
      ready = false;
      await expectProblem(await get(library, `/api/${path}`, fields()), 'node.not-ready');
      if (path.includes('/')) return;
      const method = `library_v1_${path.replace('-', '_')}`;
      expect((await rpc(library, method, fields())).error?.data.code).to.equal('node.not-ready');
    });
  }

  const KNOWN: readonly Ask[] = [
    ['an account', 'account', () => ({ public_key: rich.publicKey })],
    ['a file', `file/${book.hash}`, () => ({})],
    ['words', 'search', () => ({ query: 'book' })],
    ['what a reader owns', 'fetch', () => fetchFields(library, richer, book.hash)],
    ['a purchase', 'proof', () => proof(richer)],
  ];
  for (const [what, path, fields] of KNOWN) {
    it(`serves what it knows: ${what}`, async () => {
      [ready, lacks] = [false, true];
      expect((await get(library, `/api/${path}`, fields())).status).to.equal(200);
    });
  }

  it('node.not-ready: tells no figures of yesterday, and does tell those of a full disk', async () => {
    ready = false;
    const said = await json(get(library, '/api/account', historyFields(library, rich)));
    expect(said.public_key).to.equal(toHex(rich.key));
    lacks = true;
    await expectProblem(await get(library, '/api/account', historyFields(library, rich)), 'node.not-ready');
  });
});
