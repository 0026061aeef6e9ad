/**
 * The tracker of a running library refuses for ever only what can never become right: what clients and proxies write in
 * their own way is read as it is meant. Clients that are told "failure" do not ask again by themselves.
 */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import bencode from 'bencode';
import { expect } from 'chai';
import { announceUrlsOf } from './fixtures/announce.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { newReader, upload, wealthyReader, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const BYTES = 20_000;
/** What clients say when they do not know. */
const NO_AMOUNTS = ['-1', '', '18446744073709551616', 'NaN'];
const PORT = 7_001;

type Reply = {
  readonly 'failure reason'?: Uint8Array;
  readonly 'retry in'?: Uint8Array;
  readonly interval?: number;
  readonly complete?: number;
  readonly incomplete?: number;
  readonly peers?: Uint8Array;
  readonly peers6?: Uint8Array;
};
type Client = { readonly url: string; readonly peerId: string; readonly port: number };
type Asked = {
  readonly fields?: Readonly<Record<string, string>>;
  readonly from?: string;
  /** What stands before the path in the request line. */
  readonly origin?: string;
};

describe('the tracker of a library behind a proxy', () => {
  let library: SingleLibrary;
  let infoHash: string;
  let author: Client;
  let buyer: Client;

  before(async () => {
    library = await SingleLibrary.start('--trusted-proxies', '1');
    const { client, folder } = library;
    const writer = await newReader(client);
    const book = await writeBook(folder, 'Announced.bin', BYTES);
    await upload(client, writer, book);
    const reader = await wealthyReader(client, folder, BYTES);
    const [own, bought] = [await client.fetch(writer, book.hash), await client.download(reader, book.hash)];
    infoHash = infoHashOf(bought.bytes);
    const [of, by] = [own, bought].map(({ bytes }) => announceUrlsOf(bytes)[0]!);
    author = { url: of!, peerId: '-XX0001-author000001', port: PORT };
    buyer = { url: by!, peerId: '-XX0001-buyer0000001', port: PORT + 1 };
  });
  after(() => library?.stop());

  /** As a proxy hands it on. */
  async function announce({ url, peerId, port }: Client, asked: Asked = {}): Promise<Reply> {
    const { fields = {}, from = '127.9.0.1', origin = '' } = asked;
    const { hostname, port: trackerPort, pathname } = new URL(url);
    const said = { port: String(port), uploaded: '0', downloaded: '0', left: '1', compact: '1', ...fields };
    const query = `info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=${peerId}&${new URLSearchParams(said)}`;
    const asking = get({
      ...{ host: hostname, port: trackerPort, path: `${origin}${pathname}?${query}`, agent: false },
      headers: { 'x-forwarded-for': from },
    });
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    expect(response.statusCode).to.equal(200);
    return bencode.decode(new Uint8Array(Buffer.concat(chunks))) as Reply;
  }

  function served(reply: Reply, what: string): Reply {
    const reason = reply['failure reason'];
    expect(reason && Buffer.from(reason).toString(), what).to.equal(undefined);
    expect(reply.interval, what).to.be.above(0);
    return reply;
  }

  it('takes an amount that is none for unknown: the client is served, and is no seeder', async () => {
    const { complete, incomplete } = served(await announce(author), 'as clients usually say it');
    for (const name of ['left', 'uploaded', 'downloaded']) {
      for (const none of NO_AMOUNTS) {
        const reply = served(await announce(author, { fields: { [name]: none } }), `${name}=${none}`);
        expect([reply.complete, reply.incomplete], `${name}=${none}`).to.deep.equal([complete, incomplete]);
      }
    }
    const whole = served(await announce(author, { fields: { left: '0' } }), 'the one that has it all');
    expect(whole.complete).to.equal(complete! + 1);
  });

  it('reads the address that a proxy has seen, with a port, in brackets, and shows the peer there', async () => {
    const at = [0x7f, 9, 0, 2, PORT >> 8, PORT & 0xff];
    for (const from of ['127.9.0.2:4711', '203.0.113.7, 127.9.0.2:80', '[::ffff:127.9.0.2]:4711']) {
      served(await announce(author, { from }), from);
      const { peers = new Uint8Array(0) } = served(await announce(buyer), from);
      expect(includes(peers, at), from).to.equal(true);
      served(await announce(author, { from, fields: { event: 'stopped' } }), from);
    }
    const loopback = [...new Uint8Array(15), 1, PORT >> 8, PORT & 0xff];
    for (const from of ['[::1]:4711', '[::1]', '::1']) {
      served(await announce(author, { from }), from);
      const { peers6 = new Uint8Array(0) } = served(await announce(buyer), from);
      expect(includes(peers6, loopback), from).to.equal(true);
      served(await announce(author, { from, fields: { event: 'stopped' } }), from);
    }
  });

  it('answers a request target in absolute form, whatever host it names', async () => {
    for (const origin of [
      new URL(author.url).origin,
      'http://tracker.example',
      'HTTPS://tracker.example:443',
    ]) {
      served(await announce(author, { origin }), origin);
    }
  });

  it('refuses for ever what can never become right: a pass of another form', async () => {
    const url = author.url.slice(0, -2);
    const { 'failure reason': reason = new Uint8Array(0), 'retry in': retry = new Uint8Array(0) } =
      await announce({ ...author, url });
    expect(Buffer.from(reason).toString()).to.include('(pass.malformed)');
    expect(Buffer.from(retry).toString()).to.equal('never');
  });
});

/** Is this entry among those that stand there one after the other? */
function includes(peers: Uint8Array, entry: readonly number[]): boolean {
  for (let at = 0; at < peers.length; at += entry.length) {
    if (entry.every((byte, i) => peers[at + i] === byte)) return true;
  }
  return false;
}
