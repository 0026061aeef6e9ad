import { expect } from 'chai';
import { openApi } from '../../api/openapi.ts';
import { openRpc } from '../../api/openrpc.ts';
import { expectProblem, post, rpc } from './calls.ts';
import { startLibrary, type TinyLibrary } from './tiny-library.ts';

const sent = (document: object) => JSON.parse(JSON.stringify(document));

describe('what the API is, for programs', () => {
  let library: TinyLibrary;
  before(async () => {
    library = await startLibrary();
  });
  after(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  it('is told by rpc.discover and at /api/openapi.json, with the version of the program', async () => {
    const { version } = library.ports.node;
    expect((await rpc(library, 'rpc.discover', {})).result).to.deep.equal(sent(openRpc(version)));
    const response = await fetch(`${library.url}/api/openapi.json`);
    expect(response.headers.get('content-type')).to.match(/^application\/json/);
    expect(await response.json()).to.deep.equal(sent(openApi(version)));
    expect((await fetch(`${library.url}/api/openapi.json`, { method: 'HEAD' })).status).to.equal(200);
  });

  it('request.method-not-allowed, page.foreign: is read by GET, and not by pages of others', async () => {
    await expectProblem(await post(library, '/api/openapi.json', {}), 'request.method-not-allowed');
    const headers = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
    await expectProblem(await fetch(`${library.url}/api/openapi.json`, { headers }), 'page.foreign');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'rpc.discover' });
    const answer = await fetch(`${library.url}/rpc`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    expect(((await answer.json()) as { error: { data: { code: string } } }).error.data.code).to.equal(
      'page.foreign',
    );
  });

  it('costs whoever asks: a stranger who asks on and on is told to wait', async () => {
    let status = 200;
    for (let count = 0; count < 1_000 && status === 200; count++) {
      const response = await fetch(`${library.url}/api/openapi.json`);
      await response.arrayBuffer();
      ({ status } = response);
    }
    expect(status).to.equal(429);
  });
});
