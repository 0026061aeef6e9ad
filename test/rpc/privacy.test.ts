/** Nobody learns who reads what: the same question about any key, from whoever cannot sign for it, has one answer. */
import { expect } from 'chai';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import { hexToBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { RpcPorts } from '../../rpc/ports.ts';
import {
  bookOf,
  chainOf,
  downloadFields,
  expectProblem,
  type Fields,
  get,
  historyFields,
  post,
  postForm,
  rpc,
  uploadParts,
} from './calls.ts';
import { forgeries } from './forgeries.ts';
import type { SyncWallet } from './sync-wallet.ts';
import { START, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

/** What the library does for a request beyond reading it. */
const NONE = { verified: 0, checks: 0, submitted: 0, torrents: 0, views: 0, standings: 0 };
type Work = { -readonly [what in keyof typeof NONE]: number };

describe('nobody learns who reads what', () => {
  let library: TinyLibrary;
  let work: Work;
  const book = bookOf('book.txt');
  const { hash } = book;
  const [uploader, buyer, registered, nobody] = ['rich', 'richer', 'poor', 'nobody'].map(walletOf) as [
    SyncWallet,
    SyncWallet,
    SyncWallet,
    SyncWallet,
  ];
  const asked = [uploader, buyer, registered, nobody];
  /** Somebody else's, of the right form. */
  const forgery = walletOf('stranger').signDownload('0'.repeat(64), hash);

  beforeEach(async () => {
    library = await startLibrary({}, (ports) => counted(ports));
    await get(library, '/api/register', { public_key: registered.publicKey });
    await postForm(library, uploadParts(library, uploader, book));
    await get(library, '/api/download', downloadFields(library, buyer, hash));
    await get(library, '/api/register', { public_key: registered.publicKey });
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  function counted(ports: RpcPorts): Partial<RpcPorts> {
    const { ledger, signatures, torrents, archive } = ports;
    work = { ...NONE };
    return {
      ledger: {
        chainId: ledger.chainId,
        genesisName: ledger.genesisName,
        head: () => ledger.head(),
        view: () => {
          work.views += 1;
          return ledger.view();
        },
        submit: (checked) => {
          work.submitted += 1;
          return ledger.submit(checked);
        },
      },
      signatures: {
        verify: (checks) => {
          work.verified += 1;
          work.checks += checks.length;
          return signatures.verify(checks);
        },
      },
      torrents: {
        torrent: (file, key, format) => {
          work.torrents += 1;
          return torrents.torrent(file, key, format);
        },
      },
      archive: {
        receiveFile: (bytes, announced) => archive.receiveFile(bytes, announced),
        receiveTorrent: (bytes, announced) => archive.receiveTorrent(bytes, announced),
        signAgain: (claim) => archive.signAgain(claim),
        standing: (file, key) => {
          work.standings += 1;
          return archive.standing(file, key);
        },
      },
    };
  }

  /**
   * Status, headers and body, as bytes on the wire would differ, but for the id of the request and the key that was asked for (a
   * refusal shows the text that it should have signed); and the work that it was.
   */
  async function seen(ask: () => Promise<Response>): Promise<string> {
    Object.assign(work, NONE);
    const response = await ask();
    const headers = [...response.headers].filter(([name]) => name !== 'date');
    const told = JSON.stringify([response.status, headers, await response.text(), work]);
    const ofItself = [response.headers.get('x-request-id')!, ...asked.map(({ publicKey }) => publicKey)];
    return ofItself.reduce((text, each) => text.replaceAll(each, '…'), told);
  }

  async function expectSame(ask: (wallet: SyncWallet) => Promise<Response>, code: string): Promise<void> {
    const answers: string[] = [];
    for (const wallet of asked) answers.push(await seen(() => ask(wallet)));
    expect(new Set(answers).size, answers.join('\n')).to.equal(1);
    expect(answers[0]).to.include(code);
  }

  /** Of what the last request has cost, and of nothing else. */
  function expectOnly(done: Partial<Work>): void {
    expect(work).to.deep.equal({ ...NONE, ...done });
  }

  const timely = { expires: START / 1_000 + 600 };
  const signedCalls: readonly [call: string, method: string, more: Fields][] = [
    ['download', 'library_v1_download', {}],
    ['upload', 'library_v1_upload', {}],
    ['fetch', 'library_v1_fetch', timely],
    ['upload-state', 'library_v1_upload_state', timely],
    ['proof', 'ledger_v1_proof', {}],
  ];
  for (const [call, method, more] of signedCalls) {
    it(`${call}: a forger is told the same about a buyer, an uploader, others and nobody, for the same work`, async () => {
      const fields = (wallet: SyncWallet): Fields => {
        return { hash, public_key: wallet.publicKey, signed_hash: forgery, ...more };
      };
      await expectSame((wallet) => get(library, `/api/${call}`, fields(wallet)), 'signature.wrong');
      expectOnly({ verified: 1, checks: 1 });
      await expectSame((wallet) => post(library, `/api/${call}`, fields(wallet)), 'signature.wrong');
      const unheard = { hash: bookOf('unheard').hash };
      await expectSame(
        (wallet) => get(library, `/api/${call}`, { ...fields(wallet), ...unheard }),
        'signature.wrong',
      );
      const late = { expires: START / 1_000 - 1, ...(call === 'upload' && { size: 1, name: 'x' }) };
      await expectSame((wallet) => get(library, `/api/${call}`, { ...fields(wallet), ...late }), 'expired');
      expect(work.verified).to.equal(0);
      for (const wallet of asked) {
        const { error } = await rpc(library, method, fields(wallet));
        expect(error?.data.code).to.equal('signature.wrong');
      }
    });

    it(`${call}: what a key has signed for another call serves nobody who has seen it`, async () => {
      const other = (wallet: SyncWallet): string => {
        if (call === 'download') return wallet.signUpload(chainOf(library), hash);
        return wallet.signDownload(chainOf(library), hash);
      };
      await expectSame((wallet) => {
        const fields = { hash, public_key: wallet.publicKey, signed_hash: other(wallet), ...more };
        return get(library, `/api/${call}`, fields);
      }, 'signature.wrong');
    });
  }

  it('upload: a form is refused alike, before a byte of the file is taken', async () => {
    await expectSame((wallet) => {
      const [key, file, , bytes] = uploadParts(library, wallet, book);
      return postForm(library, [key!, file!, ['signed_hash', forgery], bytes!]);
    }, 'signature.wrong');
    expectOnly({ verified: 1, checks: 1 });
  });

  it('submit: no rule speaks before the signatures have been looked at, of whatever kind', async () => {
    const infoHashes = library.ledger.blocks.flatMap(({ transactions }) =>
      transactions.flatMap(({ transaction }) =>
        transaction.kind === 'upload' ? [transaction.infoHashes] : [],
      ),
    )[0]!;
    const all = forgeries({
      ...{ hash: hexToBytes(hash), infoHashes, stranger: walletOf('stranger').key },
      ...{ signature: hexToBytes(forgery), expires: START / 1_000 + 600 },
    });
    for (const { kind, make } of all) {
      await expectSame((wallet) => {
        const bytes = encodeTransaction(make(wallet.key));
        return post(library, '/api/submit', { transaction: Buffer.from(bytes).toString('base64') });
      }, 'signature.wrong');
      expectOnly({ verified: 1, checks: kind === 'upload' ? 2 : 1 });
    }
  });

  it('account: without its signature a key is registered or not, and its figures are nobody’s', async () => {
    for (const wallet of asked) {
      const response = await get(library, '/api/account', { public_key: wallet.publicKey });
      expect(await response.json()).to.deep.equal({
        public_key: wallet.publicKey,
        registered: wallet !== nobody,
      });
    }
    const expires = START / 1_000 + 600;
    await expectSame((wallet) => {
      const fields = { public_key: wallet.publicKey, expires, signed_hash: forgery };
      return get(library, '/api/account', fields);
    }, 'signature.wrong');
    expectOnly({ verified: 1, checks: 1 });
    const own = await get(library, '/api/account', historyFields(library, buyer));
    expect(await own.json()).to.include({ registered: true, downloaded: book.size });
    const stolen = { ...historyFields(library, buyer), public_key: uploader.publicKey };
    await expectProblem(await get(library, '/api/account', stolen), 'signature.wrong');
  });

  for (const call of ['history', 'events']) {
    it(`${call}: whoever cannot sign for a key is told the same of all, for the same work, before anything is read`, async () => {
      const expires = START / 1_000 + 600;
      const fields = (wallet: SyncWallet) => ({
        public_key: wallet.publicKey,
        expires,
        signed_hash: forgery,
      });
      await expectSame((wallet) => get(library, `/api/${call}`, fields(wallet)), 'signature.wrong');
      expectOnly({ verified: 1, checks: 1 });
      await expectSame((wallet) => post(library, `/api/${call}`, fields(wallet)), 'signature.wrong');
      const unsigned = await seen(() => get(library, `/api/${call}`, { public_key: buyer.publicKey }));
      expect(unsigned).to.include('request.missing-field');
      const stolen = { ...historyFields(library, buyer), public_key: uploader.publicKey };
      await expectProblem(await get(library, `/api/${call}`, stolen), 'signature.wrong');
      const other = await (await get(library, `/api/${call}`, historyFields(library, registered))).text();
      for (const { publicKey } of [uploader, buyer]) expect(other).not.to.include(publicKey);
      const own = await (await get(library, `/api/${call}`, historyFields(library, buyer))).text();
      expect(own).to.include('"purchased"').and.to.include(hash);
    });
  }

  it('history: the uploader is not told who has paid, nor by which transaction', async () => {
    const text = await (await get(library, '/api/history', historyFields(library, uploader))).text();
    expect(text).not.to.include(buyer.publicKey);
    const bought = library.ledger.blocks.flatMap(({ transactions }) =>
      transactions.filter(({ transaction }) => transaction.kind === 'download').map(({ id }) => toHex(id)),
    );
    expect(bought).to.have.length(1);
    expect(text).not.to.include(bought[0]!);
  });

  it('proof: of an account to a forger the same of whatever key, and with what was signed for something else nothing', async () => {
    const expires = START / 1_000 + 600;
    const asking = (wallet: SyncWallet, signed_hash: string): Fields => {
      return { kind: 'account', public_key: wallet.publicKey, expires, signed_hash };
    };
    await expectSame((wallet) => get(library, '/api/proof', asking(wallet, forgery)), 'signature.wrong');
    expectOnly({ verified: 1, checks: 1 });
    for (const sign of [
      (wallet: SyncWallet) => wallet.signHistory(chainOf(library), expires),
      (wallet: SyncWallet) => wallet.signProof(chainOf(library), hash, expires),
    ]) {
      for (const wallet of asked) {
        const fields = asking(wallet, await sign(wallet));
        await expectProblem(await get(library, '/api/proof', fields), 'signature.wrong');
      }
    }
    const far = START / 1_000 + limits.historyLifeMs / 1_000 + 1;
    const signed = await buyer.signProof(chainOf(library), buyer.publicKey, far);
    const late = { ...asking(buyer, signed), expires: far };
    await expectProblem(await get(library, '/api/proof', late), 'request.expires-too-far');
    await expectProblem(
      await get(library, '/api/proof', { kind: 'account', public_key: buyer.publicKey }),
      'request.missing-field',
    );
  });

  it('proof: what is everybody’s takes no signature, with which a page of another site would come in', async () => {
    for (const asked of [{ kind: 'file', hash }, { kind: 'parameters' }]) {
      expect((await get(library, '/api/proof', asked)).status).to.equal(200);
      for (const more of [{ signed_hash: forgery }, { public_key: buyer.publicKey }, timely]) {
        await expectProblem(await get(library, '/api/proof', { ...asked, ...more }), 'request.wrong-value');
      }
      const foreign = { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } };
      const query = new URLSearchParams(asked).toString();
      const answer = await fetch(`${library.url}/api/proof?${query}`, foreign);
      await expectProblem(answer, 'page.foreign');
    }
  });

  it('transfer: a forger is told the same about a rich key, a poor one and nobody, for the same work', async () => {
    const fields = (wallet: SyncWallet, to: SyncWallet): Fields => {
      const order = { to: to.publicKey, amount: 1, nonce: '0'.repeat(32), signed_hash: forgery };
      return { ...order, public_key: wallet.publicKey, ...timely };
    };
    for (const to of [buyer, nobody]) {
      await expectSame((wallet) => get(library, '/api/transfer', fields(wallet, to)), 'signature.wrong');
      expectOnly({ verified: 1, checks: 1 });
    }
  });

  it('account: a signature that was seen is worth nothing after its hour, and none has more', async () => {
    const expires = START / 1_000 + limits.historyLifeMs / 1_000;
    const fields = historyFields(library, buyer, expires);
    expect((await get(library, '/api/account', fields)).status).to.equal(200);
    const far = historyFields(library, buyer, expires + 1);
    await expectProblem(await get(library, '/api/account', far), 'request.expires-too-far');
    library.advance(limits.historyLifeMs + 1);
    await expectProblem(await get(library, '/api/account', fields), 'request.expired');
    for (const missing of ['expires', 'signed_hash']) {
      const { [missing]: _, ...rest } = fields;
      await expectProblem(await get(library, '/api/account', rest), 'request.missing-field');
    }
  });

  it('file, search, members, blocks, limits and all that is public: no answer names who bought or brought a file', async () => {
    const paths = ['search?query=', `file/${hash}`, 'members', 'proposals', 'evidence', 'status'];
    paths.push('head', 'authorities', 'parameters', 'limits', 'peers');
    for (let height = 1; height <= library.ledger.head().height; height++)
      paths.push(`block?height=${height}`);
    for (const path of paths) {
      const text = await (await fetch(`${library.url}/api/${path}`)).text();
      for (const wallet of asked) expect(text, path).not.to.include(wallet.publicKey);
    }
  });
});
