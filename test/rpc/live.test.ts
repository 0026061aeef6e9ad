/** Following the ledger over a WebSocket at /rpc, and the calls that go over it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { accept, reject } from '../../core/verdict.ts';
import { eventually } from '../e2e/fixtures/eventually.ts';
import {
  type Book,
  bookOf,
  downloadFields,
  type Fields,
  get,
  historyFields,
  json,
  postForm,
  rpc,
  uploadParts,
} from './calls.ts';
import { LiveClient, type LiveOptions } from './live-client.ts';
import type { SyncWallet } from './sync-wallet.ts';
import { START, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

/** What is paid is asked elsewhere. */
const ENDLESS = { pay: () => accept(), charge() {} };
const FREE = { needed: () => 0, add() {} };
const [uploader, buyer] = ['rich', 'richer'].map(walletOf) as [SyncWallet, SyncWallet];

/** Of the block at the head, and of a notification. */
const HEAD_COST = 0.02 + 0.1;

describe('a WebSocket at /rpc', () => {
  let library: TinyLibrary;
  const clients: LiveClient[] = [];
  let ended: (string | undefined)[];
  let following: number;
  /** Has whoever asks anything to pay with? */
  let isPoor: (cost: number) => boolean;
  let paid: number;

  beforeEach(async () => {
    ended = [];
    following = 0;
    paid = 0;
    isPoor = () => false;
    const budget = {
      pay(_: unknown, cost: number) {
        if (isPoor(cost)) return reject('request.over-budget');
        paid += cost;
        return accept();
      },
      charge(_: unknown, cost: number) {
        paid += cost;
      },
    };
    library = await startLibrary({ budget, registrations: FREE }, () => ({
      subscriptions: {
        began() {
          following += 1;
        },
        ended(code) {
          following -= 1;
          ended.push(code);
        },
      },
    }));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await library.stop();
    expect(library.failures).to.deep.equal([]);
    await eventually('nobody follows', async () => following === 0);
  });

  async function open(options: LiveOptions = {}): Promise<LiveClient> {
    const client = await LiveClient.open(library.url, options);
    clients.push(client);
    return client;
  }
  const publish = (book: Book, wallet = uploader) => postForm(library, uploadParts(library, wallet, book));
  const buys = (book: Book) => get(library, '/api/download', downloadFields(library, buyer, book.hash));
  const registers = (name: string) => get(library, '/api/register', { public_key: walletOf(name).publicKey });
  const page = async (fields: Fields = {}) => (await json(get(library, '/api/events', fields))).events;

  it('answers the calls of JSON-RPC, one and many, as over HTTP', async () => {
    const client = await open();
    await publish(bookOf('a.txt'));
    const { result } = await client.ask('library_v1_search', { query: 'a' });
    expect(result.items).to.have.length(1);
    expect((await client.ask('node_v1_status')).result).to.deep.equal(
      (await rpc(library, 'node_v1_status', {})).result,
    );
    expect((await client.ask('library_v1_none')).error).to.include({ code: -32601 });
    client.ws.send(JSON.stringify([1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'node_v1_status' }))));
    await client.until('an answer to both', () => client.others.length === 1);
    expect(client.others[0]).to.have.length(2);
  });

  it('tells what blocks do, in order and without a gap, from any place on', async () => {
    const first = await open();
    await first.subscribe();
    for (let i = 0; i < 5; i++) await publish(bookOf(`early ${i}`));
    const second = await open();
    await second.subscribe({ from: '3:0' });
    for (let i = 0; i < 5; i++) await publish(bookOf(`late ${i}`));
    const { height } = library.ledger.head();
    const all = (await page()) as Fields[];
    await first.until('all of it', () => first.told.at(-1)?.next === `${height + 1}:0`);
    await second.until('all of it', () => second.told.at(-1)?.next === `${height + 1}:0`);
    expect(first.events()).to.deep.equal(all);
    expect(second.events()).to.deep.equal(all.filter(({ at }) => Number.parseInt(String(at), 10) >= 3));
    // Of one block each.
    for (const { events = [] } of second.told) {
      expect(new Set(events.map(({ at }) => at.split(':')[0])).size).to.be.at.most(1);
    }
  });

  it('tells it to several names over one connection, each what it asks for', async () => {
    const client = await open();
    const [book, other] = [bookOf('a.txt'), bookOf('b.txt')];
    const kinds = await client.subscribe({ kinds: 'available' });
    const file = await client.subscribe({ file: other.hash });
    await publish(book);
    await publish(other);
    await client.until('four events', () => client.events().length === 4);
    const of = (name: string) =>
      client.told.filter(({ subscription }) => subscription === name).flatMap(({ events = [] }) => events);
    expect(of(kinds).map(({ kind, hash }) => [kind, hash])).to.deep.equal([
      ['available', book.hash],
      ['available', other.hash],
    ]);
    expect(of(file).map(({ kind }) => kind)).to.deep.equal(['attested', 'available']);
  });

  it('tells a key what is its own, and nobody else', async () => {
    const [own, stranger] = [await open(), await open()];
    await own.subscribe(historyFields(library, buyer));
    await stranger.subscribe();
    const book = bookOf('a.txt');
    await publish(book);
    await buys(book);
    await publish(bookOf('b.txt'));
    await own.until('the purchase', () => own.events().some(({ kind }) => kind === 'purchased'));
    await stranger.until('the second book', () => stranger.events().length === 4);
    expect(new Set(stranger.events().map(({ kind }) => kind))).to.deep.equal(
      new Set(['attested', 'available']),
    );
    const text = JSON.stringify(stranger.told);
    for (const { publicKey } of [uploader, buyer]) expect(text).not.to.include(publicKey);
    const { signed_hash } = historyFields(library, uploader);
    const forged = await stranger.ask('ledger_v1_subscribe', {
      ...historyFields(library, buyer),
      signed_hash,
    });
    expect(forged.error?.data.code).to.equal('signature.wrong');
  });

  it('request.expired: ends with a code and a place when the signature does', async () => {
    const client = await open();
    await client.subscribe({ from: '1:0', ...historyFields(library, buyer, START / 1_000 + 60) });
    await publish(bookOf('a.txt'));
    await client.until('the book', () => client.events().length === 2);
    library.advance(60_000);
    await client.until('the end', () => client.told.at(-1)?.stop !== undefined);
    const { height } = library.ledger.head();
    expect(client.told.at(-1)!.stop).to.include({ code: 'request.expired', next: `${height + 1}:0` });
    expect(ended).to.deep.equal(['request.expired']);
    expect(await client.subscribe({ from: `${height + 1}:0` })).to.be.a('string');
  });

  it('events.pruned: refuses to begin where nothing is kept, and ends where it is gone meanwhile', async () => {
    for (let i = 0; i < 4; i++) await publish(bookOf(`${i}`));
    library.ledger.prunedBelow = 3;
    const client = await open();
    const { error } = await client.ask('ledger_v1_subscribe', { from: '2:0' });
    expect(error?.data).to.include({ code: 'events.pruned', oldest: 3 });
    isPoor = (cost) => cost === 0.02 * limits.eventsPieceBlocks;
    await client.subscribe({ from: '3:0' });
    await client.until('the pause', () => client.told.length === 1);
    library.ledger.prunedBelow = 4;
    isPoor = () => false;
    library.advance(limits.subscriptionPauseMs);
    await client.until('the end', () => client.told.length === 2);
    expect(client.told[1]!.stop).to.include({ code: 'events.pruned', next: '3:0', oldest: 4 });
  });

  it('subscription.too-many, subscription.unknown: follows eight things, and another when one has ended, once', async () => {
    const client = await open();
    const names: string[] = [];
    for (let i = 0; i < limits.subscriptionsPerWebSocketMax; i++) names.push(await client.subscribe());
    const { error } = await client.ask('ledger_v1_subscribe');
    expect(error?.data.code).to.equal('subscription.too-many');
    const { result } = await client.ask('ledger_v1_unsubscribe', { subscription: names[3] });
    expect(result).to.deep.equal({ subscription: names[3], next: '1:0' });
    await client.subscribe();
    const again = await client.ask('ledger_v1_unsubscribe', { subscription: names[3] });
    expect(again.error?.data.code).to.equal('subscription.unknown');
    const { error: wrong } = await client.ask('ledger_v1_unsubscribe', { subscription: 7 });
    expect(wrong?.data.code).to.equal('request.wrong-value');
  });

  it('subscription.needs-websocket: over HTTP there is nothing to follow', async () => {
    expect((await rpc(library, 'ledger_v1_subscribe', {})).error?.data.code).to.equal(
      'subscription.needs-websocket',
    );
    expect((await get(library, '/api/subscribe')).status).to.equal(404);
  });

  it('keeps nothing of a thousand subscriptions that have ended', async () => {
    const client = await open();
    const { events } = library.ports;
    let watching = 0;
    const watch = events.watch.bind(events);
    events.watch = (tell) => {
      watching += 1;
      const forget = watch(tell);
      return () => {
        watching -= 1;
        forget();
      };
    };
    for (let i = 0; i < 1_000; i++) {
      const subscription = await client.subscribe();
      await client.ask('ledger_v1_unsubscribe', { subscription });
    }
    expect([following, watching, ended.length]).to.deep.equal([0, 0, 1_000]);
    expect(client.socket.listenerCount('close')).to.be.below(5);
    for (let i = 0; i < 5; i++) await client.subscribe();
    expect([following, watching]).to.deep.equal([5, 1]);
    client.close();
    await eventually('it is forgotten', async () => watching === 0 && following === 0);
  });

  it('pauses for who has nothing left to pay with, says so once, and goes on', async () => {
    const client = await open();
    await client.subscribe();
    await publish(bookOf('a.txt'));
    await client.until('the book', () => client.events().length === 2);
    isPoor = (cost) => Math.abs(cost - HEAD_COST) < 0.001;
    await publish(bookOf('b.txt'));
    await client.until('the pause', () => client.told.at(-1)?.pause !== undefined);
    for (let i = 0; i < 3; i++) library.advance(limits.subscriptionPauseMs);
    isPoor = () => false;
    library.advance(limits.subscriptionPauseMs);
    await client.until('the second book', () => client.events().length === 4);
    const pauses = client.told.filter(({ pause }) => pause !== undefined);
    expect(pauses).to.have.length(1);
    expect(pauses[0]!.pause).to.include({
      code: 'request.over-budget',
      after_ms: limits.subscriptionPauseMs,
    });
  });

  it('is paid for by what is read and sent, as pages of events are', async () => {
    for (let i = 0; i < 100; i++) await publish(bookOf(`${i}`));
    const client = await open();
    paid = 0;
    await client.subscribe();
    await client.until('all of it', () => client.events().length === 200);
    // 5 to begin, two pieces of 50 blocks, and what is sent.
    expect(paid).to.be.within(5 + 2 + 200 * 0.02, 30);
  });

  it('says now and then how far it is where nothing happens that is asked for', async () => {
    const client = await open();
    await client.subscribe({ kinds: 'reset' });
    await publish(bookOf('a.txt'));
    library.advance(limits.subscriptionToldMs);
    await publish(bookOf('b.txt'));
    await client.until('a place', () => client.told.length === 1);
    expect(client.told[0]!.events).to.deep.equal([]);
  });

  it('request.too-many: has 32 calls under way at once, and no more', async () => {
    const client = await open();
    await publish(bookOf('a.txt'));
    const { events } = library.ports;
    const read = events.read.bind(events);
    const gate = Promise.withResolvers<void>();
    events.read = async (...all) => {
      await gate.promise;
      return read(...all);
    };
    const all = Array.from({ length: limits.webSocketCallsAtOnceMax }, () => client.ask('ledger_v1_events'));
    const { error } = await client.ask('node_v1_status');
    expect(error?.data.code).to.equal('request.too-many');
    gate.resolve();
    for (const one of all) expect((await one).error).to.equal(undefined);
    expect((await client.ask('node_v1_status')).error).to.equal(undefined);
  });

  it('tells calls that wait when their client has gone', async () => {
    let waits = 0;
    const news = library.ports.events.news.bind(library.ports.events);
    library.ports.events.news = async (...all) => {
      waits += 1;
      const came = await news(...all);
      waits -= 1;
      return came;
    };
    const other = await open();
    void other.ask('ledger_v1_events', { from: '1:0', wait: 30 });
    await eventually('it waits', async () => waits === 1);
    other.close();
    await eventually('it waits no more', async () => waits === 0);
  });

  describe('whoever may not', () => {
    const status = async (options: LiveOptions): Promise<string> => {
      try {
        await open(options);
        return '';
      } catch (error) {
        return /\d{3}/.exec(String(error))?.[0] ?? String(error);
      }
    };

    it('page.foreign: gets no connection for a page of another site; a listed one, its own and programs do', async () => {
      expect(await status({ origin: 'https://evil.example' })).to.equal('403');
      expect(await status({ origin: 'null' })).to.equal('403');
      expect(await status({ headers: { 'sec-fetch-site': 'cross-site' } })).to.equal('403');
      expect(await status({ origin: 'https://friend.example' })).to.equal('');
      expect(await status({ origin: library.url })).to.equal('');
      expect(await status({ headers: { 'user-agent': 'Mozilla/5.0' } })).to.equal('');
    });

    it('host.foreign: gets none by a name that is not the library’s', async () => {
      expect(await status({ headers: { host: 'evil.example' } })).to.equal('421');
      expect(await status({ headers: { host: 'tiny.example' } })).to.equal('');
    });

    it('request.over-budget: gets none without anything to pay with', async () => {
      isPoor = () => true;
      expect(await status({})).to.equal('429');
    });

    it('request.too-many: leaves places to others, by address and network', async () => {
      for (let i = 0; i < limits.webSocketsPerAddressMax; i++) {
        expect(await status({ localAddress: '127.1.0.1' })).to.equal('');
        await clients.at(-1)!.subscribe(); // they are used, and stay
      }
      expect(await status({ localAddress: '127.1.0.1' })).to.equal('429');
      for (let i = limits.webSocketsPerAddressMax; i < limits.webSocketsPerNetworkMax; i++) {
        expect(await status({ localAddress: '127.1.0.2' })).to.equal('');
        await clients.at(-1)!.subscribe();
      }
      expect(await status({ localAddress: '127.1.0.3' })).to.equal('429');
      expect(await status({ localAddress: '127.2.0.1' })).to.equal('');
    });

    it('request.too-many: behind proxies of the operator it is the clients that have places', async () => {
      const own = library;
      library = await startLibrary({ budget: ENDLESS, trustedProxies: 1 });
      try {
        const from = (address: string) => status({ headers: { 'x-forwarded-for': address } });
        for (let i = 0; i < limits.webSocketsPerAddressMax; i++) {
          expect(await from('198.51.100.1')).to.equal('');
          await clients.at(-1)!.subscribe();
        }
        expect(await from('198.51.100.1')).to.equal('429');
        expect(await from('203.0.113.1')).to.equal('');
        for (const client of clients.splice(0)) client.close();
        await eventually('a place', async () => (await from('198.51.100.1')) === '');
      } finally {
        for (const client of clients.splice(0)) client.close();
        await library.server.stop();
        library = own;
      }
    });

    it('makes room by ending one that is of no use', async () => {
      const all: LiveClient[] = [];
      for (let i = 0; i < limits.webSocketsPerAddressMax; i++) all.push(await open());
      expect(await status({})).to.equal('429');
      library.advance(limits.webSocketIdleMs);
      await Promise.all(all.slice(1).map((client) => client.ask('node_v1_status')));
      expect(await status({})).to.equal('');
      expect((await all[0]!.closed)[0]).to.equal(1006);
    });
  });

  describe('what is sent over it', () => {
    it('that cannot be read as JSON-RPC is answered with an error, and the connection stays', async () => {
      const client = await open();
      const broken = ['', '{', '1', '[]', '{"jsonrpc":"2.0"}', '"x"', '{"a":1,"a":2}', '['.repeat(100)];
      for (const text of broken) client.ws.send(text);
      await client.until('all answers', () => client.others.length === broken.length);
      for (const { error, id } of client.others) expect([error?.code, id]).to.deep.equal([error!.code, null]);
      expect((await client.ask('node_v1_status')).error).to.equal(undefined);
    });

    it('in bytes and not in text ends it', async () => {
      const client = await open();
      client.ws.send(Buffer.from('{}'));
      expect(await client.closed).to.deep.equal([1003, 'request.wrong-content-type']);
    });

    it('that is longer than a body ends it, and one as long as that is read', async () => {
      const client = await open();
      const query = 'x'.repeat(limits.bodyBytesMax - 200);
      const { error } = await client.ask('library_v1_search', { query });
      expect(error?.data.code).to.equal('request.too-long');
      client.ws.send('x'.repeat(limits.bodyBytesMax + 1));
      expect((await client.closed)[0]).to.equal(1009);
    });

    it('a byte at a time is read, and in more pieces than anybody makes ends it', async () => {
      const client = await open();
      const answer = client.ask('node_v1_status');
      await answer;
      const text = JSON.stringify({ jsonrpc: '2.0', id: 'bytes', method: 'node_v1_status' });
      for (let i = 0; i < text.length; i++) client.ws.send(text[i]!, { fin: i === text.length - 1 });
      await client.until('an answer', () => client.others.some(({ id }) => id === 'bytes'));
      for (let i = 0; i <= limits.webSocketFragmentsMax; i++) client.ws.send('x', { fin: false });
      expect((await client.closed)[0]).to.equal(1008);
    });

    it('as single bytes of the network is read as well', async () => {
      const client = await open();
      const { socket } = client;
      socket.setNoDelay(true);
      const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 'slow', method: 'node_v1_status' }));
      const frame = Buffer.concat([Buffer.from([0x81, 0x80 + text.length, 0, 0, 0, 0]), text]);
      for (const byte of frame) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await client.until('an answer', () => client.others.some(({ id }) => id === 'slow'));
    });

    it('that breaks the rules of frames ends it, and nothing else', async () => {
      const bad = [
        [0x81, 0x01, 0x61], // without a mask
        [0xf1, 0x80, 0, 0, 0, 0], // bits that mean nothing here
        [0x83, 0x80, 0, 0, 0, 0], // a kind that there is not
        [0x80, 0x80, 0, 0, 0, 0], // goes on with nothing
        [0x89, 0xfe, 0, 126, 0, 0, 0, 0], // a long ping
        [0x09, 0x80, 0, 0, 0, 0], // a ping in pieces
        [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // longer than there is
        [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], // no UTF-8
        [0x88, 0x81, 0, 0, 0, 0, 0x03], // half a code
      ];
      for (const frame of bad) {
        const client = await open();
        client.socket.write(Buffer.from(frame));
        expect((await client.closed)[0], frame.join()).to.be.within(1002, 1009);
      }
      expect((await get(library, '/api/status')).status).to.equal(200);
    });

    it('by whoever begins a message and does not end it ends it in time', async () => {
      const client = await open();
      client.ws.send('{', { fin: false });
      for (let i = 0; i < 3; i++) {
        const pinged = once(client.ws, 'ping').catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 50));
        library.advance(limits.webSocketPingMs);
        await Promise.race([pinged, client.closed]);
      }
      expect(await client.closed).to.deep.equal([1008, 'request.too-slow']);
    });

    it('request.over-budget: without anything to pay with is refused by its name, and ends it when it goes on', async () => {
      const client = await open();
      isPoor = () => true;
      expect((await client.ask('node_v1_status')).error?.data.code).to.equal('request.over-budget');
      for (let i = 0; i < 1_000; i++) client.ws.send('{}');
      expect(await client.closed).to.deep.equal([1013, 'request.over-budget']);
    });

    it('as pings is answered, and paid for', async () => {
      const client = await open();
      client.ws.ping('hello');
      const [data] = await once(client.ws, 'pong');
      expect(String(data)).to.equal('hello');
      isPoor = () => true;
      for (let i = 0; i < 1_000; i++) client.ws.ping();
      expect((await client.closed)[0]).to.equal(1013);
    });
  });

  it('ends where nobody answers a ping', async () => {
    const [mute, other] = [await open({ autoPong: false }), await open()];
    const pings = Promise.all([once(mute.ws, 'ping'), once(other.ws, 'ping')]);
    library.advance(limits.webSocketPingMs);
    await pings;
    await other.ask('node_v1_status');
    library.advance(limits.webSocketPingMs);
    expect((await mute.closed)[0]).to.equal(1006);
    expect((await other.ask('node_v1_status')).error).to.equal(undefined);
  });

  it('subscription.too-slow: ends for who takes nothing, with the place to go on from, while others are told', async () => {
    const [slow, other] = [await open(), await open()];
    for (let i = 0; i < 60; i++) await registers(`reader ${i}`);
    const fat = 'x'.repeat(200);
    for (let i = 0; i < 200; i++) await publish(bookOf(`${fat} ${i}`));
    slow.ws.pause();
    // Each reads all of it, as often as one may.
    for (let i = 0; i < limits.subscriptionsPerWebSocketMax; i++) {
      void slow.ask('ledger_v1_subscribe');
      await other.subscribe();
    }
    const all = 400 * limits.subscriptionsPerWebSocketMax;
    await other.until('all of it', () => other.events().length === all);
    const heap = process.memoryUsage().heapUsed;
    let came = 0;
    slow.ws.on('message', () => {
      came += 1;
    });
    // More than the system keeps for it, by and by; until it is read no further.
    const { events } = library.ports;
    const read = events.read.bind(events);
    let reads = 0;
    events.read = (...asked) => {
      reads += 1;
      return read(...asked);
    };
    for (let before = -1; reads > before; ) {
      before = reads;
      for (let i = 0; i < 16; i++) void slow.ask('ledger_v1_events', { limit: 1_000 });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(ended).to.deep.equal([]);
    library.advance(limits.webSocketSlowMs);
    expect(ended.filter((code) => code === 'subscription.too-slow')).to.have.length(8);
    expect(process.memoryUsage().heapUsed - heap).to.be.below(64 * 1024 * 1024);
    expect(came).to.equal(0);
    slow.ws.resume();
    const [code] = await slow.closed;
    expect(code).to.be.oneOf([4008, 1006]);
    expect((await other.ask('node_v1_status')).error).to.equal(undefined);
  });

  it('ends with 1001 when the library stops, after the answers that are under way', async () => {
    const client = await open();
    await client.subscribe();
    const { events } = library.ports;
    const read = events.read.bind(events);
    const gate = Promise.withResolvers<void>();
    events.read = async (...all) => {
      await gate.promise;
      return read(...all);
    };
    await publish(bookOf('a.txt'));
    const answer = client.ask('ledger_v1_events');
    await client.ask('node_v1_status');
    const stopped = library.server.stop();
    gate.resolve();
    expect((await answer).result.head).to.equal(library.ledger.head().height);
    expect((await client.closed)[0]).to.equal(1001);
    await stopped;
  });

  it('costs others nothing when thousands hang up in the middle of everything', async () => {
    for (let round = 0; round < 5; round++) {
      const all = await Promise.all(Array.from({ length: 30 }, () => open()));
      for (const client of all) {
        void client.ask('ledger_v1_subscribe');
        void client.ask('ledger_v1_events', { from: '1:0', wait: 30 });
        client.ws.send('{', { fin: false });
      }
      await publish(bookOf(`${round}`));
      for (const client of all) client.socket.destroy();
      await Promise.all(all.map(({ closed }) => closed));
    }
    await eventually('nobody follows', async () => following === 0);
    const raw = connect(library.server.address().port, '127.0.0.1');
    await once(raw, 'connect');
    raw.write('GET /rpc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    raw.resume();
    await once(raw, 'close'); // no key, no version: refused by `ws`
    expect((await get(library, '/api/status')).status).to.equal(200);
  });
});
