/** Events as the SDK gets them over a WebSocket, from a library that answers, and one that does not. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createClient } from '../../client/client.ts';
import type { ClientError } from '../../client/client-error.ts';
import type { PageSource } from '../../client/follow-events.ts';
import { livePages, type WebSocketMaker } from '../../client/live-pages.ts';
import { accept } from '../../core/verdict.ts';
import { eventually } from '../node/eventually.ts';
import { bookOf, historyFields, postForm, uploadParts } from '../rpc/calls.ts';
import { START, startLibrary, type TinyLibrary, walletOf } from '../rpc/tiny-library.ts';

const ENDLESS = { pay: () => accept(), charge() {} };

describe('pages of events over a WebSocket', () => {
  let library: TinyLibrary;
  const sources: { close(): void }[] = [];
  /** Pages that were asked for by HTTP. */
  let byHttp: (string | undefined)[];
  let now: number;
  let opened: number;

  beforeEach(async () => {
    library = await startLibrary({ budget: ENDLESS });
    byHttp = [];
    now = 0;
    opened = 0;
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) source.close();
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  const pages: PageSource = async (from) => {
    byHttp.push(from);
    return { events: [], next: from ?? '0:0', head: 0 };
  };
  function live(url = library.url, fields: object = {}) {
    class Counted extends (WebSocket as unknown as WebSocketMaker as new (url: string) => WebSocket) {
      constructor(address: string) {
        super(address);
        opened += 1;
      }
    }
    const maker = Counted as unknown as WebSocketMaker;
    const source = livePages({ url, WebSocket: maker, fields: async () => fields, pages, now: () => now });
    sources.push(source);
    return source;
  }
  const publish = (name: string) => postForm(library, uploadParts(library, walletOf('rich'), bookOf(name)));
  /** Page after page, until there is one with this name in it. */
  async function until(source: { pages: PageSource }, name: string, from?: string) {
    const ats: string[] = [];
    for (let next = from; ; ) {
      const page = await source.pages(next, undefined);
      next = page.next;
      ats.push(...page.events.map(({ at }) => at));
      if (page.events.some((event) => 'name' in event && event.name === name)) return { ats, next };
    }
  }

  it('are those that HTTP gives, in order, over one connection', async () => {
    await publish('a.txt');
    const source = live();
    const first = await until(source, 'a.txt');
    const waiting = until(source, 'c.txt', first.next);
    await publish('b.txt');
    await publish('c.txt');
    const second = await waiting;
    const all = (await (await fetch(`${library.url}/api/events`)).json()) as { events: { at: string }[] };
    expect([...first.ats, ...second.ats]).to.deep.equal(all.events.map(({ at }) => at));
    expect([opened, byHttp]).to.deep.equal([1, []]);
  });

  it('go on from where one is when the connection has ended', async () => {
    await publish('a.txt');
    const source = live();
    const { next } = await until(source, 'a.txt');
    const lost = source.pages(next, undefined).catch((thrown: ClientError) => thrown);
    await library.server.stop();
    expect(await lost).to.include({ code: 'client.unreachable' });
    const other = await startLibrary();
    try {
      for (const name of ['a.txt', 'b.txt']) {
        await postForm(other, uploadParts(other, walletOf('rich'), bookOf(name)));
      }
      const again = live(other.url);
      expect((await until(again, 'b.txt', next)).ats.every((at) => Number.parseInt(at, 10) >= 2)).to.equal(
        true,
      );
      again.close();
    } finally {
      await other.stop();
    }
  });

  it('come by HTTP where there is no WebSocket to be had, and it is tried again after a while', async () => {
    const server: Server = createServer((_request, response) => response.end('no'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const source = live(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await source.pages('3:0', undefined);
    await source.pages('3:0', undefined);
    expect([opened, byHttp]).to.deep.equal([1, ['3:0', '3:0']]);
    now = 60_000;
    await source.pages('3:0', undefined);
    expect(opened).to.equal(2);
    server.close();
    server.closeAllConnections();
  });

  it('end with the code of the library: events.pruned, signature.wrong, request.expired', async () => {
    for (let i = 0; i < 4; i++) await publish(`${i}`);
    library.ledger.prunedBelow = 3;
    const fails = async (source: { pages: PageSource }, from: string): Promise<ClientError> =>
      source.pages(from, undefined).then(
        () => expect.fail('a page came'),
        (error: ClientError) => error,
      );
    const pruned = await fails(live(), '1:0');
    expect([pruned.code, pruned.status, pruned.facts.oldest]).to.deep.equal(['events.pruned', 410, 3]);
    const reader = walletOf('richer');
    const { signed_hash } = historyFields(library, walletOf('rich'));
    const wrong = live(library.url, { ...historyFields(library, reader), signed_hash });
    expect((await fails(wrong, '5:0')).code).to.equal('signature.wrong');
    const signed = live(library.url, historyFields(library, reader, START / 1_000 + 60));
    const waiting = fails(signed, '5:0');
    await eventually(() => opened === 3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    library.advance(60_000);
    // Passes: it is asked for again with another signature.
    expect(await waiting).to.include({ code: 'request.expired', status: 503 });
  });

  it('that nobody takes end the connection, and none of them is lost', async () => {
    const source = live();
    const first = source.pages('1:0', undefined);
    await publish('first.txt');
    let { next, events } = await first;
    const ats = events.map(({ at }) => at);
    for (let i = 0; i < 260; i++) {
      await publish(`${i}.txt`);
    }
    for (let lost = 0; lost < 2; ) {
      try {
        ({ next, events } = await source.pages(next, undefined));
        ats.push(...events.map(({ at }) => at));
        if (Number.parseInt(next, 10) > library.ledger.head().height) break;
      } catch {
        lost += 1;
      }
    }
    expect(ats).to.have.length(2 * 261);
    expect(new Set(ats).size).to.equal(ats.length);
    expect(opened).to.equal(2);
  });

  it('end when the signal says so, and nothing is held', async () => {
    const source = live();
    const control = new AbortController();
    const waiting = source.pages('1:0', control.signal).catch((error: Error) => error);
    await eventually(() => opened === 1);
    control.abort();
    expect(await waiting).to.equal(control.signal.reason);
  });

  it('are what a client iterates over by itself, and leaving the loop ends the connection', async () => {
    let following = 0;
    const { subscriptions } = library.ports;
    Object.assign(subscriptions, {
      began: () => {
        following += 1;
      },
      ended: () => {
        following -= 1;
      },
    });
    const client = createClient({ url: library.url, now: () => START });
    const wanted = { kinds: ['available', 'uploaded'], wallet: walletOf('rich').wallet } as const;
    const names: string[] = [];
    for (const name of ['a.txt', 'b.txt']) await publish(name);
    for await (const event of client.events(wanted)) {
      expect(following).to.equal(1);
      names.push(`${event.kind} ${'name' in event ? event.name : ''}`);
      if (names.length === 4) break;
    }
    const both = ['a.txt', 'b.txt'].flatMap((name) => [`uploaded ${name}`, `available ${name}`]);
    expect(names).to.deep.equal(both);
    await eventually(() => following === 0);
    const plain = createClient({ url: library.url, now: () => START, WebSocket: null });
    for await (const { kind } of plain.events(wanted)) {
      expect([kind, following]).to.deep.equal(['uploaded', 0]);
      break;
    }
  });
});
