import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { accept } from '../../core/verdict.ts';
import {
  bookOf,
  downloadFields,
  get,
  historyFields,
  post,
  postForm,
  type RpcAnswer,
  rpc,
  uploadParts,
} from './calls.ts';
import { RICH, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

describe('JSON-RPC', () => {
  let library: TinyLibrary;
  const call = (method: string, id?: unknown, params: unknown = {}) => ({
    jsonrpc: '2.0',
    id,
    method,
    params,
  });
  const send = async (message: unknown) => (await post(library, '/rpc', message)).json();

  beforeEach(async () => {
    library = await startLibrary();
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  it('answers every call of a batch, a batch of one too, and no notification', async () => {
    const answers = (await send([
      call('node_v1_status', 'a'),
      call('node_v1_status'),
      call('library_v1_search', 0, { query: '' }),
      call('nothing', null),
    ])) as (RpcAnswer & { id: unknown })[];
    expect(answers.map(({ id }) => id)).to.deep.equal(['a', 0, null]);
    expect(answers[1]?.result).to.deep.equal({ items: [], cursor: null });
    expect(answers[2]?.error?.code).to.equal(-32601);
    expect(await send([call('node_v1_status', 1)])).to.have.length(1);
    const silent = await post(library, '/rpc', [call('node_v1_status'), call('library_v1_search')]);
    expect(silent.status).to.equal(204);
    expect(await silent.text()).to.equal('');
  });

  it('request.too-long: bounds the answers of a batch together, not each by itself', async () => {
    await library.stop();
    const bytes = new Uint8Array(limits.lightProofBytesMax);
    let made = 0;
    const long = async () => {
      made += 1;
      return accept(bytes);
    };
    library = await startLibrary({}, () => ({ proofs: { state: long, inclusion: long } }));
    const params = { transaction: '00'.repeat(32), height: 1 };
    const calls = Array.from({ length: 64 }, (_, id) => call('library_v1_inclusion', id, params));
    const response = await post(library, '/rpc', [...calls, call('node_v1_status', 64)]);
    const text = await response.text();
    expect(text.length).to.be.within(bytes.length, limits.rpcBatchAnswerBytesMax + 65 * 1_024);
    const answers = JSON.parse(text) as (RpcAnswer & { id: unknown })[];
    expect(answers.map(({ id }) => id)).to.deep.equal(Array.from({ length: 65 }, (_, id) => id));
    const codes = answers.map(({ error }) => error?.data.code);
    expect(codes[0]).to.equal(undefined);
    expect(codes.filter((code) => code === 'request.too-long')).to.have.length(63);
    expect(made).to.equal(64);
    const alone = (await send(call('library_v1_inclusion', 1, params))) as RpcAnswer;
    expect(alone.result.proof).to.have.length(Math.ceil(bytes.length / 3) * 4);
  });

  it('buys in a batch, all at the same time', async () => {
    const books = Array.from({ length: 20 }, (_, i) => bookOf(`book ${i}.txt`));
    for (const book of books) await postForm(library, uploadParts(library, walletOf('rich'), book));
    const buyer = walletOf('richer');
    const calls = books.map(({ hash }, id) =>
      call('library_v1_download', id, downloadFields(library, buyer, hash)),
    );
    const answers = (await send(calls)) as RpcAnswer[];
    for (const { result } of answers) expect(result.filename).to.match(/^book \d+\.txt\.torrent$/);
    const { result } = await rpc(library, 'library_v1_account', historyFields(library, buyer));
    const paid = books.reduce((sum, { size }) => sum + size, 0);
    expect(result.tokens).to.equal(Number(RICH) - paid);
  });

  it('gives others a turn between the calls of a batch', async () => {
    await library.stop();
    const held = Promise.withResolvers<void>();
    const stuck = Promise.withResolvers<void>();
    let calls = 0;
    library = await startLibrary({}, () => ({
      async yieldToLoop() {
        calls += 1;
        if (calls !== 2) return;
        stuck.resolve();
        await held.promise;
      },
    }));
    const batch = send([call('node_v1_status', 1), call('node_v1_status', 2), call('nothing', 3)]);
    await stuck.promise;
    const other = (await send(call('node_v1_status', 4))) as RpcAnswer;
    expect(other.result.height).to.equal(0);
    held.resolve();
    expect(((await batch) as { id: number }[]).map(({ id }) => id)).to.deep.equal([1, 2, 3]);
  });

  it('request.malformed: messages that are no calls', async () => {
    const wrong = [
      {},
      { jsonrpc: '1.0', method: 'node_v1_status', id: 1 },
      { jsonrpc: '2.0', method: 1, id: 1 },
      { jsonrpc: '2.0', id: 1 },
      { jsonrpc: '2.0', method: 'node_v1_status', id: {} },
      { jsonrpc: '2.0', method: 'node_v1_status', id: [1] },
      [],
      1,
      null,
      '"x"',
    ];
    for (const message of wrong) {
      const { error } = (await send(message)) as RpcAnswer;
      expect(error?.code, JSON.stringify(message)).to.equal(-32600);
      expect(error?.data.code).to.equal('request.malformed');
    }
    const answers = (await send([null, [], 1, call('node_v1_status', 1)])) as RpcAnswer[];
    expect(answers.map(({ error }) => error?.code)).to.deep.equal([-32600, -32600, -32600, undefined]);
    const unreadable = await post(library, '/rpc', '{"jsonrpc"');
    expect(unreadable.status).to.equal(400);
    expect(((await unreadable.json()) as RpcAnswer).error?.code).to.equal(-32700);
  });

  it('request.wrong-value: parameters that are neither named nor in their places', async () => {
    for (const params of [['x', 1, null, 1], 'x', 1, true]) {
      const { error } = await rpc(library, 'library_v1_search', params);
      expect(error?.code).to.equal(-32602);
      expect(error?.data.code).to.equal('request.wrong-value');
    }
  });

  it('request.too-long: a batch of more than a hundred, and one of thousands', async () => {
    const full = Array.from({ length: limits.rpcBatchMax }, (_, id) => call('node_v1_status', id));
    expect(await send(full)).to.have.length(limits.rpcBatchMax);
    for (const count of [limits.rpcBatchMax + 1, limits.jsonPartsMax - 1]) {
      const { error } = (await send(Array.from({ length: count }, () => 0))) as RpcAnswer;
      expect(error?.code).to.equal(-32600);
      expect(error?.data.code).to.equal('request.too-long');
    }
    const large = await post(library, '/rpc', {
      ...call('node_v1_status', 1),
      more: 'x'.repeat(limits.bodyBytesMax),
    });
    expect(large.status).to.equal(413);
    expect(((await large.json()) as RpcAnswer).error?.data.code).to.equal('request.too-long');
  });

  it('knows no method that an object has by itself', async () => {
    for (const method of ['__proto__', 'constructor', 'toString', 'rpc.listMethods', '']) {
      const { error } = await rpc(library, method, {});
      expect(error?.code).to.equal(-32601);
    }
    expect((await get(library, '/api/status')).status).to.equal(200);
  });
});
