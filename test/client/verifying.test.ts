/** A client that believes no library: between it and a true one stands a liar, with one lie a test. */
import { strict as assert } from 'node:assert';
import { expect } from 'chai';
import { signTransaction } from '../../chain/transaction/signing.ts';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import {
  ClientError,
  type ClientErrorCode,
  createClient,
  createWallet,
  type VerifyingClient,
  type Wallet,
} from '../../client/index.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { decodeLightProof, encodeLightProof, type LightProof } from '../../light/light-proof.ts';
import { bookOf, chainOf, downloadFields, get, postForm, uploadParts } from '../rpc/calls.ts';
import { RICH, START, seedOf, startLibrary, type TinyLibrary, walletOf } from '../rpc/tiny-library.ts';

/** What the liar makes of a true answer. */
type Lie = (path: string, answer: Response) => Response | Promise<Response>;
/** Of the tiny federation, in milliseconds. */
const HEARTBEAT = 60_000;

const readerOf = (name: string): Wallet => createWallet(seedOf(name));

describe('a client that verifies', () => {
  let library: TinyLibrary;
  let client: VerifyingClient;
  let lie: Lie;
  let asked: string[];
  let saved: Bytes[];
  let passed: number;
  const [rich, richer, nobody] = [readerOf('rich'), readerOf('richer'), readerOf('nobody')];
  const book = bookOf('book.txt');

  beforeEach(async () => {
    library = await startLibrary();
    await postForm(library, uploadParts(library, walletOf('rich'), book));
    [lie, asked, saved, passed] = [(_, answer) => answer, [], [], 0];
    client = opened();
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  function opened(kept?: Bytes, chainId = chainOf(library)): VerifyingClient {
    return createClient({
      ...{ url: library.url, chainId, verify: true, patienceMs: 0 },
      now: () => START + passed,
      checkpoints: { load: () => kept, save: (checkpoint) => void saved.push(checkpoint) },
      fetch: async (input, init) => {
        const path = String(input).slice(library.url.length) + fieldsOf(init?.body);
        asked.push(path);
        return lie(path, await fetch(input, init));
      },
    });
  }

  /** Of a body, as they would stand in the address. */
  const fieldsOf = (body: unknown): string =>
    typeof body === 'string' ? `?${new URLSearchParams(JSON.parse(body))}` : '';

  /** Changes what the library answers to one call, where it is JSON. */
  const saying = (call: string, more: object): Lie => {
    return async (path, answer) =>
      path.startsWith(`/api/${call}`)
        ? Response.json({ ...((await answer.json()) as object), ...more })
        : answer;
  };
  const proofs = (change: (proof: Bytes) => Bytes): Lie => {
    return async (path, answer) => {
      if (!/^\/api\/(proof|inclusion)/.test(path) || !answer.ok) return answer;
      return new Response(change(new Uint8Array(await answer.arrayBuffer())).slice());
    };
  };
  const parts = (change: (proof: LightProof) => LightProof): Lie =>
    proofs((bytes) => {
      const proof = decodeLightProof(bytes);
      assert(proof.kind === 'accept');
      return encodeLightProof(change(proof.value));
    });
  /** With another value in the last entry that has one. */
  const value = (wrong: Bytes): Lie =>
    parts((proof) => {
      assert(proof.subject?.kind === 'state');
      const at = proof.subject.proofs.findLastIndex((one) => one.value !== undefined);
      const lied = proof.subject.proofs.map((one, index) => (index === at ? { ...one, value: wrong } : one));
      return { ...proof, subject: { kind: 'state', proofs: lied } };
    });

  async function refused(
    call: () => Promise<unknown>,
    why: RegExp,
    code: ClientErrorCode = 'client.unproved',
  ): Promise<void> {
    const before = saved.length;
    const thrown = await call().then(
      () => assert.fail('it was believed'),
      (error: unknown) => error,
    );
    assert(thrown instanceof ClientError, String(thrown));
    expect(thrown.code, thrown.message).to.equal(code);
    expect(thrown.message).to.match(why);
    // What is not checked is not kept.
    for (const kept of saved.slice(before)) expect(toHex(kept)).to.include(chainOf(library));
  }

  const transfer = () => client.transfer(rich, { to: richer.publicKey, amount: 5n });
  const ofHead = () => {
    const { height, time, hash } = library.ledger.head();
    return { height, time, block: toHex(hash) };
  };

  it('proves account, file, purchase, transfer and transaction, and says by which block', async () => {
    const account = await client.account(richer);
    expect(account).to.deep.include({ registered: true, tokens: RICH, downloaded: 0n, card: undefined });
    expect(account.proved).to.deep.equal(ofHead());
    const file = await client.file(book.hash);
    expect(file).to.deep.include({ filename: book.name, size: BigInt(book.size), nameSignedBy: 'library' });
    expect(file.proved).to.deep.equal(ofHead());
    const { bytes, proved } = await client.download(richer, book.hash);
    expect(bytes.length).to.be.greaterThan(0);
    expect(proved).to.deep.equal(ofHead());
    const again = await client.download(richer, book.hash);
    expect(again.proved).to.deep.equal(ofHead());
    const moved = await transfer();
    expect(moved.proved).to.deep.equal(ofHead());
    expect(moved.height).to.equal(ofHead().height);
    const signed = signTransaction<'transfer'>(
      library.ledger.chainId,
      {
        ...{ kind: 'transfer', to: richer.key, amount: 3n, key: rich.key },
        ...{ nonce: new Uint8Array(16), expires: START / 1_000 + 60 },
      },
      seedOf('rich'),
    );
    const first = await client.submit(encodeTransaction(signed));
    expect(first.proved).to.deep.equal(ofHead());
    await transfer();
    expect((await client.account(rich)).tokens).to.equal(RICH + BigInt(book.size) - 13n);
    expect((await client.account(nobody)).registered).to.equal(false);
  });

  it('begins each proof at the last one, and keeps what it has checked for the next program', async () => {
    await client.account(richer);
    expect(asked.filter((path) => path.includes('from='))).to.have.length(asked.length - 1);
    await transfer();
    const { height } = await client.account(richer).then(({ proved }) => proved);
    asked = [];
    await opened(saved.at(-1)).account(richer);
    expect(
      asked.every((path) => path.includes(`from=${height}`)),
      asked.join(),
    ).to.equal(true);
    // A transaction from before is proved from the genesis on.
    const early = library.ledger.blocks[0]!.transactions[0]!;
    const told = { id: toHex(early.id), height: 1, already: true, advice: null };
    lie = (path, answer) => (path.startsWith('/api/submit') ? Response.json(told) : answer);
    await opened(saved.at(-1)).submit(early.bytes);
    await refused(() => opened(new Uint8Array(5)).account(richer), /kept cannot be read/);
    await refused(() => opened(saved[0], '0'.repeat(64)).account(richer), /another chain/);
  });

  it('client.unproved: another balance', async () => {
    lie = value(encode([1_000_000_000, 0, 0, 0]));
    await refused(() => client.account(richer), /another root/);
    expect(saved).to.deep.equal([]);
  });

  it('client.unproved: the account of another key, or none where there is one', async () => {
    const others: Response[] = [];
    lie = (_, answer) => {
      others.push(answer.clone());
      return answer;
    };
    await client.account(rich);
    const stolen = new Uint8Array(await others[0]!.arrayBuffer());
    client = opened();
    lie = proofs(() => stolen);
    await refused(() => client.account(richer), /./);
  });

  it('client.unproved: an older state, to who knows a newer one and to who looks at the clock', async () => {
    const old = new Map<string, Uint8Array>();
    const kindOf = (path: string): string => /kind=(\w+)/.exec(path)?.[1] ?? 'purchase';
    lie = async (path, answer) => {
      old.set(kindOf(path), new Uint8Array(await answer.clone().arrayBuffer()));
      return answer;
    };
    await opened().account(rich);
    const first = old.get('account')!;
    lie = (_, answer) => answer;
    library.advance(3 * HEARTBEAT);
    passed = 3 * HEARTBEAT;
    await transfer();
    await client.account(rich);
    lie = async (path, answer) => (kindOf(path) === 'account' ? new Response(first.slice()) : answer);
    await refused(() => client.account(rich), /./);
    client = opened();
    await refused(() => client.account(rich), /older than two heartbeats/);
  });

  it('client.unproved: a head that stands still, and again none once a block has come', async () => {
    await client.account(richer);
    library.advance(2 * HEARTBEAT + 6_000);
    passed = 2 * HEARTBEAT + 6_000;
    await refused(() => client.account(richer), /older than two heartbeats/);
    await refused(() => client.file(book.hash), /older than two heartbeats/);
    await transfer();
    expect((await client.account(richer)).tokens).to.equal(RICH + 5n);
  });

  it('client.unproved: another size, name or height of a file, or another file', async () => {
    for (const more of [{ size: 1 }, { filename: 'x' }, { height: 9 }, { name_signed_by: 'reader' }]) {
      lie = saying('file', more);
      await refused(() => client.file(book.hash), /something else of this file/);
    }
    const other = bookOf('other.txt');
    await postForm(library, uploadParts(library, walletOf('rich'), other));
    lie = async (path, answer) =>
      path.includes('kind=file') ? fetch(`${library.url}${path.replace(book.hash, other.hash)}`) : answer;
    await refused(() => client.file(book.hash), /proof|root|path/);
  });

  it('client.unproved: a file that there is not', async () => {
    const hash = '7'.repeat(64);
    lie = async (path, answer) =>
      path.startsWith('/api/file') ? fetch(`${library.url}/api/file/${book.hash}`) : answer;
    await refused(() => client.file(hash), /not available/);
  });

  it('client.unproved: a purchase that is not there', async () => {
    const sold = await get(library, '/api/download', downloadFields(library, walletOf('richer'), book.hash));
    const torrent = new Uint8Array(await sold.arrayBuffer());
    const other = bookOf('other.txt');
    await postForm(library, uploadParts(library, walletOf('rich'), other));
    lie = (path, answer) =>
      path.startsWith('/api/download')
        ? new Response(torrent, { headers: { 'content-disposition': 'attachment; filename="a.torrent"' } })
        : answer;
    // Before it is sent, so that nothing is bought.
    const sends = createClient({
      ...{ url: library.url, chainId: chainOf(library), verify: true, now: () => START },
      fetch: async (input, init) => {
        const path = String(input).slice(library.url.length);
        return path.startsWith('/api/download') ? lie(path, new Response()) : fetch(input, init);
      },
    });
    await refused(() => sends.download(richer, other.hash), /has not bought/);
  });

  it('client.unproved: a transfer that is on no ledger, or another one', async () => {
    const early = toHex(library.ledger.blocks[0]!.transactions[0]!.id);
    lie = saying('transfer', { id: early, height: 1 });
    await refused(transfer, /another transaction/);
    lie = saying('transfer', { height: 1 });
    await refused(transfer, /no proof/);
    let inclusion = new Uint8Array();
    lie = async (path, answer) => {
      if (path.startsWith('/api/inclusion')) inclusion = new Uint8Array(await answer.clone().arrayBuffer());
      return answer;
    };
    await transfer();
    const shown = inclusion;
    lie = proofs(() => shown);
    await refused(transfer, /./);
  });

  it('client.unproved: a block of another chain', async () => {
    const other = await startLibrary({}, undefined, 2);
    lie = async (path, answer) => {
      if (!path.includes('kind=file')) return answer;
      return fetch(`${other.url}${path.replace(/&from=\d+/, '')}`);
    };
    await refused(() => client.file(book.hash), /another chain/);
    await other.stop();
  });

  it('client.unproved: a certificate that nobody has signed', async () => {
    lie = parts((proof) => {
      const { finalization } = proof;
      assert(finalization !== undefined);
      const signatures = finalization.signatures.map((one) => one.map((byte) => byte ^ 1));
      return { ...proof, finalization: { ...finalization, signatures } };
    });
    await refused(() => client.account(richer), /./);
    lie = parts((proof) => ({ ...proof, finalization: undefined }));
    await refused(() => client.account(richer), /not final/);
    lie = parts((proof) => ({
      ...proof,
      headers: [{ ...proof.headers[0]!, stateRoot: new Uint8Array(32) }],
    }));
    await refused(() => client.account(richer), /another block/);
    expect(saved).to.deep.equal([]);
  });

  it('client.unproved: a proof that is cut off, empty, too long, or only a part of the way', async () => {
    for (const change of [
      (proof: Bytes) => proof.subarray(0, proof.length - 1),
      (proof: Bytes) => proof.subarray(0, proof.length / 2),
      () => new Uint8Array(),
      (proof: Bytes) => Uint8Array.of(...proof, 0),
    ]) {
      lie = proofs(change);
      await refused(() => client.account(richer), /./);
    }
    expect(saved).to.deep.equal([]);
    // It leads on once, and then nowhere.
    lie = parts((proof) => ({ ...proof, subject: undefined }));
    await refused(() => client.account(richer), /./);
  });

  it('passes on what a library refuses', async () => {
    const order = { to: nobody.publicKey, amount: 5n };
    await refused(() => client.transfer(rich, order), /./, 'reader.unknown');
    await refused(() => client.file('7'.repeat(64)), /./, 'file.unknown');
  });
});
