/** Who has how many of the archive's connections: with real sockets at its port, and at the ports that it dials. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bencode from 'bencode';
import { assert, expect } from 'chai';
import { type Archive, createArchive } from '../../archive/archive.ts';
import type { MemberTracker } from '../../archive/peers/admission.ts';
import { parseAddress } from '../../core/address.ts';
import { type Bytes, concat, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { freeBytes, systemRandom } from '../../node/process/system.ts';
import { infoHashes, type Metainfo } from '../../torrent/metainfo.ts';
import type { SwarmRole } from '../../torrent/peers.ts';
import { PieceHasher } from '../../torrent/piece-hasher.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
import { createPresence } from '../../tracker/presence.ts';
import { Swarms } from '../../tracker/swarm/swarms.ts';
import { eventually as eventuallyAsync } from '../e2e/fixtures/eventually.ts';
import { handshake } from '../e2e/fixtures/peer-messages.ts';
import { freePort } from '../e2e/fixtures/ports.ts';
import { eventually } from '../node/eventually.ts';
import { LogInMemory, ManualClock, passOf, RightsInMemory, vectorBytes, wantOf } from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const HOME = '127.0.0.1';
/** Where a reading room is. */
const ROOM = '127.0.0.2';
const OTHER = '127.0.0.3';

type Book = { readonly metainfo: Metainfo; readonly infoHash: Bytes };
type Client = {
  readonly reader: number;
  readonly peer?: number;
  readonly port?: number;
  /** Who has issued its pass: see passOf. */
  readonly by?: number;
};

describe('the connections of an archive', () => {
  let folder: string;
  let archive: Archive;
  let clock: ManualClock;
  let rights: RightsInMemory;
  let swarms: Swarms;
  let port: number;
  let books: readonly Book[];
  let trackers: MemberTracker[];
  let open: (Socket | { close(): void })[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digitallib-slots-'));
    clock = new ManualClock();
    rights = new RightsInMemory();
    rights.members.add(toHex(passOf(1).issuer)).add(passOf(1, undefined, LIAR).issuerHex);
    swarms = new Swarms();
    trackers = [];
    open = [];
    port = await freePort(HOME);
    const presence = createPresence(rights, clock, swarms);
    const log = new LogInMemory();
    const announceUrls = () => trackers.map(({ base }) => `${base}/announce/pass`);
    archive = createArchive(
      {
        ...{ clock, random: systemRandom, log, freeBytes, presence },
        ...{ announceUrls, names: () => [], trackers: () => trackers },
      },
      { folder, bytesMax: 1e9, host: HOME, port, federation: FEDERATION },
    );
    await archive.start();
    books = await Promise.all([200_000, 300_000].map(keep));
  });
  afterEach(async () => {
    for (const one of open) if ('destroy' in one) one.destroy();
    await archive.stop();
    for (const one of open) if ('close' in one) one.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function keep(size: number): Promise<Book> {
    const bytes = vectorBytes(size);
    const hasher = new PieceHasher(pieceLengthOf(size));
    hasher.update(bytes);
    const { hash } = hasher.finish()!;
    const received = await archive.receive(one(bytes), { hash, name: `a book of ${size}` });
    assert(received.kind === 'accept');
    return { metainfo: received.value, infoHash: infoHashes(received.value, FEDERATION).announced[0]! };
  }

  const idOf = ({ reader, peer = 0 }: Client): Buffer =>
    Buffer.from(`-XX0001-${String(reader).padStart(6, '0')}${String(peer).padStart(6, '0')}`);

  /** At our own tracker. Keys are made of a number: a signature for each would cost minutes. */
  function announce(client: Client, book: Book, at: string, role: SwarmRole = 'reader'): void {
    const { hash } = book.metainfo;
    const key = Buffer.alloc(32, `reader ${client.reader} `);
    rights.grant(key, hash, role);
    if (role === 'member') rights.members.add(toHex(key));
    const pass = {
      ...passOf(1, hash, client.by),
      ...{ subject: key, subjectHex: toHex(key), fileHex: toHex(hash) },
    };
    const who = { subject: pass.subjectHex, pass, role, paid: false };
    const what = { complete: false, event: undefined, wanted: 0 };
    const address = parseAddress(at)!;
    const visit = {
      ...who,
      ...what,
      peerId: idOf(client),
      address,
      port: client.port ?? 10_000 + client.reader,
    };
    const answer = swarms.announce(toHex(hash), book.infoHash, visit, clock.now());
    expect(answer.kind).to.equal('accept');
  }

  /** Opens the torrent. */
  async function opened(book: Book, from: string, client: Client): Promise<Socket> {
    archive.want(wantOf(book.metainfo.hash, book.infoHash, { at: UNREACHED }));
    return await eventuallyAsync('a place', () => comes(book, from, client));
  }

  /** @returns undefined when he is not let in: then he is told nothing. */
  async function comes(book: Book, from: string, client?: Client): Promise<Socket | undefined> {
    const socket = connect({ host: HOME, port, localAddress: from });
    open.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(handshake(book.infoHash, undefined, client && idOf(client)));
    const shaken = once(socket, 'data').then(() => true);
    const refused = new Promise<boolean>((resolve) => socket.once('close', () => resolve(false)));
    // Whoever waits for a place waits for as long as the clock stands.
    const waits = settled().then(() => false);
    if (await Promise.race([shaken, refused, waits])) return socket;
    socket.destroy();
    return undefined;
  }

  /** Everything that has been written to the archive has been read and answered. */
  async function settled(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      const probe = connect({ host: HOME, port, localAddress: PROBE });
      probe.on('error', () => undefined);
      await once(probe, 'connect');
      // No BitTorrent: it is cut off at once, behind whatever came before it.
      probe.write(Buffer.alloc(68, 1));
      await once(probe, 'close');
    }
  }

  it('count by key: two hundred readers of a reading room are let in behind one address', async () => {
    const [book] = books;
    const readers = Array.from({ length: 200 }, (_, reader) => ({ reader }));
    for (const reader of readers) announce(reader, book!, ROOM);
    let inside = (await opened(book!, ROOM, readers[0]!)) ? 1 : 0;
    for (const reader of readers.slice(1)) if (await comes(book!, ROOM, reader)) inside += 1;
    expect(inside).to.equal(200);
  });

  it('are few for one key in one torrent, behind however many ports; the other one behind its address has his', async () => {
    const [book] = books;
    for (let peer = 0; peer < limits.peersPerPassMax; peer++) {
      announce({ reader: 1, peer, port: 20_000 + peer }, book!, ROOM);
    }
    announce({ reader: 2 }, book!, ROOM);
    await opened(book!, ROOM, { reader: 1 });
    let more = 0;
    for (let peer = 1; peer < 10; peer++) {
      if (await comes(book!, ROOM, { reader: 1, peer: peer % limits.peersPerPassMax })) more += 1;
    }
    expect(1 + more).to.equal(limits.peersPerKeyOfTorrentMax);
    expect(await comes(book!, ROOM, { reader: 2 }), 'by his own key').not.to.equal(undefined);
    expect(await comes(book!, ROOM), 'as whoever of them has fewest').not.to.equal(undefined);
  });

  it('leave one book half of all: who reads another one is let in, and who moves nothing makes room', async () => {
    const [busy, other] = books;
    const most = limits.peersPerTorrentMax;
    for (let reader = 0; reader <= most; reader++) announce({ reader }, busy!, `127.0.1.${reader % 200}`);
    announce({ reader: most + 1 }, other!, OTHER);
    let inside = (await opened(busy!, '127.0.1.0', { reader: 0 })) ? 1 : 0;
    const last = { reader: most };
    for (let reader = 1; reader < most; reader++) {
      if (await comes(busy!, `127.0.1.${reader % 200}`, { reader })) inside += 1;
    }
    expect(inside).to.equal(most);
    expect(await comes(busy!, `127.0.1.${most % 200}`, last), 'one more').to.equal(undefined);
    expect(await opened(other!, OTHER, { reader: most + 1 }), 'of another book').not.to.equal(undefined);
    clock.time += limits.peerPaceMs;
    expect(await comes(busy!, `127.0.1.${most % 200}`, last), 'for one who took nothing').not.to.equal(
      undefined,
    );
  });

  it('are counted from when somebody is dialled, who answers or not', async () => {
    const [book] = books;
    const met: Socket[] = [];
    const listeners = await Promise.all(
      Array.from({ length: limits.peersPerPassMax }, () => silent(ROOM, met)),
    );
    for (const [peer, at] of listeners.entries()) announce({ reader: 1, peer, port: at }, book!, ROOM);
    announce({ reader: 2 }, book!, OTHER);
    await opened(book!, OTHER, { reader: 2 });
    const address = parseAddress(ROOM)!;
    for (const at of listeners) {
      archive.want(wantOf(book!.metainfo.hash, book!.infoHash, { at: { address, port: at } }));
    }
    await eventually(() => met.length > 0);
    await settled();
    expect(met).to.have.length(1); // the others are at the same address: who is there is met once
    for (let peer = 0; peer < limits.peersPerKeyOfTorrentMax; peer++) {
      const came = await comes(book!, ROOM, { reader: 1, peer });
      expect(came !== undefined, `beside the one that is dialled: ${peer}`).to.equal(
        peer < limits.peersPerKeyOfTorrentMax - 1,
      );
    }
    clock.time += limits.peerGreetsMs;
    expect(await comes(book!, ROOM, { reader: 1 }), 'for the one that says nothing').not.to.equal(undefined);
    await eventually(() => met.every(({ closed }) => closed));
  });

  it('count by whose pass a key shows: a member that makes some for a reader’s key takes none of his, of a torrent or of all', async () => {
    const [book, other] = books;
    const fakes = Array.from({ length: limits.peersPerPassMax }, (_, i) => ({
      ...{ reader: 1, peer: 10 + i, port: 20_000 + i, by: LIAR },
    }));
    for (const fake of fakes) announce(fake, book!, ROOM);
    for (let peer = 0; peer < limits.peersPerPassMax; peer++) {
      announce({ reader: 1, peer, port: 10_000 + peer }, book!, OTHER);
    }
    await opened(book!, ROOM, fakes[0]!);
    let sat = 1;
    for (const fake of fakes.slice(1)) if (await comes(book!, ROOM, fake)) sat += 1;
    expect(sat, 'with the passes of the member').to.equal(limits.peersPerKeyOfTorrentMax);
    let his = 0;
    for (let peer = 0; peer < limits.peersPerPassMax; peer++) {
      if (await comes(book!, OTHER, { reader: 1, peer })) his += 1;
    }
    expect(his).to.equal(limits.peersPerKeyOfTorrentMax);
    announce({ reader: 1 }, other!, OTHER);
    expect(await opened(other!, OTHER, { reader: 1 }), 'another book of his').not.to.equal(undefined);
  });

  it('are bounded for all for whom one member answers: its passes for however many keys, and whom its tracker names', async () => {
    const [book] = books;
    trackers.push({
      member: passOf(1, undefined, LIAR).issuerHex,
      base: await liar([parseAddress(ROOM)!.bytes], 10),
    });
    announce({ reader: 0 }, book!, '127.0.0.4');
    await opened(book!, '127.0.0.4', { reader: 0 });
    await eventuallyAsync('the word of the tracker', () => comes(book!, ROOM));
    let inside = 1;
    for (let reader = 1; reader < limits.peersPerNamingMemberMax + 5; reader++) {
      const at = `127.0.${10 + (reader % 40)}.1`;
      announce({ reader, by: LIAR }, book!, at);
      if (await comes(book!, at, { reader, by: LIAR })) inside += 1;
    }
    expect(inside).to.equal(limits.peersPerNamingMemberMax);
    expect(await comes(book!, ROOM), 'whom its tracker names').to.equal(undefined);
    const both = { reader: 2_000 };
    announce({ ...both, by: LIAR }, book!, '127.0.0.5');
    expect(await comes(book!, '127.0.0.5', both), 'with its pass').to.equal(undefined);
    announce(both, book!, '127.0.0.5');
    announce({ ...both, by: LIAR }, book!, '127.0.0.5');
    expect(await comes(book!, '127.0.0.5', both), 'with one of this library, too').not.to.equal(undefined);
  });

  it('are not begun again and again by one key: his neighbours come in meanwhile, and he does with time', async () => {
    const [book] = books;
    for (const reader of [1, 2, 3]) announce({ reader }, book!, ROOM);
    let inside = (await opened(book!, ROOM, { reader: 1 })) ? 1 : 0;
    const tries = limits.peerVisitsMax + 50;
    for (let i = 0; i < tries; i++) {
      for (const one of open.splice(0)) if ('destroy' in one) one.destroy();
      await settled();
      if (await comes(book!, ROOM, { reader: 1 })) inside += 1;
    }
    expect(inside).to.be.within(limits.peerVisitsMax - 50, limits.peerVisitsMax);
    expect(await comes(book!, ROOM, { reader: 1 })).to.equal(undefined);
    expect(await comes(book!, ROOM, { reader: 2 }), 'his neighbour').not.to.equal(undefined);
    expect(await comes(book!, ROOM), 'one whose client has another name now').not.to.equal(undefined);
    clock.time += 1_000;
    expect(await comes(book!, ROOM, { reader: 1 })).not.to.equal(undefined);
  });

  it('are not begun again and again by strangers, who wait no more; who is known comes in from among them', async () => {
    const [book] = books;
    announce({ reader: 1 }, book!, ROOM);
    announce({ reader: 2 }, book!, '127.0.5.1');
    await opened(book!, '127.0.5.1', { reader: 2 });
    const stranger = async (from: string): Promise<boolean> => {
      const socket = connect({ host: HOME, port, localAddress: from });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(handshake(Buffer.alloc(20, 7)));
      await settled();
      const waits = !socket.closed;
      socket.destroy();
      return waits;
    };
    expect(await stranger(ROOM)).to.equal(true);
    for (let i = 1; i < limits.strangersPerNetworkMax; i++) await stranger(ROOM);
    clock.move(limits.admissionEveryMs); // who has gone waits no more, and one may come in this time
    expect(await stranger(ROOM)).to.equal(true);
    expect(await stranger(ROOM), 'one more').to.equal(false);
    expect(await stranger('127.0.3.1'), 'of another network').to.equal(true);
    expect(await comes(book!, ROOM, { reader: 1 })).not.to.equal(undefined);
  });

  it('are bounded for all whom the tracker of one member names, whoever they may be', async () => {
    const [book] = books;
    const named = await liar(
      [ROOM, OTHER].map((host) => parseAddress(host)!.bytes),
      60,
    );
    trackers.push({ member: passOf(1, undefined, LIAR).issuerHex, base: named });
    announce({ reader: 1 }, book!, '127.0.0.4');
    await opened(book!, '127.0.0.4', { reader: 1 });
    await eventuallyAsync('the word of the tracker', () => comes(book!, ROOM));
    let inside = 1;
    for (let i = 0; i < limits.peersPerNamingMemberMax + 5; i++) {
      if (await comes(book!, i % 2 === 0 ? ROOM : OTHER)) inside += 1;
    }
    expect(inside).to.equal(limits.peersPerNamingMemberMax);
    announce({ reader: 2 }, book!, '127.0.0.5');
    expect(await comes(book!, '127.0.0.5', { reader: 2 }), 'a reader of our own').not.to.equal(undefined);
  });

  /** The tracker of a member that says of so many ports of each host that they are let in. @returns its base. */
  async function liar(hosts: readonly Bytes[], ports: number): Promise<string> {
    const entries = hosts.flatMap((host) =>
      Array.from({ length: ports }, (_, i) => concat(host, Uint8Array.of(1, i))),
    );
    const body = bencode.encode({
      interval: 60,
      peers: new Uint8Array(0),
      admitted: concat(...entries),
      admitted6: new Uint8Array(0),
      'up seconds': 1_000,
    });
    const server = createHttpServer((_request, response) => void response.end(body));
    server.listen(0, HOME);
    await once(server, 'listening');
    open.push({
      close() {
        server.closeAllConnections();
        server.close();
      },
    });
    return `http://${HOME}:${(server.address() as AddressInfo).port}`;
  }

  /** Takes connections and says nothing. @returns its port. */
  async function silent(host: string, met: Socket[]): Promise<number> {
    const server: Server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      met.push(socket);
      open.push(socket);
    });
    server.listen(0, host);
    await once(server, 'listening');
    open.push(server);
    return (server.address() as AddressInfo).port;
  }
});

/** Of nobody who could be dialled. */
const UNREACHED = { address: parseAddress('127.0.0.9')!, port: 1 };
const PROBE = '127.9.9.9';
/** A member that makes passes for whatever keys it likes. */
const LIAR = 9;

async function* one(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}
