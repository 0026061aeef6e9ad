import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { piecesRoot } from '../../client/pieces-root.ts';
import { toHex } from '../../core/bytes.ts';
import { CODES, type Code } from '../../core/codes.ts';
import { syncWallet } from '../rpc/sync-wallet.ts';
import { readLedger } from './fixtures/ledger-on-disk.ts';
import { residentBytes } from './fixtures/memory.ts';
import { newReader, upload, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const MIB = 1024 * 1024;
const ROUNDS = 3;
/** 10 MB come nine times in each round: what keeps them grows by more. */
const GROWTH_MAX = 200 * MIB;
/** Order 8, and a y that is not below 2^255−19 (RFC 8032, section 5.1.3). */
const SMALL_ORDER = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';
const NOT_CANONICAL = `f0${'ff'.repeat(30)}7f`;
const NAMES = {
  'a path upwards': '../../../etc/passwd',
  'a path on Windows': '..\\..\\autoexec.bat',
  'an absolute path': '/etc/passwd',
  'a step upwards': '..',
  'a control character': 'a\u0007b.txt',
  'a line break': 'a\nb.txt',
  'a zero byte': 'a\u0000.txt',
  'a right-to-left override': 'gpj.\u202etxt',
  'a right-to-left mark': 'a\u200f.txt',
  'a right-to-left isolate': 'a\u2067.txt',
  'too many bytes': `${'é'.repeat(128)}.txt`,
  'nothing in it': '',
};

type Fields = Record<string, unknown>;
type Ask = () => Promise<Response>;
const newKey = () => syncWallet(new Uint8Array(randomBytes(32)));
type Row = readonly [code: Code, what: string, ask: Ask];

describe('bad input at every call of a running library', () => {
  const [poor, stranger] = [newKey(), newKey()];
  const bytes = new Uint8Array(randomBytes(1_000));
  const own = toHex(piecesRoot(bytes)!);
  let library: SingleLibrary;
  let chain: string;
  let book: string;
  let height: number;

  before(async () => {
    library = await SingleLibrary.start('--cards', 'off');
    const { client } = library;
    const author = await newReader(client);
    const written = await writeBook(library.folder, 'book.txt', 5_000);
    await upload(client, author, written);
    await client.register(poor.publicKey);
    book = written.hash;
    chain = (await client.status()).chain.id;
    height = (await client.status()).height;
  });
  after(async () => await library?.stop());

  const get = (path: string, fields: Fields = {}) =>
    fetch(`${library.home.api}${path}?${new URLSearchParams(fields as Record<string, string>)}`);
  const post = (path: string, body: unknown, type = 'application/json') =>
    fetch(library.home.api + path, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
  const send = (fields: Fields, part = 'file', content: Uint8Array<ArrayBuffer> = bytes) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, String(value));
    form.append(part, new Blob([content]), 'x');
    return fetch(`${library.home.api}/api/upload`, { method: 'POST', body: form });
  };

  const buys = (wallet = poor, hash = book): Fields => ({
    hash,
    public_key: wallet.publicKey,
    signed_hash: wallet.signDownload(chain, hash),
  });
  const gives = (wallet = poor, hash = own): Fields => ({
    hash,
    public_key: wallet.publicKey,
    signed_hash: wallet.signUpload(chain, hash),
  });
  const without = (fields: Fields, name: string): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name));

  const good = (): Record<string, Fields> => ({
    register: { public_key: poor.publicKey },
    account: { public_key: poor.publicKey },
    search: { query: 'book' },
    download: buys(),
    upload: gives(),
  });
  const large = 'x'.repeat(10 * MIB);
  const many = Array.from({ length: 10_000 }, (_, i) => i);
  const some = many.slice(0, 1_000);

  /** By query, and by body. */
  function both(code: Code, what: string, call: string, fields: () => Fields): Row[] {
    return [
      [code, `${what} (${call}, query)`, () => get(`/api/${call}`, fields())],
      [code, `${what} (${call}, body)`, () => post(`/api/${call}`, fields())],
    ];
  }

  function rows(): Row[] {
    const all: Row[] = [];
    for (const [call, fields] of Object.entries(good())) {
      for (const name of Object.keys(fields)) {
        all.push(...both('request.missing-field', `without ${name}`, call, () => without(fields, name)));
        if (name === 'query') continue;
        const text = String(fields[name]);
        for (const wrong of [
          text.toUpperCase().replace(/\d/g, 'A'),
          text.slice(1),
          `${text}00`,
          `${text.slice(2)}0x`,
          '',
        ]) {
          all.push(
            ...both('request.wrong-hex', `${name} that is no hex of its length`, call, () => ({
              ...fields,
              [name]: wrong,
            })),
          );
        }
        for (const [code, list] of [
          ['request.wrong-value', some],
          ['request.too-long', many],
        ] as const) {
          all.push([
            code,
            `${name} is a list of ${list.length} (${call})`,
            () => post(`/api/${call}`, { ...fields, [name]: list }),
          ]);
        }
      }
      all.push(
        ['request.wrong-value', `a list of 1,000 (${call})`, () => post(`/api/${call}`, some)],
        ['request.too-long', `a list of 10,000 (${call})`, () => post(`/api/${call}`, many)],
        [
          'request.too-long',
          `a body of 10 MB (${call})`,
          () => post(`/api/${call}`, { ...fields, more: large }),
        ],
        ['request.malformed', `no JSON (${call})`, () => post(`/api/${call}`, '{"public_key":')],
        ['request.malformed', `100,000 brackets (${call})`, () => post(`/api/${call}`, '['.repeat(100_000))],
        [
          'request.wrong-content-type',
          `a label that is none (${call})`,
          () => post(`/api/${call}`, fields, 'text/plain'),
        ],
      );
    }
    all.push(
      ...both('request.too-long', 'a long query', 'search', () => ({ query: 'é'.repeat(200) })),
      ['request.too-long', 'a long URL', () => get('/api/search', { query: 'x'.repeat(9_000) })],
      ...both('request.wrong-value', 'a number not in plain digits', 'search', () => ({
        query: 'x',
        limit: '010',
      })),
      ...both('request.wrong-value', 'an expiry beyond all numbers', 'download', () => ({
        ...buys(),
        expires: '9'.repeat(30),
      })),
      ...both('request.expired', 'an expiry that is over', 'download', () => ({ ...buys(), expires: 1_000 })),
      ...both('key.unacceptable', 'a key of small order', 'register', () => ({ public_key: SMALL_ORDER })),
      ...both('key.unacceptable', 'a key that is not canonical', 'register', () => ({
        public_key: NOT_CANONICAL,
      })),
      ...both('signature.wrong', 'a signature for another action', 'download', () => ({
        ...buys(),
        signed_hash: poor.signUpload(chain, book),
      })),
      ...both('signature.wrong', 'a signature for another chain', 'download', () => ({
        ...buys(),
        signed_hash: poor.signDownload('0'.repeat(64), book),
      })),
      ...both('signature.wrong', 'a signature of somebody else', 'download', () => ({
        ...buys(),
        signed_hash: stranger.signDownload(chain, book),
      })),
      ...both('reader.unknown', 'a key that nobody knows', 'download', () => buys(stranger)),
      ...both('file.unknown', 'a file that nobody knows', 'download', () => buys(poor, '0'.repeat(64))),
      ...both('torrent.unknown', 'an upload of what nobody has', 'upload', () => gives()),
      ...both('download.not-enough-tokens', 'a purchase without tokens', 'download', () => buys()),
      ['file.unknown', 'a file that nobody knows', () => get(`/api/file/${'0'.repeat(64)}`)],
      ['request.wrong-hex', 'a path instead of a hash', () => get('/api/file/..%2f..%2f..%2fetc%2fpasswd')],
      ['request.not-found', 'a page that is none', () => get('/api/../../etc/passwd')],
      ['request.wrong-value', 'a file where none may stand', () => send(gives(), 'other')],
      ['request.missing-field', 'a form without a hash', () => send(without(gives(), 'hash'))],
      [
        'signature.wrong',
        'a form with a wrong signature',
        () => send({ ...gives(), signed_hash: poor.signDownload(chain, own) }),
      ],
      ['reader.unknown', 'a form of a key that nobody knows', () => send(gives(stranger))],
      ['file.wrong-hash', 'other bytes than were signed', () => send(gives(), 'file', new Uint8Array(2_000))],
      [
        'file.wrong-hash',
        '10 MB of other bytes than were signed',
        () => send(gives(), 'file', new Uint8Array(10 * MIB)),
      ],
      ['torrent.malformed', 'a torrent that is none', () => send(gives(), 'torrent', new Uint8Array(2_000))],
      ['request.too-long', 'a torrent of 10 MB', () => send(gives(), 'torrent', new Uint8Array(10 * MIB))],
      ['request.too-long', 'a field of 10 MB', () => send({ ...gives(), name: large })],
    );
    for (const [what, name] of Object.entries(NAMES)) {
      all.push(['file.wrong-name', `a file name with ${what}`, () => send({ ...gives(), name })]);
    }
    return all;
  }

  for (const code of [
    'request.missing-field, request.wrong-hex, request.wrong-value, request.too-long, request.malformed',
    'request.wrong-content-type, request.not-found, request.expired, key.unacceptable, signature.wrong',
    'reader.unknown, file.unknown, torrent.unknown, download.not-enough-tokens',
    'file.wrong-name, file.wrong-hash, torrent.malformed',
  ]) {
    it(`${code}: each is told in a problem document`, async () => {
      const codes = code.split(', ');
      const chosen = rows().filter(([wanted]) => codes.includes(wanted));
      expect(new Set(chosen.map(([wanted]) => wanted))).to.deep.equal(new Set(codes));
      for (const [wanted, what, ask] of chosen) await expectProblem(await ask(), wanted, what);
    });
  }

  it('request.too-long: 10,000 calls in one JSON-RPC batch', async () => {
    const call = { jsonrpc: '2.0', id: 1, method: 'node_v1_status' };
    const response = await post(
      '/rpc',
      many.map(() => call),
    );
    expect(await response.text()).to.include('"request.too-long"');
  });

  it('keeps nothing of it: memory, archive and ledger are as they were', async () => {
    const ask = async (): Promise<void> => {
      for (const [, , row] of rows()) await (await row()).arrayBuffer();
    };
    await ask();
    const before = await residentBytes(library.process.pid);
    for (let round = 0; round < ROUNDS; round++) await ask();
    expect((await residentBytes(library.process.pid)) - before).to.be.below(GROWTH_MAX);
    expect((await library.client.account(poor.wallet)).tokens).to.equal(0n);
    expect((await library.client.search('')).files).to.have.length(1);
    await newReader(library.client);
    const after = (await library.client.status()).height;
    await library.process.stop();
    const { blocks, accounts } = await readLedger(library.home.home);
    expect(new Set(blocks.slice(height, after).map(({ stateRoot }) => stateRoot)).size).to.equal(1);
    expect(accounts.has(stranger.publicKey)).to.equal(false);
    const archive = join(library.home.home, 'archive');
    expect(readdirSync(archive).sort()).to.deep.equal([book, 'incoming', 'parts'].sort());
    for (const name of ['incoming', 'parts']) {
      expect(readdirSync(join(archive, name)), name).to.deep.equal([]);
    }
  });
});

async function expectProblem(response: Response, code: Code, what: string): Promise<void> {
  const text = await response.text();
  const document = JSON.parse(text);
  expect(document.type, `${what}: ${text}`).to.equal(code);
  expect(response.headers.get('content-type')).to.equal('application/problem+json');
  expect(document).to.deep.include({ status: CODES[code].status, title: CODES[code].title });
  expect(response.status).to.equal(CODES[code].status);
  expect(text).not.to.match(/node_modules|\.ts\b|\bat \w+ \(|passwd/);
}
