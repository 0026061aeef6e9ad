/** Proofs over HTTP and JSON-RPC: who may ask, and in which form they come. */
import { expect } from 'chai';
import { verifyPurchase, verifyTransaction } from '../../client/verify.ts';
import { toHex } from '../../core/bytes.ts';
import {
  bookOf,
  chainOf,
  downloadFields,
  expectProblem,
  get,
  post,
  postForm,
  rpc,
  uploadParts,
} from './calls.ts';
import { START, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

describe('proofs over the API', () => {
  let library: TinyLibrary;
  const rich = walletOf('rich');
  const richer = walletOf('richer');
  const book = bookOf('book.txt');
  const { hash } = book;

  beforeEach(async () => {
    library = await startLibrary();
    await postForm(library, uploadParts(library, rich, book));
    await get(library, '/api/download', downloadFields(library, richer, hash));
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  const fieldsOf = (wallet = richer, expires?: number) => ({
    hash,
    public_key: wallet.publicKey,
    signed_hash: wallet.signProof(chainOf(library), hash, expires),
    ...(expires === undefined ? {} : { expires }),
  });

  it('give the same bytes by GET, POST and JSON-RPC', async () => {
    const response = await get(library, '/api/proof', fieldsOf());
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('application/vnd.ipld.dag-cbor');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const posted = new Uint8Array(await (await post(library, '/api/proof', fieldsOf())).arrayBuffer());
    expect(posted).to.deep.equal(bytes);
    const { result } = await rpc(library, 'ledger_v1_proof', fieldsOf());
    expect(Buffer.from(String(result.proof), 'base64')).to.deep.equal(Buffer.from(bytes));
    const question = { trust: { chainId: chainOf(library) }, hash, key: richer.publicKey };
    expect(verifyPurchase(bytes, question)).to.include({ kind: 'bought', purchasedAt: 2 });
    const other = await get(library, '/api/proof', fieldsOf(rich));
    const absent = verifyPurchase(new Uint8Array(await other.arrayBuffer()), {
      ...question,
      key: rich.publicKey,
    });
    expect(absent.kind).to.equal('not-bought');
  });

  it('begin at the height that is trusted', async () => {
    const whole = await (await get(library, '/api/proof', fieldsOf())).arrayBuffer();
    const rest = await (await get(library, '/api/proof', { ...fieldsOf(), from: 1 })).arrayBuffer();
    expect(rest.byteLength).to.be.lessThan(whole.byteLength);
    await expectProblem(
      await get(library, '/api/proof', { ...fieldsOf(), from: '-1' }),
      'request.wrong-value',
    );
  });

  it('signature.wrong: nobody else may ask what a key has bought', async () => {
    const stolen = { ...fieldsOf(rich), public_key: richer.publicKey };
    await expectProblem(await get(library, '/api/proof', stolen), 'signature.wrong');
    // Nor does the signature of a download, which a library has seen, serve for it.
    await expectProblem(
      await get(library, '/api/proof', downloadFields(library, richer, hash)),
      'signature.wrong',
    );
  });

  it('reader.unknown, request.expired: as for any signed request', async () => {
    await expectProblem(await get(library, '/api/proof', fieldsOf(walletOf('stranger'))), 'reader.unknown');
    const past = START / 1_000 - 1;
    await expectProblem(await get(library, '/api/proof', fieldsOf(richer, past)), 'request.expired');
    const soon = START / 1_000 + 60;
    expect((await get(library, '/api/proof', fieldsOf(richer, soon))).status).to.equal(200);
  });

  it('proof.unavailable: a transaction that is not in the block', async () => {
    const fields = { transaction: hash, height: 2 };
    await expectProblem(await get(library, '/api/inclusion', fields), 'proof.unavailable');
    const { error } = await rpc(library, 'ledger_v1_inclusion', { ...fields, height: 99 });
    expect(error?.data.code).to.equal('proof.unavailable');
  });

  it('tell those who know a transaction that it is final', async () => {
    const { id } = library.ledger.blocks[1]!.transactions[0]!;
    const fields = { transaction: toHex(id), height: 2 };
    const response = await get(library, '/api/inclusion', fields);
    expect(response.headers.get('content-type')).to.equal('application/vnd.ipld.dag-cbor');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const question = { trust: { chainId: chainOf(library) }, id: toHex(id) };
    expect(verifyTransaction(bytes, question)).to.have.nested.property('at.height', 2);
    const { result } = await rpc(library, 'ledger_v1_inclusion', fields);
    expect(Buffer.from(String(result.proof), 'base64')).to.deep.equal(Buffer.from(bytes));
  });
});
