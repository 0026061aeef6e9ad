import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { DEVELOPMENT_SEEDS } from '../../chain/block/development.ts';
import { createWallet } from '../../client/wallet.ts';
import { isCode } from '../../rpc/problem.ts';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import { badPeers } from './fixtures/bad-peer.ts';
import { eventually } from './fixtures/eventually.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { readLedger } from './fixtures/ledger-on-disk.ts';
import { residentBytes } from './fixtures/memory.ts';
import { mutated } from './fixtures/mutations.ts';
import { freePort } from './fixtures/ports.ts';
import { askAll, type RawAnswer, RawConnection, type RawRequest } from './fixtures/raw-http.ts';
import { available, newReader, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const BATCH = 500;
const ANNOUNCE_BATCHES = 120;
const API_BATCHES = 80;
const CONNECTIONS = 32;
const MIB = 1024 * 1024;
/** Caches fill, buffers grow: far less than what 100,000 requests that are kept would take. */
const GROWTH_MAX = 250 * MIB;

describe('a library among 100,000 mutated requests', () => {
  let library: SingleLibrary;
  let torrentPort: number;
  let key: string;
  let announces: readonly RawRequest[];
  let calls: readonly RawRequest[];
  let url: string;
  let infoHash: string;
  let untouched: { height: number; memory: number };
  const served = { announces: 0, calls: 0 };

  before(async () => {
    torrentPort = await freePort('127.0.0.1');
    library = await SingleLibrary.start('--torrent-port', String(torrentPort));
    const { client } = library;
    const rich = createWallet(DEVELOPMENT_SEEDS.reader);
    const reader = await newReader(client);
    key = reader.publicKey;
    const book = await writeBook(library.folder, 'book.txt', 20_000);
    await client.uploadFile(reader, new Blob([book.bytes]), book.name);
    await available(client, book.hash);
    const torrent = await client.download(rich, book.hash);
    url = announceUrlsOf(torrent.bytes)[0]!;
    infoHash = infoHashOf(torrent.bytes);
    const chain = (await client.status()).chain.id;

    const hash = infoHash.replace(/../g, '%$&');
    const query = `info_hash=${hash}&peer_id=-XX0001-abcdefabcdef&port=6881&uploaded=0&downloaded=0&left=1`;
    const path = new URL(url).pathname;
    announces = [
      get(`${path}?${query}&compact=1&event=started`),
      get(`${path}?${query}&numwant=50&event=stopped`),
      get(`${path.replace('/announce/', '/scrape/')}?info_hash=${hash}`),
      get(path),
    ];
    const bought = {
      hash: book.hash,
      public_key: rich.publicKey,
      signed_hash: await rich.signDownload(chain, book.hash),
    };
    const soon = Math.floor(Date.now() / 1_000) + 600;
    const owned = {
      ...{ hash: book.hash, public_key: key, expires: String(soon) },
      signed_hash: await reader.signFetch(chain, book.hash, soon),
    };
    const seeds = {
      hash: book.hash,
      public_key: key,
      signed_hash: await reader.signUpload(chain, book.hash),
    };
    calls = [
      ...[
        ['register', { public_key: key }],
        ['search', { query: 'book', limit: '5' }],
        ['account', { public_key: key }],
        ['download', { ...bought, format: 'hybrid' }],
        ['upload', seeds],
        ['upload-state', owned],
        ['fetch', owned],
        ['status', {}],
      ].flatMap(([verb, fields]) => [
        get(`/api/${verb}?${new URLSearchParams(fields as Record<string, string>)}`),
        post(`/api/${verb}`, JSON.stringify(fields)),
      ]),
      get(`/api/file/${book.hash}`),
      post('/rpc', JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'library_v1_download', params: bought })),
      post('/rpc', JSON.stringify([{ jsonrpc: '2.0', id: 1, method: 'node_v1_status' }, { jsonrpc: '2.0' }])),
      form([...Object.entries(seeds)], 'book.txt', 'some other bytes'),
      form([...Object.entries(seeds)], '../../book.txt', 'x'),
    ];
    untouched = { height: (await client.status()).height, memory: await residentBytes(library.process.pid) };
  });
  after(async () => await library?.stop());

  it(`answers ${ANNOUNCE_BATCHES * BATCH} mutated announces, each with a reason or with peers (property)`, async () => {
    await bombard(library.home.trackerPort, announces, ANNOUNCE_BATCHES, (request, answer) => {
      served.announces++;
      if (answer === undefined) return expectMangled(request);
      if (answer.status === 404) return;
      expect(answer.status).to.equal(200);
      const body = answer.body.toString('latin1');
      const [, code] = /14:failure reason\d+:.*?\(([a-z.-]+)\)/.exec(body) ?? [];
      if (code === undefined) expect(body).to.match(/8:intervali\d+e|5:files/);
      else expect(isCode(code) && code !== 'node.fault', body).to.equal(true);
    });
  });

  it(`answers ${API_BATCHES * BATCH} mutated API requests, each with success or one of our codes (property)`, async () => {
    await bombard(library.home.httpPort, calls, API_BATCHES, (_, answer) => {
      served.calls++;
      if (answer === undefined) throw new Error('the API has hung up');
      const body = answer.body.toString();
      if (answer.status < 300) return;
      const document = JSON.parse(body);
      const code: string = document.type ?? document.error?.data?.code;
      expect(isCode(code) && code !== 'node.fault', body).to.equal(true);
      expect(body).not.to.match(/node_modules|\.ts\b|\bat \w+ \(/);
    });
  });

  it('survives the messages that end bittorrent-tracker', async () => {
    for (const event of ['started', 'stopped']) {
      await fetch(
        `${url}?info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=-XX0001-abcdefabcdef&port=1&event=${event}&socket=1`,
      );
    }
    for (const message of [
      { action: 'scrape', info_hash: 5 },
      { action: 'announce', info_hash: 'a'.repeat(20), peer_id: 'b'.repeat(20), offers: [null], numwant: 1 },
      { action: 'announce', info_hash: 'a'.repeat(20), peer_id: 'c'.repeat(20), answer: {}, to_peer_id: 5 },
    ]) {
      const upgrade =
        `GET ${new URL(url).pathname} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
      const sent = Buffer.concat([Buffer.from(upgrade), frame(JSON.stringify(message))]);
      await write(library.home.trackerPort, sent);
    }
  });

  it('survives strangers at the ports of its peers', async () => {
    await announce(url, infoHash); // its archive seeds from now on
    await eventually('the seed', async () => (await announce(url, infoHash)).peers.length > 0);
    for (const bytes of badPeers(infoHash)) await write(torrentPort, bytes);
    for (const length of [1, 100, 10_000]) await write(library.home.p2pPort, randomBytes(length));
    expect((await fetch(`${library.home.api}/health`)).status).to.equal(200);
  });

  it('is as it was afterwards: it answers, has grown little, and its ledger has not changed', async () => {
    expect(served.announces + served.calls).to.be.at.least(100_000);
    expect((await announce(url, infoHash)).failure).to.equal(undefined);
    const health = await fetch(`${library.home.api}/health`);
    expect(health.status).to.equal(200);
    expect((await residentBytes(library.process.pid)) - untouched.memory).to.be.below(GROWTH_MAX);
    const { height } = await library.client.status();
    await newReader(library.client);
    await library.process.stop();
    const { blocks, accounts } = await readLedger(library.home.home);
    const roots = blocks.slice(untouched.height, height + 1).map(({ stateRoot }) => stateRoot);
    expect(new Set(roots).size, 'states between the first request and the last').to.equal(1);
    expect(accounts.size).to.equal(4); // billing, the rich reader, the uploader, and the reader who has just come
  });

  async function bombard(
    port: number,
    good: readonly RawRequest[],
    batches: number,
    judge: (request: RawRequest, answer: RawAnswer) => void,
  ): Promise<void> {
    const connections = Array.from({ length: CONNECTIONS }, () => new RawConnection(port));
    const batch = fc.array(mutated(good).filter(registersNobody), {
      minLength: BATCH,
      maxLength: BATCH,
      size: 'max',
    });
    try {
      await fc.assert(
        fc.asyncProperty(batch, (requests) => askAll(connections, requests, judge)),
        { numRuns: batches },
      );
    } finally {
      for (const connection of connections) connection.close();
    }
    await eventually('it to answer', async () => (await fetch(`${library.home.api}/health`)).ok);
  }

  /** A key that is mutated may still be one, and then it is rightly registered. */
  function registersNobody({ target, body }: RawRequest): boolean {
    const text = `${target}${body ?? ''}`;
    return !/register/i.test(text) || text.includes(key) || !/[0-9a-f]{64}/.test(text);
  }
});

/** A connection that says this and then waits for the other side to end it, or for nothing more to come. */
async function write(port: number, bytes: Uint8Array): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined); // 'close' follows
  socket.resume();
  socket.end(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
}

function get(target: string): RawRequest {
  return { method: 'GET', target: Buffer.from(target) };
}

function post(target: string, body: string): RawRequest {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', target: Buffer.from(target), headers, body: Buffer.from(body) };
}

function form(fields: readonly (readonly [string, string])[], name: string, content: string): RawRequest {
  const parts = fields.map(
    ([field, value]) => `--b\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  );
  parts.push(
    `--b\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${content}\r\n--b--\r\n`,
  );
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  return { method: 'POST', target: Buffer.from('/api/upload'), headers, body: Buffer.from(parts.join('')) };
}

/** Only what is no HTTP at all may be hung up on. */
function expectMangled({ target }: RawRequest): void {
  const mangled = target.some((byte) => byte <= 0x20 || byte >= 0x7f) || target.length > 4_096;
  expect(mangled, target.toString('latin1')).to.equal(true);
}

/** A WebSocket text frame of a client (RFC 6455): masked with zeros. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(payload.length);
  return Buffer.concat([Buffer.of(0x81, 0xfe), length, Buffer.alloc(4), payload]);
}
