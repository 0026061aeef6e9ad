/** What a peer says besides asking and sending, over real connections: what it makes the archive do is counted. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Torrent, Wire } from 'webtorrent';
import { onlyAt } from '../../archive/peers/admission.ts';
import { boundMessages } from '../../archive/peers/message-bounds.ts';
import { type Membership, SwarmClient } from '../../archive/swarm-client.ts';
import { limits } from '../../core/limits.ts';
import { infoFields, infoHashV1 } from '../../torrent/metainfo.ts';
import { PieceHasher } from '../../torrent/piece-hasher.ts';
import { handshake, INTERESTED, message, words } from '../e2e/fixtures/peer-messages.ts';
import { freePort } from '../e2e/fixtures/ports.ts';
import { eventually } from '../node/eventually.ts';
import { EVERYBODY, fileHash, LogInMemory, ManualClock, vectorBytes } from '../tracker/world.ts';
import { Client } from './wire-client.ts';

const FEDERATION = 'Vector Libraries';
const BLOCK = 16 * 1024;
const BYTES = vectorBytes(64 * BLOCK);
const PIECES = 64;
const RESERVED = Buffer.of(0, 0, 0, 0, 0, 0x10, 0, 0x04);
const MANY = 2_000;
/** Messages of each connection. */
const OWN = limits.peerMessagesOwnMax + PIECES;
const EMPTY = { length: PIECES * BLOCK, pieceLength: BLOCK } as Torrent;
const LOOPBACK = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) } as const;
const CHOKE = message(0, Buffer.alloc(0));
const UNCHOKE = message(1, Buffer.alloc(0));
const ALL = message(5, Buffer.alloc(PIECES / 8, 0xff));
const HAVE_ALL = message(14, Buffer.alloc(0));
const HAVE_NONE = message(15, Buffer.alloc(0));
const LAST_PIECE = words(PIECES - 1);
/** lt_donthave, under the number that the archive gives it. */
const DONT_HAVE = message(20, Buffer.concat([Buffer.of(2), LAST_PIECE]));
const HAVE = message(4, LAST_PIECE);
const KINDS: Readonly<Record<string, Buffer>> = {
  'which pieces it has': ALL,
  'that it has a piece, and has it no more': Buffer.concat([DONT_HAVE, HAVE]),
  'that it has all, and none': Buffer.concat([HAVE_ALL, HAVE_NONE]),
  'that it lets in, and does not': Buffer.concat([UNCHOKE, CHOKE]),
  'that it lets in': UNCHOKE,
  'what it gives quickly': message(17, LAST_PIECE),
};

describe('what a peer of the archive says', () => {
  let folder: string;
  let port: number;
  let client: SwarmClient;
  let clock: ManualClock;
  /** Whose connections they are. */
  let payer: string;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digitallib-words-'));
    port = await freePort('127.0.0.1');
    clock = new ManualClock();
    payer = 'a';
    client = new SwarmClient({ clock, log: new LogInMemory() }, admission(), { host: '127.0.0.1', port });
    await writeFile(join(folder, 'data'), BYTES);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await client.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [kind, bytes] of Object.entries(KINDS)) {
    it(`makes a library that has the file do nothing, however often it says ${kind}`, async () => {
      const counted = count(await seeding());
      const peer = await met();
      await hears(peer, counted, Buffer.concat(Array.from({ length: MANY }, () => bytes)));
      expect(counted).to.include({ asked: 0 });
      expect(counted.interest).to.be.below(5);
      peer.say(INTERESTED, message(6, words(PIECES - 1, 0, BLOCK)));
      await eventually(() => peer.blocks.length === 1);
    });

    it(`makes a library that fetches it do little, however often it says ${kind}`, async () => {
      const counted = count(await fetching());
      const peer = await met();
      const others = [await met(), await met()];
      await hears(peer, counted, Buffer.concat(Array.from({ length: MANY }, () => bytes)));
      expect(counted.interest).to.be.below(10);
      expect(counted.asked, 'peers looked at').to.be.below(100);
      expect(others.some(({ closed }) => closed)).to.equal(false);
    });
  }

  it('is heard by a library that fetches: it asks for what the peer has got, in whatever order that is said', async () => {
    const torrent = await fetching();
    const wants: Record<string, Buffer[]> = {
      'at first': [ALL, UNCHOKE],
      'let in before': [UNCHOKE, ALL],
      all: [HAVE_ALL, UNCHOKE],
      'none, and one later': [HAVE_NONE, UNCHOKE, HAVE],
      'one, which it gives quickly': [HAVE_NONE, HAVE, message(17, LAST_PIECE)],
      'one that it gives quickly': [HAVE_NONE, message(17, LAST_PIECE), HAVE],
    };
    for (const [name, said] of Object.entries(wants)) {
      const peer = await met();
      for (const one of said) {
        await peer.said(one);
        await new Promise(setImmediate);
      }
      await eventually(() => torrent.wires.some(({ requests }) => requests.length > 0));
      expect(torrent.wires, name).to.have.length(1);
      sockets.pop()!.destroy();
      await eventually(() => torrent.wires.length === 0);
    }
  });

  it('may be all that a real client says in the life of a file, and more as time goes by', async () => {
    await seeding();
    const peer = await met();
    for (let i = 0; i < PIECES; i++) peer.say(message(4, words(i)));
    for (let turn = 0; turn < 3; turn++) {
      peer.say(Buffer.alloc(4 * (limits.peerMessagesMax - 10)));
      peer.say(INTERESTED, message(6, words(turn, 0, BLOCK)));
      await eventually(() => peer.blocks.length === turn + 1);
      clock.move((1_000 * limits.peerMessagesMax) / limits.peerMessagesPerSecond);
    }
    expect(peer.closed).to.equal(false);
  });

  for (const [kind, bytes] of Object.entries({
    ...KINDS,
    nothing: Buffer.alloc(4),
    'that it wants pieces': INTERESTED,
    'what nobody knows': message(99, Buffer.alloc(0)),
    'where its node is': message(9, Buffer.alloc(2)),
    'that it cancels': message(8, words(0, 0, BLOCK)),
    'a block that nobody wants': message(7, words(0, 0)),
    'that it wants what is not there': message(6, words(PIECES, 0, BLOCK)),
    'what it suggests': message(13, words(0)),
  })) {
    it(`ends its connection when no client says so often ${kind}`, async () => {
      await seeding();
      const peer = await met();
      peer.say(Buffer.concat(Array.from({ length: OWN + limits.peerMessagesMax + 10 }, () => bytes)));
      await eventually(() => peer.closed);
    });
  }

  it('is counted for whoever comes again, and for nobody else: he has what each connection has', async () => {
    await seeding();
    const peer = await met();
    peer.say(Buffer.alloc(4 * (OWN + limits.peerMessagesMax + 10)));
    await eventually(() => peer.closed);
    for (let again = 0; again < 3; again++) {
      const next = await met();
      next.say(Buffer.alloc(4 * (OWN - 10)), INTERESTED, message(6, words(0, 0, BLOCK)));
      await eventually(() => next.blocks.length === 1);
      next.say(Buffer.alloc(4 * 20));
      await eventually(() => next.closed);
    }
    payer = 'b';
    const other = await met();
    other.say(
      Buffer.alloc(4 * (OWN + limits.peerMessagesMax - 10)),
      INTERESTED,
      message(6, words(0, 0, BLOCK)),
    );
    await eventually(() => other.blocks.length === 1);
    expect(other.closed).to.equal(false);
  });

  it('is counted in packets, too, that bring next to nothing of a message', async () => {
    await seeding();
    const counted = (bytes: number): number => {
      let spent = 0;
      const wire = {
        ...{ _bufferSize: 0, requests: [], destroy() {}, _parse() {}, _onMessage() {}, _onKeepAlive() {} },
        _onPiece() {},
        _write({ length }: Uint8Array) {
          wire._bufferSize += length;
        },
      };
      boundMessages(wire as unknown as Wire, EMPTY, clock, (more) => {
        spent += more;
        return true;
      });
      for (let i = 0; i < 100_000; i++) wire._write(new Uint8Array(bytes));
      return spent;
    };
    expect(counted(1)).to.be.above(5_000);
    expect(counted(500)).to.equal(0);
  });

  it('closes nobody but whom webtorrent throws at when it turns to one after the other', async () => {
    const torrent = await fetching();
    const turns: ((wire: Wire) => void)[] = [
      () => torrent._update(),
      (wire) => torrent._updateWireInterest(wire),
      (wire) => torrent._onWireWithMetadata(wire),
      (wire) => wire.have(0),
      (wire) => wire.choke(),
      (wire) => wire.keepAlive(),
    ];
    const good = await met();
    for (const turn of turns) {
      const bad = await met();
      await bad.said(Buffer.concat([ALL, UNCHOKE]));
      await eventually(() => torrent.wires.some(({ peerChoking }) => !peerChoking));
      const wire = torrent.wires.find(({ peerChoking }) => !peerChoking)!;
      const broken = (): never => {
        throw new Error('of webtorrent');
      };
      Object.assign(wire, { amChoking: false, _push: broken, downloadSpeed: broken });
      Object.assign(wire.peerPieces, { get: broken });
      turn(wire);
      await eventually(() => bad.closed);
    }
    expect(good.closed).to.equal(false);
    expect(torrent.wires.map(({ destroyed }) => destroyed)).to.deep.equal([false]);
  });

  it('costs as much as it undoes: whoever chokes a library drops what it was asked for', () => {
    let ended = 0;
    const wire = {
      ...{ requests: Array.from({ length: 500 }), destroy: () => void ended++, _parse() {} },
      ...{ _onMessage: (_: Uint8Array) => {}, _onKeepAlive() {}, _onPiece() {}, _write() {} },
    };
    const spend = boundMessages(wire as unknown as Wire, EMPTY, clock, () => false);
    for (let i = 0; i < OWN; i++) wire._onMessage(Uint8Array.of(99));
    expect(ended).to.equal(0);
    spend(1);
    spend(1);
    expect(ended, 'once').to.equal(1);
  });

  async function seeding(): Promise<Torrent> {
    const { torrent } = await client.seed(swarming(), await open(join(folder, 'data')), () => {});
    return ready(torrent);
  }

  async function fetching(): Promise<Torrent> {
    const file = await open(join(folder, 'fetched'), 'w+');
    await file.truncate(BYTES.length);
    const nothing = {
      done() {},
      failed() {},
      wrongPiece() {},
      mayWrite: async () => true,
      wrote: async () => {},
    };
    const { torrent }: Membership = await client.fetch(swarming(), file, new Uint8Array(PIECES / 8), nothing);
    return ready(torrent);
  }

  function met(): Promise<Client> {
    return Client.dial(port, handshake(swarming().infoHash, RESERVED), sockets);
  }

  /** All of it, and what follows from it. */
  async function hears(peer: Client, counted: Counted, bytes: Buffer): Promise<void> {
    counted.asked = 0;
    counted.interest = 0;
    await peer.said(Buffer.concat([bytes, message(99, Buffer.alloc(0))]));
    await eventually(() => counted.unknown > 0);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(peer.closed).to.equal(false);
  }

  function admission() {
    const everybody = onlyAt(() => [], { clock, ...EVERYBODY });
    Object.assign(everybody, {
      roleAt: () => 'reader',
      payerAt: () => ({ address: LOOPBACK, key: payer }),
      sharesAt: () => [{ kind: 'key', key: 'a', role: 'reader', by: undefined }],
    });
    return everybody;
  }
});

type Counted = { asked: number; interest: number; unknown: number };

/** How often one of its peers is looked at: for what it may be asked, and whether it has something that is missing. */
function count(torrent: Torrent): Counted {
  const counted = { asked: 0, interest: 0, unknown: 0 };
  const { _updateWire, _updateWireInterest } = torrent;
  torrent._updateWire = (wire) => {
    counted.asked += 1;
    _updateWire.call(torrent, wire);
  };
  torrent._updateWireInterest = (wire) => {
    counted.interest += 1;
    _updateWireInterest.call(torrent, wire);
  };
  torrent.on('wire', (wire: Wire) => void wire.on('unknownmessage', () => void counted.unknown++));
  return counted;
}

async function ready(torrent: Torrent): Promise<Torrent> {
  await eventually(() => torrent.ready);
  return torrent;
}

function swarming() {
  const hasher = new PieceHasher(BLOCK);
  hasher.update(BYTES);
  const { size, pieceLength, pieces } = hasher.finish()!;
  const metainfo = { name: 'a book', size, pieceLength, pieces };
  return {
    ...{ file: fileHash(1), metainfo, announceUrls: [] },
    infoHash: infoHashV1(metainfo, FEDERATION),
    info: infoFields(metainfo, FEDERATION, 'v1'),
  };
}
