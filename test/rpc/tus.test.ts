/** tus 1.0.0 at the door: its headers, what browsers ask before, and what is refused, whoever speaks it. */
import { connect } from 'node:net';
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { create, created, metadataFor, offsetAt, patch, tusFetch, typeOf } from '../e2e/fixtures/tus.ts';
import { bookOf, chainOf, expectProblem, rpc } from './calls.ts';
import { START, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const expires = START / 1_000 + 600;
const rich = walletOf('rich');

describe('an upload that resumes, at the door', () => {
  let library: TinyLibrary;
  let at: { api: string; chainId: string };
  before(async () => {
    library = await startLibrary();
    at = { api: library.url, chainId: chainOf(library) };
  });
  after(() => library.stop());

  const bookAt = (name: string) => ({ ...bookOf(name, `${name} `.repeat(50)), path: '' });

  it('says what it speaks, and lets pages of any origin ask, with all methods and headers of tus', async () => {
    for (const path of ['/api/uploads', '/api/uploads/00']) {
      const headers = { origin: 'https://page.example', 'access-control-request-method': 'PATCH' };
      const { status, headers: told } = await fetch(library.url + path, { method: 'OPTIONS', headers });
      expect(status).to.equal(204);
      expect(told.get('tus-version')).to.equal('1.0.0');
      expect(told.get('tus-extension')).to.equal('creation,creation-with-upload,termination,expiration');
      expect(Number(told.get('tus-max-size'))).to.be.above(0);
      expect(told.get('access-control-allow-origin')).to.equal('*');
      expect(told.get('access-control-allow-methods')).to.equal('POST, HEAD, PATCH, DELETE');
      expect(told.get('access-control-allow-headers'))
        .to.contain('Upload-Offset')
        .and.contain('Tus-Resumable');
      expect(told.get('access-control-expose-headers')).to.contain('Location').and.contain('Upload-Offset');
    }
  });

  it('upload.wrong-version: takes no other version, and none that is not said', async () => {
    const other = await tusFetch(`${library.url}/api/uploads/00`, 'HEAD', { 'tus-resumable': '0.2.2' });
    expect([other.status, other.headers.get('tus-version')]).to.deep.equal([412, '1.0.0']);
    await expectProblem(
      await fetch(`${library.url}/api/uploads`, { method: 'POST' }),
      'upload.wrong-version',
    );
  });

  it('upload.gone: says nothing else of what there is not, or no more', async () => {
    for (const method of ['PATCH', 'DELETE']) {
      await expectProblem(await tusFetch(`${library.url}/api/uploads/00`, method), 'upload.gone');
    }
    expect(await offsetAt(`${library.url}/api/uploads/00`)).to.equal(-410);
  });

  it('gives an address relative to the one that was asked, whatever name and path a proxy has given that', async () => {
    const slash = await fetch(`${library.url}/api/uploads/`, {
      method: 'POST',
      headers: await headersOf(bookAt('slash.txt')),
    });
    const plain = await create(at, rich, bookAt('plain.txt'), { expires });
    const id = /^[0-9a-f]{32}$/;
    expect([slash.status, slash.headers.get('location')]).to.satisfy(
      ([status, place]: [number, string]) => status === 201 && id.test(place),
    );
    expect(plain.headers.get('location')).to.match(/^uploads\/[0-9a-f]{32}$/);
    expect(plain.headers.get('upload-expires')).to.match(/GMT$/);
  });

  it('takes PATCH and DELETE in the form of POST, for clients that have only that', async () => {
    const mine = bookAt('override.txt');
    const url = await created(at, rich, mine, { expires });
    const headers = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    const over = (method: string) => ({ ...headers, 'x-http-method-override': method });
    expect((await tusFetch(url, 'POST', over('PATCH'), mine.bytes.subarray(0, 10))).status).to.equal(204);
    expect(await offsetAt(url)).to.equal(10);
    expect((await tusFetch(url, 'POST', over('DELETE'))).status).to.equal(204);
    expect(await offsetAt(url)).to.equal(-410);
  });

  it('tells whoever has the address which file it is, and not whose', async () => {
    const mine = bookAt('shown.txt');
    const url = await created(at, rich, mine, { expires });
    const { headers } = await tusFetch(url, 'HEAD');
    const shown = headers.get('upload-metadata') ?? '';
    expect(shown).to.contain(`filename ${btoa(mine.name)}`);
    expect(shown).not.to.contain('public_key').and.not.to.contain('signed_hash');
    expect([headers.get('upload-length'), headers.get('upload-offset')]).to.deep.equal([
      String(mine.size),
      '0',
    ]);
  });

  it('refuses what tus says it must, before anything is kept', async () => {
    const mine = bookAt('refused.txt');
    const all = library.resumables.all.size;
    const refused = async (code: string, change: Record<string, string>, drop: string[] = []) => {
      const headers: Record<string, string> = { ...(await headersOf(mine)), ...change };
      for (const name of drop) delete headers[name];
      await expectProblem(await fetch(`${library.url}/api/uploads`, { method: 'POST', headers }), code);
    };
    await refused('request.missing-field', {}, ['upload-length']);
    await refused('request.missing-field', { 'upload-defer-length': '1' }, ['upload-length']);
    await refused('request.missing-field', { 'upload-length': '-5' });
    await refused('request.too-long', { 'upload-length': '999999999999999' });
    await refused('request.missing-field', {}, ['upload-metadata']);
    await refused('request.malformed', { 'upload-metadata': 'hash %%%' });
    await refused('request.wrong-hex', { 'upload-metadata': 'hash' });
    await refused('request.wrong-value', { 'upload-metadata': 'hash YQ==,hash YQ==' });
    await refused('request.too-long', {
      'upload-metadata': Array(limits.formFieldsMax + 1)
        .fill('a YQ==')
        .join(),
    });
    await refused('request.too-long', { 'upload-metadata': `hash ${btoa('a'.repeat(3_000))}` });
    await refused('signature.wrong', { 'upload-length': String(mine.size + 1) });
    expect(library.resumables.all.size).to.equal(all);
  });

  it('refuses bytes of another type, at no offset, and more than there should be', async () => {
    const mine = bookAt('patched.txt');
    const url = await created(at, rich, mine, { expires });
    const octets = 'application/offset+octet-stream';
    const sent = (headers: Record<string, string>, bytes = mine.bytes) =>
      tusFetch(url, 'PATCH', headers, bytes);
    await expectProblem(await sent({ 'upload-offset': '0' }), 'request.wrong-content-type');
    await expectProblem(await sent({ 'content-type': octets }), 'request.missing-field');
    await expectProblem(await patch(url, 1, mine.bytes), 'upload.wrong-offset');
    await expectProblem(await patch(url, 0, new Uint8Array(mine.size + 1)), 'request.too-long');
    expect(await offsetAt(url)).to.equal(0);
    expect((await patch(url, 0, new Uint8Array())).status, 'nothing at all').to.equal(204);
    expect((await tusFetch(url, 'PUT')).status).to.equal(405);
    expect((await fetch(url, { headers: { 'tus-resumable': '1.0.0' } })).headers.get('allow')).to.contain(
      'PATCH',
    );
  });

  it('hears from JSON-RPC where an upload is, and how far it has come', async () => {
    const mine = bookAt('by rpc.txt');
    const { filename: name, ...signed } = await metadataFor(at, rich, mine, { expires });
    const fields = { ...signed, expires, name, size: mine.size };
    const { result } = await rpc(library, 'library_v1_upload_begin', fields);
    await patch(library.url + result.url, 0, mine.bytes.subarray(0, 7));
    expect((await rpc(library, 'library_v1_upload_begin', fields)).result).to.include({
      url: result.url,
      offset: 7,
    });
    expect((await patch(library.url + result.url, 7, mine.bytes.subarray(7))).status).to.equal(204);
  });

  it('request.expired: takes no bytes for a signature that has lapsed meanwhile', async () => {
    const other = await startLibrary();
    try {
      const there = { api: other.url, chainId: chainOf(other) };
      const mine = bookAt('lapsed.txt');
      const url = await created(there, rich, mine, { expires });
      other.advance(700_000);
      const answer = await patch(url, 0, mine.bytes);
      expect([answer.status, await typeOf(answer)]).to.deep.equal([401, 'request.expired']);
    } finally {
      await other.stop();
    }
  });

  it('request.too-long: ends a body that comes in chunks of a byte, and keeps what has come', async () => {
    const mine = { ...bookOf('fine.txt', 'x'.repeat(200_000)), path: '' };
    const url = await created(at, rich, mine, { expires });
    const { hostname, port, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    const answer = new Promise<string>((resolve) => {
      socket.once('data', (chunk) => resolve(String(chunk)));
      socket.once('error', () => resolve('broken'));
    });
    socket.write(
      `PATCH ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n` +
        'Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    for (let index = 0; index < 2 * limits.bodyPiecesMax && socket.writable; index++)
      socket.write('1\r\nx\r\n');
    expect(await answer).to.contain('request.too-long');
    socket.destroy();
  });

  async function headersOf(book: ReturnType<typeof bookAt>): Promise<Record<string, string>> {
    const metadata = Object.entries(await metadataFor(at, rich, book, { expires }));
    return {
      'tus-resumable': '1.0.0',
      'upload-length': String(book.size),
      'upload-metadata': metadata.map(([name, value]) => `${name} ${btoa(value)}`).join(),
    };
  }
});
