import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { putFileEntry } from '../../chain/files/files.ts';
import { Draft } from '../../chain/state/state.ts';
import { signTransaction } from '../../chain/transaction/signing.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { AssertionFailed, assert } from '../../core/assert.ts';
import { hexToBytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { reject } from '../../core/verdict.ts';
import type { RpcPorts } from '../../rpc/ports.ts';
import { createRpcServer } from '../../rpc/server.ts';
import { eventually as asked } from '../e2e/fixtures/eventually.ts';
import { eventually } from '../node/eventually.ts';
import {
  bookOf,
  chainOf,
  downloadFields,
  expectProblem,
  get,
  json,
  post,
  postForm,
  rpc,
  uploadFields,
  uploadParts,
} from './calls.ts';
import { START, seedOf, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const rich = walletOf('rich');
const book = bookOf('book.txt');
const CONNECT = 'CONNECT example.org:80 HTTP/1.1\r\nHost: example.org\r\n\r\n';

/** Of a library that the ledger does not know. */
function sponsorOfNobody({ ledger }: TinyLibrary, key: PublicKey32): Transaction {
  const seed = seedOf('a new library');
  return signTransaction<'register'>(
    ledger.chainId,
    { kind: 'register', key, sponsor: publicKeyOf(seed) },
    seed,
  );
}

describe('the HTTP server', () => {
  let library: TinyLibrary;
  const start = async (...args: Parameters<typeof startLibrary>) => {
    library = await startLibrary(...args);
  };
  afterEach(() => library.stop());

  it('serves health and readiness, and no metrics', async () => {
    await start();
    expect(await json(get(library, '/health'))).to.deep.equal({ status: 'ok' });
    expect(await json(get(library, '/ready'))).to.deep.equal({ ready: true });
    await expectProblem(await get(library, '/metrics'), 'request.not-found');
  });

  it('node.not-ready: says so to whoever balances load', async () => {
    const unready = ['twin', 'disk-full'];
    await start({}, ({ node }) => ({ node: { ...node, ready: () => false, unready: () => unready } }));
    const response = await get(library, '/ready');
    expect(response.status).to.equal(503);
    expect(response.headers.get('content-type')).to.equal('application/problem+json');
    expect(await response.json()).to.deep.include({ type: 'node.not-ready', reasons: unready });
    expect((await json(get(library, '/api/status'))).not_ready).to.deep.equal(unready);
  });

  it('node.not-ready: tells and takes nothing while its ledger may be another one than its operator means', async () => {
    await start({}, ({ node }) => ({ node: { ...node, closed: () => true, ready: () => false } }));
    const reader = { public_key: rich.publicKey };
    const calls = [
      () => get(library, '/api/search', { query: 'book' }),
      () => get(library, '/api/members'),
      () => get(library, '/api/proposals'),
      () => get(library, `/api/file/${book.hash}`),
      () => get(library, '/api/account', reader),
      () => get(library, '/api/register', { public_key: walletOf('new').publicKey }),
      () => get(library, '/api/download', downloadFields(library, rich, book.hash)),
      () => postForm(library, uploadParts(library, rich, book)),
    ];
    for (const call of calls) await expectProblem(await call(), 'node.not-ready');
    expect((await get(library, '/api/status')).status).to.equal(200);
    expect((await get(library, '/api/evidence')).status).to.equal(200);
  });

  it('tells what the chain waits for, and is ready all the same', async () => {
    const waits = [{ reason: 'block-ahead', detail: 'the last block is 4 min 12 s ahead of this clock' }];
    await start({}, ({ node }) => ({ node: { ...node, waits: () => waits } }));
    expect((await json(get(library, '/api/status'))).waits).to.deep.equal(waits);
    expect(await json(get(library, '/ready'))).to.deep.equal({ ready: true, waits });
  });

  it('node.not-ready: while it is behind, instead of a refusal because of what it does not know yet', async () => {
    let ready = false;
    await start({}, ({ node }) => ({ node: { ...node, ready: () => ready } }));
    const asked = [
      () => get(library, '/api/download', downloadFields(library, walletOf('stranger'), book.hash)),
      () => get(library, '/api/download', downloadFields(library, rich, book.hash)),
      () => get(library, '/api/upload', uploadFields(library, rich, book.hash)),
      () => postForm(library, uploadParts(library, walletOf('stranger'), book)),
    ];
    for (const ask of asked) await expectProblem(await ask(), 'node.not-ready');
    const fields = downloadFields(library, rich, book.hash);
    expect((await rpc(library, 'library_v1_download', fields)).error?.data.code).to.equal('node.not-ready');
    const wrong = { ...downloadFields(library, rich, book.hash), signed_hash: '0'.repeat(128) };
    await expectProblem(await get(library, '/api/download', wrong), 'signature.wrong');
    ready = true;
    const codes = ['reader.unknown', 'file.unknown', 'torrent.unknown', 'reader.unknown'];
    for (const [i, ask] of asked.entries()) await expectProblem(await ask(), codes[i]!);
  });

  it('node.not-ready: while the library itself is not on the ledger that it has', async () => {
    await start({}, ({ node, sponsor }) => ({
      node: { ...node, ready: () => false },
      sponsor: { ...sponsor, register: (key) => sponsorOfNobody(library, key) },
    }));
    const fields = { public_key: walletOf('new').publicKey };
    await expectProblem(await get(library, '/api/register', fields), 'node.not-ready');
  });

  it('guards every answer with headers, sets no cookie and does not say what it runs on', async () => {
    await start();
    for (const path of ['/api/status', '/api/nothing', '/health', '/metrics', '/api/file/x']) {
      const { headers } = await get(library, path);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('content-security-policy')).to.include("default-src 'none'");
      for (const name of ['x-powered-by', 'server', 'set-cookie', 'etag'])
        expect(headers.has(name)).to.equal(false);
    }
  });

  it('lets pages of every origin read what it answers them, without credentials', async () => {
    await start();
    const headers = { origin: 'https://elsewhere.example' };
    for (const path of ['/api/status', '/api/file/x', '/rpc']) {
      const response = await fetch(library.url + path, { headers });
      expect(response.headers.get('access-control-allow-origin')).to.equal('*');
      expect(response.headers.has('access-control-allow-credentials')).to.equal(false);
    }
    const preflight = await fetch(`${library.url}/rpc`, { method: 'OPTIONS', headers });
    expect(preflight.status).to.equal(204);
    expect(preflight.headers.get('access-control-allow-headers')).to.equal('Content-Type');
    expect(
      (await fetch(`${library.url}/ready`, { headers })).headers.has('access-control-allow-origin'),
    ).to.equal(false);
  });

  it('node.fault: a disk that fails, without a word about it', async () => {
    const submit = async () => {
      throw new Fault('store.failed', '/secret/path/on/disk is full', { cause: new Error('ENOSPC') });
    };
    await start({}, ({ ledger }) => ({ ledger: withSubmit(ledger, submit) }));
    const fields = { public_key: walletOf('new').publicKey };
    const response = await get(library, '/api/register', fields);
    expect(response.status).to.equal(500);
    await expectProblem(response, 'node.fault');
    const { error } = await rpc(library, 'library_v1_register', fields);
    expect(error).to.deep.include({ code: -32603, message: 'Something failed at this library.' });
    expect(library.failures).to.deep.equal([]);
  });

  it('node.fault: a mistake of ours is answered, and the node hears of it', async () => {
    const submit = async () => {
      assert(false, 'the sky is up');
      throw new Error('not reached');
    };
    await start({}, ({ ledger }) => ({ ledger: withSubmit(ledger, submit) }));
    const fields = { public_key: walletOf('new').publicKey };
    await expectProblem(await get(library, '/api/register', fields), 'node.fault');
    await rpc(library, 'library_v1_register', fields);
    expect(library.failures.map((error) => error instanceof AssertionFailed)).to.deep.equal([true, true]);
  });

  it('node.finality-timeout: keeps the bytes of an upload that may still become final', async () => {
    await start();
    library.archive.submit = async () => ({ state: 'waiting', code: 'node.finality-timeout' });
    const response = await postForm(library, uploadParts(library, rich, book));
    expect(response.status).to.equal(202);
    expect(await response.json()).to.include({ state: 'waiting', code: 'node.finality-timeout' });
    expect(library.archive.kept.size).to.equal(1);
    expect(library.archive.open).to.equal(0);
  });

  it('reader.unknown: what the ledger refuses is passed on, and the bytes are forgotten', async () => {
    await start();
    library.archive.submit = async () => ({ state: 'refused', code: 'reader.unknown' });
    await expectProblem(await postForm(library, uploadParts(library, rich, book)), 'reader.unknown');
    expect(library.archive.kept.size).to.equal(0);
    expect(library.archive.open).to.equal(0);
  });

  it('archive.busy: too many uploads at once', async () => {
    await start({}, ({ archive }) => ({
      archive: { ...archive, receiveFile: async () => reject('archive.busy') } as RpcPorts['archive'],
    }));
    await expectProblem(await postForm(library, uploadParts(library, rich, book)), 'archive.busy');
  });

  it('upload.too-many: says when to come again, in the body and the header, of bytes and of a torrent', async () => {
    const full = async () => ({ ...reject('upload.too-many'), facts: { retry_after: 7 } });
    await start({}, ({ archive }) => ({
      archive: { ...archive, receiveFile: full, receiveTorrent: full } as RpcPorts['archive'],
    }));
    const parts = uploadParts(library, rich, book);
    const torrent: [string, File] = ['torrent', new File(['torrent 5 x'], 'x.torrent')];
    for (const form of [parts, parts.with(3, torrent)]) {
      const response = await postForm(library, form);
      expect(response.headers.get('retry-after')).to.equal('7');
      expect(await response.clone().json()).to.include({ retry_after: 7 });
      await expectProblem(response, 'upload.too-many');
    }
  });

  it('file.taken-down: for buyers, uploaders and whoever asks', async () => {
    await start({}, ({ ledger }) => ({ ledger: takenDown(ledger) }));
    library.archive.kept.set(book.hash, { hash: new Uint8Array(32), size: 1n, name: 'x', infoHashes: [] });
    for (const response of [
      await get(library, `/api/file/${book.hash}`),
      await get(library, '/api/download', downloadFields(library, rich, book.hash)),
      await postForm(library, uploadParts(library, rich, book)),
    ]) {
      expect(response.status).to.equal(451);
      await expectProblem(response, 'file.taken-down');
    }
  });

  describe('with an operator who wants expiry', () => {
    beforeEach(() => start({ requireExpires: true }));

    it('request.expires-required: refuses a signature for ever', async () => {
      await expectProblem(
        await get(library, '/api/download', downloadFields(library, rich, book.hash)),
        'request.expires-required',
      );
      await expectProblem(
        await postForm(library, uploadParts(library, rich, book)),
        'request.expires-required',
      );
    });

    it('request.expires-too-far: refuses one for nearly ever', async () => {
      for (const [seconds, code] of [
        [86_400, 'file.unknown'],
        [86_401, 'request.expires-too-far'],
        [1, 'file.unknown'],
        [-1, 'request.expired'],
      ] as const) {
        const expires = START / 1_000 + seconds;
        const signed_hash = rich.signDownload(chainOf(library), book.hash, expires);
        const fields = { hash: book.hash, public_key: rich.publicKey, signed_hash, expires };
        await expectProblem(await get(library, '/api/download', fields), code);
      }
    });
  });

  describe('with hostile connections', () => {
    beforeEach(() => start());

    it('request.too-long: refuses a body of 10 MB while it streams in', async () => {
      for (const path of ['/api/search', '/rpc', '/api/download']) {
        for (const announced of [true, false]) {
          const { status, code } = await stream(path, 10_000_000, announced);
          expect(status).to.equal(413);
          expect(code).to.equal('request.too-long');
        }
      }
      expect((await get(library, '/health')).status).to.equal(200);
    });

    for (const [what, head] of [
      ['what is too long', 'Host: localhost\r\nContent-Type: application/json'],
      ['a name that is not ours', 'Host: elsewhere.example'],
      ['no host', 'Connection: keep-alive'],
    ] as const) {
      it(`cuts off a sender who does not stop: ${what}`, () => pushesIn(head));
    }

    async function pushesIn(head: string): Promise<void> {
      const { port, host } = library.server.address();
      const socket = connect(port, host);
      socket.on('error', () => undefined).resume();
      socket.write(`POST /rpc HTTP/1.1\r\n${head}\r\n`);
      socket.write('Content-Length: 1000000000\r\n\r\n');
      const closed = new Promise((resolve) => socket.on('close', resolve));
      const more = (): void => {
        while (!socket.destroyed && socket.write(CHUNK));
      };
      socket.on('drain', more);
      more();
      await closed;
      expect(socket.bytesWritten).to.be.below(64 * 1024 * 1024);
    }

    it('request.too-slow: gives up on a body that does not come, and on a form that does not: it was well formed', async () => {
      for (const type of ['application/json', 'multipart/form-data; boundary=b']) {
        const outgoing = request(`${library.url}/api/upload`, {
          method: 'POST',
          headers: { 'content-type': type },
        });
        outgoing.on('error', () => undefined);
        const answered = new Promise<number | undefined>((resolve) => {
          outgoing.on('response', ({ statusCode }) => resolve(statusCode));
          outgoing.on('close', () => resolve(undefined));
        });
        const arrived = library.nextTimer();
        outgoing.flushHeaders();
        await arrived;
        library.advance(limits.bodyTimeoutMs + 1);
        expect(await answered, 'its sender is told').to.equal(408);
        outgoing.destroy();
      }
    });

    it('request.malformed: of a request that names no host, or two, and of parameters that are no UTF-8', async () => {
      const malformed = /^HTTP\/1\.1 400 .*"type":"request\.malformed"/s;
      expect(await raw('GET /health HTTP/1.1\r\nConnection: close\r\n\r\n')).to.match(malformed);
      expect(await raw('GET /health HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n')).to.match(
        malformed,
      );
      expect(await raw('GET /health HTTP/1.0\r\n\r\n')).to.match(/^HTTP\/1\.1 200 /);
      for (const query of ['%', '%ff', '%e2%82', '%zz']) {
        const response = await fetch(`${library.url}/api/search?query=${query}`);
        await expectProblem(response, 'request.malformed');
      }
      expect((await fetch(`${library.url}/api/search?query=100%25+%e2%82%ac`)).status).to.equal(200);
    });

    it('request.method-not-allowed: is no proxy; and does not care what else is expected', async () => {
      const refused = /^HTTP\/1\.1 405 .*"type":"request\.method-not-allowed"/s;
      expect(await raw(CONNECT)).to.match(refused);
      const expecting =
        'GET /health HTTP/1.1\r\nHost: localhost\r\nExpect: the-moon\r\nConnection: close\r\n\r\n';
      expect(await raw(expecting)).to.match(/^HTTP\/1\.1 200 /);
    });

    it('outlives whoever asks for a proxy and is gone, and lets nobody stay', async () => {
      const { port, host } = library.server.address();
      for (let i = 0; i < 10; i++) {
        const rude = connect(port, host);
        rude.on('error', () => undefined);
        await once(rude, 'connect');
        rude.write(CONNECT);
        setImmediate(() => rude.resetAndDestroy());
        await once(rude, 'close');
      }
      expect((await get(library, '/health')).status).to.equal(200);
      const staying = connect({ port, host, allowHalfOpen: true });
      let closed = false;
      staying
        .on('error', () => undefined)
        .on('close', () => {
          closed = true;
        });
      staying.write(CONNECT);
      staying.resume();
      await once(staying, 'end');
      // Who has closed both directions answers a byte by a reset, which the next one finds.
      await eventually(() => {
        if (!closed) staying.write('x');
        return closed;
      });
    });

    it('request.malformed and request.too-long: answers what is no HTTP', async () => {
      expect(await raw('NONSENSE\r\n\r\n')).to.match(/^HTTP\/1\.1 400 .*"type":"request\.malformed"/s);
      const long = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`;
      expect(await raw(long)).to.match(/^HTTP\/1\.1 413 .*"type":"request\.too-long"/s);
    });

    it('request.too-many: to one client that holds its share of the connections; another one is served', async () => {
      const { port, host } = library.server.address();
      const held = Array.from({ length: limits.apiPerAddressMax }, () => connect(port, host));
      try {
        await Promise.all(held.map((socket) => once(socket, 'connect')));
        await asked('a refusal', async () => !(await isServed()));
        expect(await raw('')).to.match(/^HTTP\/1\.1 429 .*"type":"request\.too-many"/s);
        expect(await isServed({ localAddress: '127.0.0.2' })).to.equal(true);
        held[0]!.destroy();
        await asked('a place', () => isServed());
      } finally {
        for (const socket of held) socket.destroy();
      }
    });

    it('request.too-many: to one client behind a proxy that has its share of requests under way', async () => {
      await library.stop();
      await start({ trustedProxies: 1 });
      const from = (client: string) => ({ headers: { 'x-forwarded-for': `198.51.100.1, ${client}` } });
      const held = Array.from({ length: limits.apiPerAddressMax }, () => {
        const { headers } = from('192.0.2.1');
        const type = { 'content-type': 'application/json', 'content-length': 10 };
        const outgoing = request(`${library.url}/rpc`, {
          method: 'POST',
          headers: { ...headers, ...type },
          agent: false,
        });
        outgoing.on('error', () => undefined).flushHeaders();
        return outgoing;
      });
      try {
        await asked('a refusal', async () => !(await isServed(from('192.0.2.1'))));
        const refused = await fetch(`${library.url}/api/status`, from('192.0.2.1'));
        expect(refused.status).to.equal(429);
        await expectProblem(refused, 'request.too-many');
        expect(await isServed(from('192.0.2.2'))).to.equal(true);
        held[0]!.destroy();
        await asked('a place', () => isServed(from('192.0.2.1')));
      } finally {
        for (const outgoing of held) outgoing.destroy();
      }
    });

    async function isServed(options: RequestOptions = {}): Promise<boolean> {
      const outgoing = request(`${library.url}/health`, { ...options, agent: false }).end();
      const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
      return answered.then(
        ([response]) => response.resume().statusCode === 200,
        () => false, // reset, before the answer was read
      );
    }

    it('forgets an upload whose sender leaves', async () => {
      const parts = uploadParts(library, rich, book).slice(0, 3);
      const fields = parts.map(
        ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      );
      const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x.txt"\r\n\r\nsome bytes';
      const received = Promise.withResolvers<void>();
      const { receiveFile } = library.archive;
      const broken = Promise.withResolvers<unknown>();
      library.archive.receiveFile = (bytes, announced) => {
        received.resolve();
        const done = receiveFile.call(library.archive, bytes, announced);
        done.catch(broken.resolve);
        return done;
      };
      const outgoing = request(`${library.url}/api/upload`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      });
      outgoing.on('error', () => undefined);
      outgoing.write(fields.join('') + head);
      await received.promise;
      outgoing.destroy();
      expect(await broken.promise).to.be.instanceOf(Error);
      expect(library.archive.open).to.equal(0);
      expect(library.failures).to.deep.equal([]);
    });

    async function stream(
      path: string,
      length: number,
      announced: boolean,
    ): Promise<{ status: number; code: unknown }> {
      const headers = {
        'content-type': 'application/json',
        ...(announced ? { 'content-length': length } : {}),
      };
      const outgoing = request(library.url + path, { method: 'POST', headers });
      outgoing.on('error', () => undefined);
      const answered = once(outgoing, 'response');
      for (let sent = 0; sent < length; sent += CHUNK.length)
        outgoing.write(CHUNK.subarray(0, length - sent));
      outgoing.end();
      const [response] = await answered;
      let text = '';
      for await (const chunk of response) text += chunk;
      const body = JSON.parse(text);
      return { status: response.statusCode, code: body.type ?? body.error.data.code };
    }

    async function raw(text: string): Promise<string> {
      const { port, host } = library.server.address();
      const socket = connect(port, host);
      socket.on('error', () => undefined);
      socket.write(text);
      let answer = '';
      for await (const chunk of socket) answer += chunk;
      return answer;
    }
  });

  it('stops while connections are kept alive, and lets an answer under way finish', async () => {
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await start({}, ({ ledger }) => ({
      ledger: withSubmit(ledger, async (checked) => {
        arrived.resolve();
        await held.promise;
        return ledger.submit(checked);
      }),
    }));
    const agent = new Agent({ keepAlive: true });
    const idle = request(`${library.url}/health`, { agent });
    idle.end();
    const [first] = await once(idle, 'response');
    first.resume();
    await once(first, 'end');
    const busy = get(library, '/api/register', { public_key: walletOf('new').publicKey });
    await arrived.promise;
    const stopped = library.server.stop();
    held.resolve();
    expect((await busy).status).to.equal(200);
    await stopped;
    agent.destroy();
    const refused = await post(library, '/rpc', {}).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
  });

  it('cuts answers that do not come to an end when it stops', async () => {
    const arrived = Promise.withResolvers<void>();
    await start({}, ({ ledger }) => ({
      ledger: withSubmit(ledger, () => {
        arrived.resolve();
        return new Promise(() => undefined);
      }),
    }));
    const busy = get(library, '/api/register', { public_key: walletOf('new').publicKey }).catch(
      (error: unknown) => error,
    );
    await arrived.promise;
    const stopped = library.server.stop();
    library.advance(limits.httpStopMs);
    await stopped;
    expect(await busy).to.be.instanceOf(Error);
  });

  it('port.taken: says which, and how to choose another', async () => {
    await start();
    const second = createRpcServer(library.ports, library.server.address());
    const failed = await second.start().catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Fault).and.to.have.property('code', 'port.taken');
    expect((failed as Fault).message).to.match(
      /port of the API, \d+ on 127\.0\.0\.1, is taken: .*--http-port/,
    );
    await second.stop();
  });
});

const CHUNK = Buffer.alloc(64 * 1024, 0x20);

function withSubmit(ledger: RpcPorts['ledger'], submit: RpcPorts['ledger']['submit']): RpcPorts['ledger'] {
  return {
    chainId: ledger.chainId,
    genesisName: ledger.genesisName,
    head: () => ledger.head(),
    view: () => ledger.view(),
    submit,
  };
}

function takenDown(ledger: RpcPorts['ledger']): RpcPorts['ledger'] {
  const draft = new Draft(ledger.view());
  const hash = hexToBytes(book.hash);
  const available = { size: 1n, name: 'x', infoHashes: [], nameSigned: false, height: 0 };
  putFileEntry(draft, hash, { takenDown: true, available });
  return { ...withSubmit(ledger, (checked) => ledger.submit(checked)), view: () => draft };
}
