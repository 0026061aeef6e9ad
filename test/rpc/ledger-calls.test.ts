/** What the ledger tells of its blocks: everybody may see that they are final, and nobody what readers did in them. */
import { expect } from 'chai';
import { decodeHeader, headerHash } from '../../chain/block/block.ts';
import { isPrivate, KINDS } from '../../chain/kinds.ts';
import { signTransaction } from '../../chain/transaction/signing.ts';
import { encodeTransaction, transactionId } from '../../chain/transaction/transaction.ts';
import { decodeMessage } from '../../consensus/messages.ts';
import { fromBase64, toBase64 } from '../../core/base64.ts';
import { hexToBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import {
  bookOf,
  downloadFields,
  expectProblem,
  type Fields,
  get,
  post,
  postForm,
  uploadParts,
} from './calls.ts';
import { START, seedOf, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

/** Nobody but these is shown whole. One more on this list is a decision. */
const SHOWN = ['propose', 'approve'];
type Shown = Record<string, unknown> & {
  readonly header: string;
  readonly certificate: string;
  readonly hash: string;
  readonly transactions: readonly { id: string; kind: string; body?: string }[];
};
const [uploader, buyer] = [walletOf('rich'), walletOf('richer')];

describe('what the ledger tells of its blocks', () => {
  let library: TinyLibrary;
  const { hash } = bookOf('book.txt');

  beforeEach(async () => {
    library = await startLibrary({}, undefined, 2);
    await postForm(library, uploadParts(library, uploader, bookOf('book.txt')));
    await get(library, '/api/download', downloadFields(library, buyer, hash));
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  const asked = async (call: string, fields: Fields = {}): Promise<Shown> => {
    const response = await get(library, `/api/${call}`, fields);
    expect(response.status, call).to.equal(200);
    return (await response.json()) as Shown;
  };

  it('head, block: are the bytes that were hashed and signed', async () => {
    const head = await asked('head');
    const { height } = library.ledger.head();
    expect(head).to.deep.include({ height, hash: toHex(library.ledger.head().hash) });
    for (const which of [{ height }, { hash: head.hash }]) {
      const block = await asked('block', which);
      expect(block).to.deep.include(head);
      const header = decodeHeader(fromBase64(block.header)!);
      expect(header.kind === 'accept' && toHex(headerHash(header.value))).to.equal(block.hash);
      const certificate = decodeMessage(fromBase64(block.certificate)!);
      expect(certificate.kind === 'accept' && certificate.value.kind).to.equal('finalization');
    }
  });

  it('block, transaction: show the body of nothing that concerns a reader', async () => {
    expect(KINDS.filter((kind) => !isPrivate(kind))).to.deep.equal(SHOWN);
    const proposal = signTransaction<'propose'>(
      library.ledger.chainId,
      {
        kind: 'propose',
        action: { kind: 'take-down', hash: hexToBytes(hash) },
        proposer: library.ports.sponsor.key,
        nonce: new Uint8Array(16),
        expires: START / 1_000 + 600,
      },
      seedOf('node'),
    );
    const body = toBase64(encodeTransaction(proposal));
    const posted = await post(library, '/api/submit', { transaction: body });
    expect(posted.status, await posted.text()).to.equal(200);
    const kinds = new Set<string>();
    for (const { block, transactions } of library.ledger.blocks) {
      const { height } = block.header;
      const shown = await asked('block', { height });
      expect(JSON.stringify(shown)).not.to.include(uploader.publicKey).and.not.to.include(hash);
      for (const [index, one] of shown.transactions.entries()) {
        kinds.add(one.kind);
        expect(one.id).to.equal(toHex(transactions[index]!.id));
        expect(one.body !== undefined, one.kind).to.equal(SHOWN.includes(one.kind));
        const found = await asked('transaction', { id: one.id });
        expect(found).to.deep.include({ ...one, height, index, block: shown.hash, time: shown.time });
        expect(await asked('transaction', { id: one.id, height })).to.deep.equal(found);
      }
    }
    expect([...kinds]).to.include.members(['upload', 'attest', 'download', 'propose']);
    const last = await asked('transaction', { id: toHex(transactionId(encodeTransaction(proposal))) });
    expect(last.body).to.equal(body);
  });

  it('block.unknown, transaction.unknown: of what is not there, not any more, or elsewhere', async () => {
    const { height } = library.ledger.head();
    const [first] = library.ledger.blocks;
    const id = toHex(first!.transactions[0]!.id);
    await expectProblem(await get(library, '/api/block', { height: height + 1 }), 'block.unknown');
    await expectProblem(await get(library, '/api/block', { hash: '0'.repeat(64) }), 'block.unknown');
    await expectProblem(
      await get(library, '/api/transaction', { id: '0'.repeat(64) }),
      'transaction.unknown',
    );
    await expectProblem(
      await get(library, '/api/transaction', { id, height: height + 1 }),
      'transaction.unknown',
    );
    await expectProblem(await get(library, '/api/transaction', { id, height: 2 }), 'transaction.unknown');
    library.ledger.prunedBelow = 2;
    await expectProblem(await get(library, '/api/block', { height: 1 }), 'block.unknown');
    await expectProblem(await get(library, '/api/transaction', { id }), 'transaction.unknown');
    await expectProblem(await get(library, '/api/block', {}), 'request.missing-field');
    await expectProblem(await get(library, '/api/block', { height: 1, hash: id }), 'request.wrong-value');
  });

  it('authorities, parameters: what is agreed', async () => {
    const { epoch, height, rules } = library.ledger.head();
    const key = toHex(library.ports.sponsor.key);
    expect(await asked('authorities')).to.deep.equal({
      ...{ epoch, height, needed: 1 },
      authorities: [{ key, name: 'Tiny Library' }],
    });
    const { parameters } = library.ledger.genesis;
    expect(await asked('parameters')).to.deep.equal({ height, rules, parameters, upgrade: null });
  });

  it('limits: the bounds that hold here, and what calls cost', async () => {
    const told = await asked('limits');
    expect(told.limits).to.include({
      body_bytes_max: limits.bodyBytesMax,
      rpc_batch_max: limits.rpcBatchMax,
      events_page_max: limits.eventsPageMax,
    });
    expect(told.costs).to.include({ search: 5, status: 1 });
  });
});
