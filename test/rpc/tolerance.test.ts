import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { get, post, type RpcAnswer } from './calls.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

/** What clients of others send, byte by byte, and is right or harmless. */
describe('the API is tolerant of', () => {
  let library: TinyLibrary;
  before(async () => {
    library = await startLibrary();
  });
  after(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(`${library.url}/rpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const status = (id: string, params = '{}') =>
    `{"jsonrpc":"2.0","id":${id},"method":"node_v1_status","params":${params}}`;

  it('fields by position, in the order of the contract, none of them, and null for one that is left out', async () => {
    const answers = async (method: string, params: unknown) =>
      (await (await post(library, '/rpc', { jsonrpc: '2.0', id: 1, method, params })).json()) as RpcAnswer;
    expect((await answers('node_v1_status', [])).result.height).to.equal(0); // jayson sends it
    const byName = await answers('library_v1_search', { query: '', limit: 5 });
    expect(await answers('library_v1_search', ['', 5])).to.deep.equal(byName);
    expect(await answers('library_v1_search', ['', null])).to.deep.equal(byName);
    const key = walletOf('rich').publicKey;
    expect((await answers('library_v1_account', [key])).result.registered).to.equal(true);
    for (const params of [[key, null, null, 1], [1], 'text', 7]) {
      const { error } = await answers('library_v1_account', params);
      expect(error?.data.code, String(params)).to.match(/^request\./);
    }
    const batch = [
      { jsonrpc: '2.0', id: 1, method: 'library_v1_search', params: [''] },
      { jsonrpc: '2.0', id: 2, method: 'nothing', params: [''] },
    ];
    const [found, unknown] = (await (await post(library, '/rpc', batch)).json()) as RpcAnswer[];
    expect(found?.result.items).to.deep.equal([]);
    expect(unknown?.error?.code).to.equal(-32601);
  });

  it('an id of any size, and gives it back digit by digit', async () => {
    for (const id of [
      '9007199254740993',
      '123456789012345678901234567890',
      '-0',
      '1.50',
      '1e400',
      '7',
      '"x"',
      'null',
    ]) {
      expect(await (await send(status(id))).text(), id).to.include(`"id":${id}`);
      expect(await (await send(`[${status(id)}]`)).text(), id).to.include(`"id":${id}`);
    }
    for (const id of ['{}', '[]', 'true', '{"rawJSON":"1"}']) {
      const answer = (await (await send(status(id))).json()) as RpcAnswer & { id: unknown };
      expect(answer.error?.code, id).to.equal(-32600);
      expect(answer.id).to.equal(null);
    }
  });

  it('an amount beyond 2^53−1 as a number: its digits are read, and none is rounded', async () => {
    const upload = async (size: string) => {
      const fields = `"hash":"${'00'.repeat(32)}","signed_hash":"${'00'.repeat(64)}","name":"x","expires":1`;
      const body = `{${fields},"public_key":"${walletOf('rich').publicKey}","size":${size}}`;
      return (await (await post(library, '/api/upload', body)).json()) as { type: string; detail?: string };
    };
    expect((await upload('9223372036854775807')).type).to.equal('request.expired'); // it got behind its size
    for (const size of ['9223372036854775808', '1.5', '1e300', '-9007199254740993']) {
      const { type, detail } = await upload(size);
      expect(type, size).to.equal('request.wrong-value');
      expect(detail, size).to.match(/^size must be /);
    }
  });

  it('labels of JSON and of UTF-8 that others write, parameters that it does not know, identity', async () => {
    for (const type of [
      'application/json-rpc',
      'application/jsonrequest',
      'application/json; charset=utf8',
      'application/json;charset="UTF-8"; profile=x',
      'APPLICATION/JSON ; charset = utf-8',
      'application/json; odata.metadata=minimal',
    ]) {
      expect((await send(status('1'), { 'content-type': type })).status, type).to.equal(200);
    }
    expect((await send(status('1'), { 'content-encoding': 'identity' })).status).to.equal(200);
    for (const headers of [
      { 'content-type': 'application/json; charset=utf-16' },
      { 'content-type': 'application/json; charset=latin1; charset=utf-8' },
      { 'content-encoding': 'br' },
      { 'content-encoding': 'identity, gzip' },
    ]) {
      expect((await send(status('1'), headers as Record<string, string>)).status).to.equal(415);
    }
  });

  it('a mark of byte order before a body, and no second one', async () => {
    expect((await send(`\ufeff${status('1')}`)).status).to.equal(200);
    expect((await send(`\ufeff\ufeff${status('1')}`)).status).to.equal(400);
  });

  it('the whole address of a page in the first line, where it names this library', async () => {
    const { host, port } = new URL(library.url);
    const ask = (target: string, name: string) => firstLine(target, name, '127.0.0.1', Number(port));
    expect(await ask(`http://${host}/api/status`, host)).to.equal('HTTP/1.1 200 OK');
    expect(await ask(`HTTP://${host}/api/search?query=x`, host)).to.equal('HTTP/1.1 200 OK');
    // RFC 9112, section 3.2.2: what stands in the target counts, whatever Host says.
    expect(await ask(`http://${host}/api/status`, 'elsewhere.example')).to.equal('HTTP/1.1 200 OK');
    expect(await ask('http://elsewhere.example/api/status', host)).to.match(/ 421 /);
    expect(await ask(`http://${host}`, host)).to.match(/ 404 /);
    for (const target of ['http:///api/status', 'ftp://x/api/status', `http://user@${host}/api/status`]) {
      expect(await ask(target, host), target).to.match(/ 4\d\d /);
    }
  });

  it('IPv6: in the address, in the Host header and in the first line', async function () {
    if (!Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))) {
      console.log('      skipped: this machine has no ::1');
      this.skip();
    }
    const sixth = await startLibrary({ host: '::1' });
    const { port } = sixth.server.address();
    try {
      for (const name of [`[::1]:${port}`, `[0:0:0:0:0:0:0:1]:${port}`]) {
        expect((await fetch(`http://${name}/api/status`)).status).to.equal(200);
      }
      expect(await firstLine(`http://[::1]:${port}/api/status`, 'x', '::1', port)).to.equal(
        'HTTP/1.1 200 OK',
      );
      expect(await firstLine('/api/status', '[::1', '::1', port)).to.match(/ 4\d\d /);
    } finally {
      await sixth.stop();
    }
  });

  it('fields of a URL that it does not know', async () => {
    expect((await get(library, '/api/search', { query: '', utm_source: 'x' })).status).to.equal(200);
  });
});

/** Of the answer to a request that is written by hand. */
function firstLine(target: string, name: string, address: string, port: number): Promise<string> {
  return new Promise((resolve, fail) => {
    const socket = connect(port, address);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', fail).on('close', () => resolve(text.split('\r\n')[0]!));
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
  });
}
