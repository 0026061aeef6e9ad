/** What a refusal tells whoever has to mend the request, by every door. */
import { expect } from 'chai';
import { ClientError } from '../../client/client-error.ts';
import { createTransport } from '../../client/transport.ts';
import { hexToBytes } from '../../core/bytes.ts';
import type { LogData } from '../../core/ports.ts';
import { signingHash, verifyHash } from '../../core/sign.ts';
import { silentLog } from '../catalogue/silent-log.ts';
import {
  bookOf,
  chainOf,
  downloadFields,
  type Fields,
  get,
  historyFields,
  json,
  post,
  rpc,
} from './calls.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const rich = walletOf('rich');
const { hash } = bookOf('some.txt');

describe('errors that help', () => {
  let library: TinyLibrary;
  const lines: { message: string; data: LogData | undefined }[] = [];
  const keep = (message: string, data?: LogData) => void lines.push({ message, data });

  before(async () => {
    library = await startLibrary({}, () => ({ log: { ...silentLog, debug: keep, error: keep } }));
  });
  after(() => library.stop());

  /** By body and by JSON-RPC alike; by query as well. */
  async function told(call: string, method: string, fields: Fields, byQuery = true): Promise<Fields> {
    const { request: _, ...posted } = await json(post(library, `/api/${call}`, fields));
    const { type: code, title: message, ...hints } = posted;
    const { request: __, ...data } = (await rpc(library, method, fields)).error!.data;
    expect(data, String(message)).to.deep.equal({ code, ...hints });
    if (byQuery) {
      const { request: ___, ...asked } = await json(get(library, `/api/${call}`, fields));
      expect(asked).to.deep.equal(posted);
    }
    return posted;
  }

  it('names the first wrong field in the order of the contract, and what it should be', async () => {
    const limit = await told('search', 'library_v1_search', { limit: 0, query: 'x' });
    expect(limit).to.include({ field: 'limit', want: 'a whole number from 1 to 100', retryable: false });
    expect(limit.detail).to.equal('limit must be a whole number from 1 to 100.');
    const missing = await told('download', 'library_v1_download', { format: 'v9' });
    expect(missing).to.include({ field: 'hash', want: '64 lower-case hexadecimal characters' });
    const fields = { ...downloadFields(library, rich, hash), format: 'v9' };
    expect(await told('download', 'library_v1_download', fields)).to.include({
      field: 'format',
      want: 'v1, v2 or hybrid',
    });
    expect(await told('search', 'library_v1_search', { query: 'x'.repeat(300) })).to.include({
      field: 'query',
      want: 'well-formed text of at most 256 bytes',
    });
  });

  it('request.unknown-method: names the known field, method or path that is nearest, and nothing that came', async () => {
    const field = await told('search', 'library_v1_search', { query: 'x', limti: 3 }, false);
    expect(field).to.include({ nearest: 'limit', want: 'the fields query, limit and cursor' });
    const misspelt = await told('account', 'library_v1_account', { pubic_key: rich.publicKey });
    expect(misspelt).to.include({
      type: 'request.missing-field',
      field: 'public_key',
      nearest: 'public_key',
    });
    const far = await told('search', 'library_v1_search', { query: 'x', evil: 3 }, false);
    expect(far).not.to.have.property('nearest');
    expect(JSON.stringify([field, misspelt, far])).not.to.match(/limti|pubic|evil/);

    const method = (await rpc(library, 'library_v1_serach', {})).error!;
    expect(method.code).to.equal(-32601);
    expect(method.data).to.include({ code: 'request.unknown-method', nearest: 'library_v1_search' });
    expect((await rpc(library, 'eth_chainId', {})).error!.data).not.to.have.property('nearest');
    expect(await json(get(library, '/api/stauts'))).to.include({
      type: 'request.not-found',
      nearest: '/api/status',
    });
    expect(await json(get(library, '/api/file/x/y'))).not.to.have.property('nearest');
  });

  it('signature.wrong: shows the text that the key should have signed', async () => {
    const chain = chainOf(library);
    const signed_hash = '0'.repeat(128);
    const download = { ...downloadFields(library, rich, hash), signed_hash };
    const { text, field } = await told('download', 'library_v1_download', download);
    expect(field).to.equal('signed_hash');
    expect(text).to.equal(`digitallib:1:${chain}:download:${hash}:${rich.publicKey}`);
    const right = hexToBytes(rich.signDownload(chain, hash));
    expect(verifyHash(rich.key, signingHash(String(text)), right)).to.equal(true);
    const own = historyFields(library, rich);
    const history = await told('account', 'library_v1_account', { ...own, signed_hash });
    expect(history.text).to.equal(`digitallib:1:${chain}:history:${rich.publicKey}:${own.expires}`);
    const right2 = hexToBytes(String(own.signed_hash));
    expect(verifyHash(rich.key, signingHash(String(history.text)), right2)).to.equal(true);
  });

  it('request.wrong-content-type: says which are right for this call', async () => {
    const send = async (path: string, type: string) =>
      json(fetch(library.url + path, { method: 'POST', headers: { 'content-type': type }, body: 'query=x' }));
    const form = 'application/x-www-form-urlencoded';
    expect((await send('/api/search', form)).want).to.equal('application/json');
    expect((await send('/api/upload', form)).want).to.match(/^multipart\/form-data .*application\/json/);
    expect((await send('/api/upload', 'multipart/form-data')).want).to.match(/^multipart\/form-data/);
    const { status, detail } = await json(post(library, '/api/upload', uploadOf()));
    expect([status, String(detail)]).to.satisfy(([code, text]: [number, string]) => {
      return code === 404 && text.includes('multipart/form-data by POST to /api/upload');
    });
  });

  function uploadOf(): Fields {
    const signed_hash = rich.signUpload(chainOf(library), hash);
    return { hash, signed_hash, public_key: rich.publicKey };
  }

  it('says whether and when to ask again, to old clients as well', async () => {
    const full = await startLibrary({
      budget: { pay: () => ({ kind: 'reject', code: 'request.over-budget' }), charge() {} },
    });
    try {
      const response = await fetch(`${full.url}/api/status`);
      expect(response.headers.get('retry-after')).to.equal('1');
      expect(await response.json()).to.include({ retryable: true, retry_after: 1, after_ms: 1_000 });
    } finally {
      await full.stop();
    }
  });

  it('gives each request an id, in its answer, its refusal and the log', async () => {
    const good = await fetch(`${library.url}/api/status`, { headers: { 'x-request-id': 'mine' } });
    const again = await fetch(`${library.url}/api/status`);
    const ids = [good, again].map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).to.equal(2);
    expect(ids[0]).to.match(/^[0-9a-f]{16}$/);
    lines.length = 0;
    const refused = await get(library, '/api/search', { query: 'x', limit: 0 });
    const request = refused.headers.get('x-request-id');
    expect(await refused.json()).to.include({ request });
    const { error } = await rpc(library, 'library_v1_search', { query: 'x', limit: 0 });
    expect(lines.map(({ data }) => data?.request)).to.deep.equal([request, error!.data.request]);
    expect(lines[0]).to.deep.equal({
      message: 'a request was refused',
      data: { request, code: 'request.wrong-value' },
    });
  });

  it('node.fault: the log has the id that the reader quotes', async () => {
    const lies = await startLibrary({}, ({ node }) => ({
      node: { ...node, role: () => 7 as never },
      log: { ...silentLog, error: keep },
    }));
    lines.length = 0;
    try {
      const { request } = await json(get(lies, '/api/status'));
      const { error } = await rpc(lies, 'node_v1_status', {});
      expect(error?.code).to.equal(-32603);
      expect(lines.map(({ data }) => data?.request)).to.deep.equal([request, error?.data.request]);
    } finally {
      await lies.stop();
    }
  });

  it('is read by the SDK', async () => {
    const { ask } = createTransport({ url: library.url, patienceMs: 0, wait: async () => undefined });
    const error = await ask('search', { query: 'x', limit: 0 }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(ClientError);
    expect(error).to.include({ field: 'limit', want: 'a whole number from 1 to 100', retryable: false });
    expect((error as ClientError).request).to.match(/^[0-9a-f]{16}$/);
  });
});
