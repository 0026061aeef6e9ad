/** What the SDK believes of a library: nothing. */
import { strict as assert } from 'node:assert';
import { expect } from 'chai';
import { genesisToJson } from '../../chain/block/genesis.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { createClient } from '../../client/index.ts';
import { piecesRoot } from '../../client/pieces-root.ts';
import { verifyPurchase, verifyStep, verifyTransaction } from '../../client/verify.ts';
import { toHex } from '../../core/bytes.ts';
import { decodeLightProof, encodeLightProof } from '../../light/light-proof.ts';
import { START, startLibrary, type TinyLibrary, walletOf } from '../rpc/tiny-library.ts';

describe('verify what a library says', () => {
  let library: TinyLibrary;
  const rich = walletOf('rich');
  const buyer = walletOf('richer');
  const text = 'a book';
  const hash = toHex(piecesRoot(new TextEncoder().encode(text))!);
  const asked = { hash, key: buyer.publicKey };

  beforeEach(async () => {
    library = await startLibrary();
  });
  afterEach(() => library.stop());

  it('from the chain id, from the genesis, and on from a checkpoint', async () => {
    const client = createClient({ url: library.url, now: () => START });
    await client.uploadFile(rich.wallet, new Blob([text]), 'book.txt');
    const chainId = toHex(library.ledger.chainId);
    const before = verifyPurchase(await client.proof(buyer.wallet, hash), { trust: { chainId }, ...asked });
    assert(before.kind === 'not-bought');
    await client.download(buyer.wallet, hash);
    const proof = await client.proof(buyer.wallet, hash, { expires: START / 1_000 + 60 });
    const genesis = JSON.parse(JSON.stringify(genesisToJson(library.ledger.genesis)));
    const after = verifyPurchase(proof, { trust: { chainId }, ...asked });
    assert(after.kind === 'bought');
    expect(after.at).to.include({ height: 2, block: toHex(library.ledger.head().hash) });
    expect(verifyPurchase(proof, { trust: { genesis }, ...asked })).to.deep.equal(after);
    const { checkpoint, height } = before.at;
    const rest = await client.proof(buyer.wallet, hash, { from: height });
    expect(verifyPurchase(rest, { trust: { checkpoint }, ...asked })).to.deep.equal(after);
    expect(verifyStep(rest, { checkpoint })).to.deep.equal({ kind: 'step', at: after.at });
    const [transaction] = library.ledger.blocks[1]!.transactions;
    const id = toHex(transaction!.id);
    const included = verifyTransaction(await client.inclusion(id, 2, { from: height }), {
      trust: { checkpoint },
      id,
    });
    expect(included).to.deep.equal({ kind: 'included', at: after.at });
  });

  it('outdated: a proof by rules of tomorrow is no lie', async () => {
    const client = createClient({ url: library.url, now: () => START });
    await client.uploadFile(rich.wallet, new Blob([text]), 'book.txt');
    const proof = await client.proof(buyer.wallet, hash);
    const read = decodeLightProof(proof);
    assert(read.kind === 'accept');
    const [first, ...rest] = read.value.headers;
    const later = encodeLightProof({
      ...read.value,
      headers: [{ ...first!, version: RULES_VERSION + 1 }, ...rest],
    });
    const trust = { chainId: toHex(library.ledger.chainId) };
    const outdated = { kind: 'outdated', code: 'block.unknown-version' };
    expect(verifyPurchase(later, { trust, ...asked })).to.deep.equal(outdated);
    expect(verifyStep(later, trust)).to.deep.equal(outdated);
  });

  it('proof.stale: an old block, honest as it may be', async () => {
    const proof = await createClient({ url: library.url, now: () => START }).proof(buyer.wallet, hash);
    const trust = { chainId: toHex(library.ledger.chainId) };
    expect(verifyPurchase(proof, { trust, ...asked, since: START })).to.include({ kind: 'not-bought' });
    const late = verifyPurchase(proof, { trust, ...asked, since: START + 1 });
    expect(late).to.deep.equal({ kind: 'refused', code: 'proof.stale', detail: undefined });
  });

  it('refuses questions that are none, and answers that prove something else', async () => {
    const client = createClient({ url: library.url, now: () => START });
    const proof = await client.proof(buyer.wallet, hash);
    const trust = { chainId: toHex(library.ledger.chainId) };
    const code = (verdict: { kind: string; code?: string }): string => verdict.code ?? verdict.kind;
    expect(code(verifyPurchase(proof, { trust, hash: 'x', key: asked.key }))).to.equal('request.wrong-hex');
    expect(code(verifyPurchase(proof, { trust: { chainId: 'x' }, ...asked }))).to.equal('request.wrong-hex');
    expect(code(verifyPurchase(proof, { trust: { genesis: {} }, ...asked }))).to.equal('genesis.wrong');
    const checkpoint = proof.slice(0, 9);
    expect(code(verifyPurchase(proof, { trust: { checkpoint }, ...asked }))).to.equal('codec.malformed');
    expect(code(verifyPurchase(proof.slice(1), { trust, ...asked }))).to.match(/^codec\./);
    expect(code(verifyPurchase(proof, { trust: { chainId: '0'.repeat(64) }, ...asked }))).to.equal(
      'proof.wrong',
    );
    expect(code(verifyTransaction(proof, { trust, id: hash }))).to.equal('proof.wrong');
    expect(code(verifyTransaction(proof, { trust, id: 'x' }))).to.equal('request.wrong-hex');
    expect(code(verifyStep(proof.slice(1), trust))).to.match(/^codec\./);
  });
});
