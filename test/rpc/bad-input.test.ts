import { expect } from 'chai';
import { rpcNumberOf } from '../../api/problem.ts';
import type { Code } from '../../core/codes.ts';
import { accept } from '../../core/verdict.ts';
import {
  type Book,
  bookOf,
  chainOf,
  downloadFields,
  expectProblem,
  type Fields,
  get,
  json,
  post,
  postForm,
  publish,
  rpc,
  uploadFields,
  uploadParts,
} from './calls.ts';
import { RICH, START, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const rich = walletOf('rich');
const stranger = walletOf('stranger');
const poor = walletOf('poor');
const held = bookOf('held.txt');
const pending = bookOf('pending.txt');
const costly = bookOf('costly.txt');
const unheard = bookOf('unheard of.txt');
/** What is wrong with a request is asked here, and not how often one may ask. */
const ENDLESS = { pay: () => accept(), charge() {} };
/** Order 8, and a y that is not below 2^255−19 (RFC 8032, section 5.1.3). */
const SMALL_ORDER = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';
const NOT_CANONICAL = `f0${'ff'.repeat(30)}7f`;

describe('the reader’s API with bad input', () => {
  let library: TinyLibrary;
  let untouched: { root: string; kept: number };

  before(async () => {
    library = await startLibrary({ budget: ENDLESS }, undefined, 2);
    await get(library, '/api/register', { public_key: poor.publicKey });
    await postForm(library, uploadParts(library, rich, held));
    await publish(library, rich, { hash: costly.hash, name: costly.name, size: RICH * 5n });
    library.archive.othersAttest = false;
    await postForm(library, uploadParts(library, rich, pending));
    library.archive.othersAttest = true;
  });
  after(() => library.stop());

  beforeEach(() => {
    untouched = { root: library.ledger.root(), kept: library.archive.kept.size };
  });
  afterEach(() => {
    expect(library.ledger.root()).to.equal(untouched.root);
    expect(library.archive.kept.size).to.equal(untouched.kept);
    expect(library.archive.open).to.equal(0);
    expect(library.failures).to.deep.equal([]);
  });

  /** By query, by body and by JSON-RPC alike. */
  async function refused(call: string, method: string, fields: Fields, code: string): Promise<void> {
    await expectProblem(await get(library, `/api/${call}`, fields), code);
    await expectProblem(await post(library, `/api/${call}`, fields), code);
    const { error, result } = await rpc(library, method, fields);
    expect(result).to.equal(undefined);
    expect(error?.data.code).to.equal(code);
    expect(error?.code).to.equal(rpcNumberOf(code as Code));
  }

  const calls = {
    register: { method: 'library_v1_register', good: () => ({ public_key: stranger.publicKey }) },
    account: { method: 'library_v1_account', good: () => ({ public_key: stranger.publicKey }) },
    search: { method: 'library_v1_search', good: () => ({ query: 'x' }) },
    file: { method: 'library_v1_file', good: () => ({ hash: held.hash }) },
    download: { method: 'library_v1_download', good: () => downloadFields(library, poor, held.hash) },
    upload: { method: 'library_v1_upload', good: () => uploadFields(library, poor, held.hash) },
  } as const;
  const hexFields = { public_key: 64, hash: 64, signed_hash: 128 };

  for (const [call, { method, good }] of Object.entries(calls)) {
    it(`request.missing-field: ${call} without each of its fields`, async () => {
      for (const name of Object.keys(good())) {
        const { [name]: _, ...rest } = good() as Fields;
        await refused(call, method, rest, 'request.missing-field');
      }
    });

    it(`request.wrong-hex: ${call} with hex that is upper case, short, long, empty or none`, async () => {
      for (const [name, length] of Object.entries(hexFields)) {
        if (!(name in good())) continue;
        for (const value of [
          '',
          'A'.repeat(length),
          '0'.repeat(length - 1),
          '0'.repeat(length + 2),
          'g'.repeat(length),
        ]) {
          await refused(call, method, { ...good(), [name]: value }, 'request.wrong-hex');
        }
        await expectProblem(
          await post(library, `/api/${call}`, { ...good(), [name]: '0'.repeat(100_000) }),
          'request.wrong-hex',
        );
      }
    });

    it(`request.wrong-value: ${call} with values of a wrong type, unknown fields or a parameter twice`, async () => {
      for (const name of Object.keys(good())) {
        for (const value of [
          1,
          null,
          true,
          {},
          [],
          [good()],
          Array.from({ length: 8_000 }, () => 0),
          { __proto__: null },
        ]) {
          await expectProblem(
            await post(library, `/api/${call}`, { ...good(), [name]: value }),
            'request.wrong-value',
          );
        }
        const query = new URLSearchParams(good() as Record<string, string>);
        query.append(name, String((good() as Fields)[name]));
        await expectProblem(await fetch(`${library.url}/api/${call}?${query}`), 'request.wrong-value');
      }
      for (const extra of ['more', 'constructor', '__proto__', 'prototype', 'toString']) {
        const body = JSON.stringify(good()).replace(/\}$/, `,"${extra}":{"polluted":1}}`);
        await expectProblem(await post(library, `/api/${call}`, body), 'request.wrong-value');
      }
      expect(({} as Fields).polluted).to.equal(undefined);
      for (const body of ['null', '1', '"x"', '[]', 'true', '[[[]]]']) {
        const response = await post(library, `/api/${call}`, body);
        expect(response.status).to.equal(400);
        await expectProblem(response, 'request.wrong-value');
      }
    });

    it(`request.malformed: ${call} with a body that is no JSON, no UTF-8 or too deep`, async () => {
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      for (const body of ['', '{', '{"a":1}}', 'NaN', '\u0000', deep, `{"a":${deep}}`]) {
        await expectProblem(await post(library, `/api/${call}`, body), 'request.malformed');
      }
      const response = await fetch(`${library.url}/api/${call}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Uint8Array.of(0x22, 0xff, 0x22),
      });
      await expectProblem(response, 'request.malformed');
    });
  }

  it('request.wrong-value: a field twice in a JSON body, at any depth, also when its names are written differently', async () => {
    const key = `"public_key":"${poor.publicKey}"`;
    const call = `"jsonrpc":"2.0","id":1,"method":"library_v1_account","params"`;
    for (const [path, body] of [
      ['/api/account', `{${key},${key}}`],
      ['/api/account', `{"public_key":"x",${key}}`],
      ['/api/account', `{"public\\u005fkey":"x",${key}}`],
      ['/api/account', `{"__proto__":1,"__proto__":2,${key}}`],
      ['/rpc', `{${call}:{${key},${key}}}`],
      ['/rpc', `[{${call}:{${key}}},{"id":2,${call}:{${key}}}]`],
    ] as const) {
      const answer = await (await post(library, path, body)).text();
      expect(answer, body).to.include('"A field stands twice in the body."');
    }
    const colons = await post(library, '/api/search', '{"query":"a: \\"b\\\\\\":c:\\\\","limit" : 3}');
    expect(colons.status).to.equal(200);
  });

  it('request.missing-field: parameters whose names only look alike', async () => {
    await expectProblem(
      await get(library, '/api/account', { Public_Key: poor.publicKey }),
      'request.missing-field',
    );
    await expectProblem(
      await get(library, '/api/account', { 'public_key[]': poor.publicKey }),
      'request.missing-field',
    );
  });

  it('request.wrong-value: numbers out of bounds and formats that do not exist', async () => {
    for (const limit of ['0', '101', '-1', '1.5', '1e1', '0x10', '', ' 1', '01', '99999999999999999999']) {
      await refused('search', 'library_v1_search', { query: 'x', limit }, 'request.wrong-value');
    }
    for (const limit of [0, 101, -1, 1.5]) {
      await expectProblem(await post(library, '/api/search', { query: 'x', limit }), 'request.wrong-value');
    }
    for (const cursor of ['', 'x', 'A'.repeat(63)]) {
      await refused('search', 'library_v1_search', { query: 'x', cursor }, 'request.wrong-value');
    }
    await refused(
      'download',
      'library_v1_download',
      { ...calls.download.good(), format: 'v3' },
      'request.wrong-value',
    );
    for (const expires of ['0', '-1', '1.5', '1e3', 'soon', '', '9007199254740993']) {
      await refused(
        'download',
        'library_v1_download',
        { ...calls.download.good(), expires },
        'request.wrong-value',
      );
    }
    await expectProblem(await post(library, '/api/search', '{"query":"\\ud800"}'), 'request.wrong-value');
    await expectProblem(
      await post(library, `/api/file/${held.hash}`, { hash: held.hash }),
      'request.wrong-value',
    );
  });

  it('request.wrong-value: an object that has no value, where the price depends on the field', async () => {
    const limit = { valueOf: 1, toString: 1 };
    for (const [path, method, fields] of [
      ['/api/search', 'library_v1_search', { query: 'x' }],
      ['/api/events', 'ledger_v1_events', {}],
    ] as const) {
      await expectProblem(await post(library, path, { ...fields, limit }), 'request.wrong-value');
      const { error } = await rpc(library, method, { ...fields, limit });
      expect(error?.data.code).to.equal('request.wrong-value');
    }
  });

  it('request.too-long: a query, a cursor, a URL, a body', async () => {
    await refused('search', 'library_v1_search', { query: 'é'.repeat(129) }, 'request.too-long');
    await refused('search', 'library_v1_search', { query: 'x', cursor: 'A'.repeat(129) }, 'request.too-long');
    await expectProblem(
      await get(library, '/api/search', { query: 'x', more: 'y'.repeat(8_200) }),
      'request.too-long',
    );
    await expectProblem(
      await post(library, '/api/search', { query: 'x'.repeat(300_000) }),
      'request.too-long',
    );
  });

  it('request.wrong-hex: a path for a file that is none', async () => {
    for (const path of ['x', '%00', '..%2f..%2fetc%2fpasswd', held.hash.toUpperCase(), `${held.hash}0`]) {
      await expectProblem(await fetch(`${library.url}/api/file/${path}`), 'request.wrong-hex');
    }
  });

  it('request.malformed: a path that cannot be decoded', async () => {
    await expectProblem(await fetch(`${library.url}/api/file/%E0%A4%A`), 'request.malformed');
  });

  it('request.not-found: paths that are none', async () => {
    for (const path of [
      '/',
      '/api',
      '/api/',
      '/api/nothing',
      '/API/status',
      '/api/status/',
      '/api/toString',
      '/rpc/x',
    ]) {
      await expectProblem(await fetch(library.url + path), 'request.not-found');
    }
  });

  it('request.method-not-allowed: methods that a call does not know', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(`${library.url}/api/search?query=x`, { method });
      expect(response.headers.get('allow')).to.equal('GET, HEAD, POST');
      await expectProblem(response, 'request.method-not-allowed');
    }
    await expectProblem(await fetch(`${library.url}/rpc`), 'request.method-not-allowed');
    await expectProblem(
      await fetch(`${library.url}/health`, { method: 'POST' }),
      'request.method-not-allowed',
    );
    const head = await fetch(`${library.url}/api/register?public_key=${stranger.publicKey}`, {
      method: 'HEAD',
    });
    expect(head.status).to.equal(405);
    expect((await fetch(`${library.url}/api/search?query=x`, { method: 'HEAD' })).status).to.equal(200);
  });

  it('request.wrong-content-type: a body that is not JSON by its label', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'multipart/form-data',
      '',
    ]) {
      const response = await fetch(`${library.url}/api/search`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"query":"x"}',
      });
      await expectProblem(response, 'request.wrong-content-type');
    }
    const packed = await fetch(`${library.url}/api/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: '{"query":"x"}',
    });
    await expectProblem(packed, 'request.wrong-content-type');
    for (const type of [
      'multipart/form-data',
      'multipart/mixed; boundary=x',
      'multipart/form-data; boundary=',
    ]) {
      const response = await fetch(`${library.url}/api/upload`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: 'x',
      });
      await expectProblem(response, 'request.wrong-content-type');
    }
  });

  it('signature.wrong: of another key, action, file, chain or expiry, and for what is owned already', async () => {
    const chain = chainOf(library);
    const { hash } = held;
    const buyer = walletOf('richer');
    const wrong = [
      rich.signDownload(chain, hash),
      buyer.signUpload(chain, hash),
      buyer.signDownload(chain, costly.hash),
      buyer.signDownload('0'.repeat(64), hash),
      buyer.signDownload(chain, hash, START),
      buyer.signFetch(chain, hash, START),
      '0'.repeat(128),
      'f'.repeat(128),
    ];
    for (const signed_hash of wrong) {
      await refused(
        'download',
        'library_v1_download',
        { hash, public_key: buyer.publicKey, signed_hash },
        'signature.wrong',
      );
    }
    const own = { hash, public_key: rich.publicKey, signed_hash: poor.signDownload(chain, hash) };
    await refused('download', 'library_v1_download', own, 'signature.wrong');
    const again = { hash, public_key: rich.publicKey, signed_hash: poor.signUpload(chain, hash) };
    await refused('upload', 'library_v1_upload', again, 'signature.wrong');
    const second = { hash, public_key: poor.publicKey, signed_hash: rich.signUpload(chain, hash) };
    await refused('upload', 'library_v1_upload', second, 'signature.wrong');
    const expires = START / 1_000 + 600;
    for (const [call, method] of [
      ['fetch', 'library_v1_fetch'],
      ['upload-state', 'library_v1_upload_state'],
    ] as const) {
      for (const signed_hash of [
        rich.signDownload(chain, hash, expires),
        poor.signFetch(chain, hash, expires),
      ]) {
        const fields = { hash, public_key: rich.publicKey, expires, signed_hash };
        await refused(call, method, fields, 'signature.wrong');
      }
    }
  });

  it('request.sign-fetch: what is owned opens to no signature that stands on the ledger', async () => {
    const chain = chainOf(library);
    const { hash } = held;
    const owned = { hash, public_key: rich.publicKey };
    const bought = { ...owned, signed_hash: rich.signDownload(chain, hash) };
    await refused('download', 'library_v1_download', bought, 'request.sign-fetch');
    const brought = { ...owned, signed_hash: rich.signUpload(chain, hash) };
    await refused('upload', 'library_v1_upload', brought, 'request.sign-fetch');
    const underWay = { hash: pending.hash, public_key: rich.publicKey };
    const signed = { ...underWay, signed_hash: rich.signUpload(chain, pending.hash) };
    await refused('upload', 'library_v1_upload', signed, 'request.sign-fetch');
    const { detail } = await json(get(library, '/api/upload', brought));
    const [, expires] = /expires=(\d+)/.exec(String(detail)) ?? [];
    expect(detail).to.include(`digitallib:1:${chain}:fetch:${hash}:${rich.publicKey}:${expires}`);
    const fetched = { ...owned, expires, signed_hash: rich.signFetch(chain, hash, Number(expires)) };
    expect((await get(library, '/api/fetch', fetched)).status).to.equal(200);
  });

  it('right.missing: fetch gives a key what it owns or brings, and nothing else', async () => {
    const expires = START / 1_000 + 600;
    for (const { hash } of [held, costly, pending, unheard]) {
      const signed_hash = poor.signFetch(chainOf(library), hash, expires);
      const fields = { hash, public_key: poor.publicKey, expires, signed_hash };
      await refused('fetch', 'library_v1_fetch', fields, 'right.missing');
    }
  });

  it('request.expires-too-far: a signature that opens something is good for a day, one for an upload for 31', async () => {
    const expires = START / 1_000 + 86_401;
    const signed_hash = rich.signFetch(chainOf(library), held.hash, expires);
    const fields = { hash: held.hash, public_key: rich.publicKey, expires, signed_hash };
    await refused('fetch', 'library_v1_fetch', fields, 'request.expires-too-far');
    const written = { size: 5n, name: 'x', expires: START / 1_000 + 31 * 86_400 + 1 };
    const upload = {
      ...fields,
      ...written,
      size: 5,
      signed_hash: rich.signUpload(chainOf(library), held.hash, written),
    };
    await refused('upload', 'library_v1_upload', upload, 'request.expires-too-far');
  });

  it('request.missing-field: an upload that expires says what was signed of the file', async () => {
    const expires = START / 1_000 + 600;
    const written = { size: 5n, name: 'x', expires };
    const signed_hash = rich.signUpload(chainOf(library), unheard.hash, written);
    const fields = { hash: unheard.hash, public_key: rich.publicKey, expires, signed_hash };
    await refused('upload', 'library_v1_upload', fields, 'request.missing-field');
    const whole = { ...fields, size: 5, name: 'x' };
    await refused('upload', 'library_v1_upload', whole, 'torrent.unknown');
    await refused('upload', 'library_v1_upload', { ...whole, name: 'y' }, 'signature.wrong');
    await refused('upload', 'library_v1_upload', { ...whole, size: 6 }, 'signature.wrong');
  });

  it('upload.unknown: of an upload that this key has not brought here nothing is known', async () => {
    const expires = START / 1_000 + 600;
    for (const { hash } of [held, pending, unheard]) {
      const signed_hash = poor.signFetch(chainOf(library), hash, expires);
      const fields = { hash, public_key: poor.publicKey, expires, signed_hash };
      await refused('upload-state', 'library_v1_upload_state', fields, 'upload.unknown');
    }
  });

  it('signature.wrong: whether a key has bought a file or cannot pay for it, a stranger learns neither', async () => {
    for (const hash of [held.hash, costly.hash, pending.hash, unheard.hash]) {
      const signed_hash = rich.signDownload(chainOf(library), hash);
      const fields = { hash, public_key: poor.publicKey, signed_hash };
      await refused('download', 'library_v1_download', fields, 'signature.wrong');
    }
  });

  it('signature.wrong: whether anybody is uploading a file, a stranger does not learn', async () => {
    for (const { hash } of [held, costly, pending, unheard]) {
      for (const { publicKey } of [rich, poor]) {
        const signed_hash = walletOf('richer').signUpload(chainOf(library), hash);
        await refused(
          'upload',
          'library_v1_upload',
          { hash, public_key: publicKey, signed_hash },
          'signature.wrong',
        );
      }
    }
  });

  it('reader.unknown: a key that is not registered', async () => {
    await refused(
      'download',
      'library_v1_download',
      downloadFields(library, stranger, held.hash),
      'reader.unknown',
    );
    await refused(
      'upload',
      'library_v1_upload',
      uploadFields(library, stranger, held.hash),
      'reader.unknown',
    );
  });

  it('key.unacceptable: a key of small order, or not in canonical form', async () => {
    for (const public_key of [SMALL_ORDER, NOT_CANONICAL, '0'.repeat(64)]) {
      await refused('register', 'library_v1_register', { public_key }, 'key.unacceptable');
      await refused(
        'download',
        'library_v1_download',
        { ...calls.download.good(), public_key },
        'key.unacceptable',
      );
    }
  });

  it('file.unknown: a file that nobody has announced', async () => {
    await refused(
      'download',
      'library_v1_download',
      downloadFields(library, poor, unheard.hash),
      'file.unknown',
    );
    await refused('file', 'library_v1_file', { hash: unheard.hash }, 'file.unknown');
  });

  it('file.not-available: a file that is announced and nothing more', async () => {
    await refused(
      'download',
      'library_v1_download',
      downloadFields(library, poor, pending.hash),
      'file.not-available',
    );
    await refused('file', 'library_v1_file', { hash: pending.hash }, 'file.not-available');
  });

  it('torrent.unknown: an upload of a file whose metainfo is not here', async () => {
    await refused(
      'upload',
      'library_v1_upload',
      uploadFields(library, poor, unheard.hash),
      'torrent.unknown',
    );
  });

  it('torrent.unknown: an upload by hash alone of what somebody else has brought, and is not available', async () => {
    const fields = uploadFields(library, poor, pending.hash);
    await refused('upload', 'library_v1_upload', fields, 'torrent.unknown');
  });

  it('download.not-enough-tokens: a purchase beyond the balance', async () => {
    const response = await get(library, '/api/download', downloadFields(library, poor, held.hash));
    expect(response.status).to.equal(402);
    await expectProblem(response, 'download.not-enough-tokens');
    await refused(
      'download',
      'library_v1_download',
      downloadFields(library, poor, costly.hash),
      'download.not-enough-tokens',
    );
  });

  it('request.expired: a signature whose time is over', async () => {
    const expires = START / 1_000 - 1;
    const signed_hash = poor.signDownload(chainOf(library), held.hash, expires);
    await refused(
      'download',
      'library_v1_download',
      { ...calls.download.good(), signed_hash, expires },
      'request.expired',
    );
  });

  describe('as a form', () => {
    const parts = (book: Book) => uploadParts(library, rich, book);

    it('request.missing-field: without a field, without a file, without a name', async () => {
      for (const left of [0, 1, 2, 3]) {
        await expectProblem(
          await postForm(library, parts(unheard).toSpliced(left, 1)),
          'request.missing-field',
        );
      }
      await expectProblem(
        await raw(['hash', 'public_key', 'signed_hash'], 'name="file"'),
        'request.missing-field',
      );
    });

    it('request.wrong-hex: in a field', async () => {
      await expectProblem(
        await postForm(library, parts(unheard).with(1, ['hash', 'x'])),
        'request.wrong-hex',
      );
    });

    it('request.wrong-value: a field twice, an unknown one, two files, a file of another name', async () => {
      const own = parts(unheard);
      await expectProblem(await postForm(library, [own[0]!, ...own]), 'request.wrong-value');
      await expectProblem(await postForm(library, [['more', 'x'], ...own]), 'request.wrong-value');
      await expectProblem(await postForm(library, [['x'.repeat(200), 'x'], ...own]), 'request.wrong-value');
      await expectProblem(await postForm(library, [['__proto__', 'x'], ...own]), 'request.wrong-value');
      await expectProblem(
        await postForm(library, own.with(3, ['book', unheard.file])),
        'request.wrong-value',
      );
    });

    it('request.too-long: a field, too many fields, two files', async () => {
      const own = parts(unheard);
      await expectProblem(await postForm(library, [['name', 'x'.repeat(2_000)], ...own]), 'request.too-long');
      const many = Array.from({ length: 20 }, (_, i) => [`f${i}`, 'x'] as const);
      await expectProblem(await postForm(library, [...many, ...own]), 'request.too-long');
      await expectProblem(await postForm(library, [...own, ['file', unheard.file]]), 'request.too-long');
      const torrent = new File([new Uint8Array(8 * 1024 * 1024 + 1)], 't');
      await expectProblem(await postForm(library, own.with(3, ['torrent', torrent])), 'request.too-long');
    });

    it('request.malformed: a field behind the file, a form that breaks off', async () => {
      const own = parts(unheard);
      await expectProblem(await postForm(library, [own[3]!, ...own.slice(0, 3)]), 'request.missing-field');
      await expectProblem(await postForm(library, [...own, ['name', 'late.txt']]), 'request.malformed');
      const broken = await fetch(`${library.url}/api/upload`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
        body: '--b\r\nContent-Disposition: form-data; name="hash"\r\n\r\nx',
      });
      await expectProblem(broken, 'request.malformed');
    });

    it('file.wrong-name: paths, controls, other directions, too long, empty', async () => {
      const names = [
        '../secret.txt',
        '/etc/passwd',
        'C:\\boot.ini',
        'a/b.txt',
        '..',
        '.',
        'nul\u0000.txt',
        'line\u0001.txt',
        'cod\u202etxt.exe',
        'zero\u200bwidth.txt',
        ' padded.txt',
        'é'.repeat(128),
      ];
      for (const name of names) {
        await expectProblem(await postForm(library, [['name', name], ...parts(unheard)]), 'file.wrong-name');
      }
      const slashed = new File(['x'], '../../x.txt');
      await expectProblem(
        await postForm(library, parts(unheard).with(3, ['file', slashed])),
        'file.wrong-name',
      );
      const inside = ['torrent', new File(['torrent 5 ../x'], 't')] as const;
      await expectProblem(
        await postForm(library, [...parts(unheard).slice(0, 3), inside]),
        'file.wrong-name',
      );
    });

    it('file.wrong-hash: bytes that are not what was signed', async () => {
      const other = new File(['other bytes'], 'unheard of.txt');
      await expectProblem(
        await postForm(library, parts(unheard).with(3, ['file', other])),
        'file.wrong-hash',
      );
      const empty = new File([], 'unheard of.txt');
      await expectProblem(await postForm(library, parts(unheard).with(3, ['file', empty])), 'file.empty');
    });

    it('file.empty: a torrent of nothing', async () => {
      const torrent = ['torrent', new File(['torrent 0 x'], 't')] as const;
      await expectProblem(await postForm(library, [...parts(unheard).slice(0, 3), torrent]), 'file.empty');
    });

    it('torrent.malformed: a torrent that is none', async () => {
      const torrent = ['torrent', new File(['spam'], 't')] as const;
      await expectProblem(
        await postForm(library, [...parts(unheard).slice(0, 3), torrent]),
        'torrent.malformed',
      );
    });

    const postWritten = (size: bigint, name: string): Promise<Response> => {
      const written = { size, name, expires: START / 1_000 + 600 };
      const signed_hash = rich.signUpload(chainOf(library), unheard.hash, written);
      const fields = { hash: unheard.hash, public_key: rich.publicKey, signed_hash, ...written };
      const parts = Object.entries(fields).map(([name, value]) => [name, String(value)] as const);
      return postForm(library, [...parts, ['file', unheard.file]]);
    };

    it('upload.size-mismatch: bytes of another size than was signed', async () => {
      await expectProblem(await postWritten(BigInt(unheard.size) + 1n, unheard.name), 'upload.size-mismatch');
    });

    it('file.of-64-bytes, file.empty, file.wrong-size: by what was signed, before a byte of it is taken', async () => {
      await expectProblem(await postWritten(64n, unheard.name), 'file.of-64-bytes');
      await expectProblem(await postWritten(0n, unheard.name), 'file.empty');
      await expectProblem(await postWritten(2n ** 40n + 1n, unheard.name), 'file.wrong-size');
    });

    it('file.wrong-name: a decomposed one that was signed, which nobody can make right any more', async () => {
      await expectProblem(await postWritten(BigInt(unheard.size), 'Cafe\u0301.txt'), 'file.wrong-name');
    });

    it('upload.already-available: what another has brought is not taken, whatever comes in its name', async () => {
      const own = uploadParts(library, poor, held).slice(0, 3);
      const torrent = ['torrent', new File(['torrent 5 x'], 't')] as const;
      await expectProblem(await postForm(library, [...own, torrent]), 'upload.already-available');
      const bytes = uploadParts(library, poor, held);
      await expectProblem(await postForm(library, bytes), 'upload.already-available');
    });

    it('archive.full: no room, said before the bytes are read', async () => {
      library.archive.full = true;
      const large = bookOf('large.bin', 'x'.repeat(10_000_000));
      await expectProblem(await postForm(library, parts(large)), 'archive.full');
      library.archive.full = false;
    });

    it('signature.wrong and reader.unknown: before a byte of the file is taken', async () => {
      const forged = parts(unheard).with(2, [
        'signed_hash',
        stranger.signUpload(chainOf(library), unheard.hash),
      ]);
      await expectProblem(await postForm(library, forged), 'signature.wrong');
      const foreign = forged.with(0, ['public_key', stranger.publicKey]);
      await expectProblem(await postForm(library, foreign), 'reader.unknown');
    });

    /** Fields of `rich`, and a part with these parameters that no browser writes. */
    function raw(names: readonly string[], disposition: string): Promise<Response> {
      const values = new Map(parts(unheard).map(([name, value]) => [name, String(value)]));
      const lines = names.map(
        (name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${values.get(name)}\r\n`,
      );
      const file = `--b\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--\r\n`;
      return fetch(`${library.url}/api/upload`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
        body: lines.join('') + file,
      });
    }
  });
});
