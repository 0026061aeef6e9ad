/** What a peer of the archive asks for, over real connections to a real archive: each request has one answer. */
import type { Socket } from 'node:net';
import { expect } from 'chai';
import type { Torrent, Wire } from 'webtorrent';
import { serveRequests } from '../../archive/peers/requests.ts';
import { limits } from '../../core/limits.ts';
import { handshake, INTERESTED, message, words } from '../e2e/fixtures/peer-messages.ts';
import { eventually } from '../node/eventually.ts';
import { vectorBytes } from '../tracker/world.ts';
import { type ArchiveAtAPort, openArchive } from './archive-at-a-port.ts';
import { Client } from './wire-client.ts';

const BYTES = vectorBytes(400_000);
const BLOCK = 16 * 1024;
const PIECES = Math.ceil(BYTES.length / BLOCK);
const FAST = Buffer.of(0, 0, 0, 0, 0, 0, 0, 0x04);
const PLAIN = Buffer.alloc(8);

describe('what a peer of the archive asks for', () => {
  let archive: ArchiveAtAPort;
  let port: number;
  let infoHash: Uint8Array;
  const sockets: Socket[] = [];

  before(async () => {
    archive = await openArchive();
    ({ port } = archive);
    infoHash = await archive.keep(BYTES);
    // Whoever comes before the torrent is open waits until the door looks again.
    let isOpen = false;
    void Client.dial(port, handshake(infoHash), sockets).then(() => {
      isOpen = true;
    });
    await eventually(() => {
      archive.clock.move(limits.admissionEveryMs);
      return isOpen;
    });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(async () => {
    await archive.stop();
  });

  for (const reserved of [FAST, PLAIN]) {
    const name = reserved === FAST ? 'with' : 'without';
    it(`comes though it was cancelled and is asked for again while it is read, ${name} the fast extension`, async () => {
      const peer = await interested(reserved);
      for (let i = 1; i <= 20; i++) {
        peer.say(request(1, 0, BLOCK), cancel(1, 0, BLOCK), request(1, 0, BLOCK));
        await eventually(() => peer.blocks.length >= i);
        if (reserved === FAST) await eventually(() => peer.blocks.length + peer.rejects.length >= 2 * i);
      }
      expect(new Set(peer.blocks)).to.deep.equal(new Set([`1 0 ${BLOCK}`]));
      expect(await isServed(peer)).to.equal(true);
      expect(peer.blocks.length + peer.rejects.length, 'an answer each').to.equal(
        reserved === FAST ? 41 : 21,
      );
    });
  }

  it('has one answer each, its block or that there is none, though all are cancelled at once (BEP 6)', async () => {
    const peer = await interested(FAST);
    const blocks = Array.from({ length: PIECES - 2 }, (_, i) => [i, 0, BLOCK] as const);
    peer.say(...blocks.map((block) => request(...block)), ...blocks.map((block) => cancel(...block)));
    expect(await isServed(peer)).to.equal(true);
    const answers = [...peer.blocks, ...peer.rejects].filter((one) => one !== LAST);
    expect(answers.sort()).to.deep.equal(blocks.map((block) => block.join(' ')).sort());
  });

  it('comes as often as it is asked for', async () => {
    const peer = await interested(FAST);
    peer.say(...Array.from({ length: 500 }, () => request(2, 0, BLOCK)));
    await eventually(() => peer.blocks.length === 500);
    expect(await isServed(peer)).to.equal(true);
    expect(peer.blocks).to.have.length(501);
  });

  it('is refused at once when it is no part of a piece: before, behind, beside it or nothing at all', async () => {
    const bad: [number, number, number][] = [
      [0, -1, BLOCK],
      [-1, BLOCK - 1, 1],
      [PIECES, 0, BLOCK],
      [2 ** 31 - 1, 0, 1],
      [0, BLOCK / 2, BLOCK],
      [0, BLOCK, 1],
      [0, 2 ** 31 - 1, 1],
      [0, 0, 0],
    ];
    for (const reserved of [FAST, PLAIN]) {
      const peer = await interested(reserved);
      for (const one of bad) peer.say(request(...one), cancel(...one));
      expect(await isServed(peer)).to.equal(true);
      expect(peer.blocks).to.deep.equal([LAST]);
      expect(peer.rejects).to.deep.equal(reserved === FAST ? bad.map((one) => one.join(' ')) : []);
    }
  });

  it('ends the connection when no client asks for so much, or for less than nothing', async () => {
    for (const length of [limits.peerBlockBytesMax + 1, -1, -(2 ** 31)]) {
      const peer = await interested(FAST);
      peer.say(request(0, 0, length), request(1, 0, BLOCK));
      await eventually(() => peer.closed);
      expect(peer.blocks).to.deep.equal([]);
    }
  });

  it('is not read beyond the bound for what is cancelled, has no length, or is not here', () => {
    let read = 0;
    const wire = wireIn((_block, _answer) => {
      read += 1;
    });
    const torrent = { pieces: [null, null, {}], pieceLength: BLOCK } as unknown as Torrent;
    serveRequests(wire as unknown as Wire, torrent, () => {});
    wire._onRequest(2, 0, BLOCK);
    wire._onRequest(0, 0, 0);
    wire._onRequest(0, -BLOCK, BLOCK);
    expect(read).to.equal(0);
    for (let i = 0; i < 1_000; i++) {
      wire._onRequest(i % 2, 0, BLOCK);
      wire._onCancel(i % 2, 0, BLOCK);
    }
    expect(read).to.be.within(1, limits.peerReadAheadBytesMax / BLOCK);
    expect(wire.rejected).to.equal(1_003);
  });

  it('has one answer when the peer is choked meanwhile, and what was read for it is not said', () => {
    const answers: ((error: null, bytes: Uint8Array) => void)[] = [];
    const wire = wireIn((_block, answer) => answers.push(answer));
    const torrent = { pieces: [null, null], pieceLength: BLOCK } as unknown as Torrent;
    serveRequests(wire as unknown as Wire, torrent, () => {});
    for (let i = 0; i < 100; i++) wire._onRequest(i % 2, 0, BLOCK);
    wire.choke();
    for (const answer of answers) {
      answer(null, new Uint8Array(BLOCK));
      answer(null, new Uint8Array(BLOCK));
    }
    expect({ rejected: wire.rejected, given: wire.given }).to.deep.equal({ rejected: 100, given: 0 });
  });

  async function interested(reserved: Uint8Array): Promise<Client> {
    const peer = await Client.dial(port, handshake(infoHash, reserved), sockets);
    peer.say(INTERESTED);
    await eventually(() => peer.unchoked);
    return peer;
  }
});

const LAST = `${PIECES - 2} 0 ${BLOCK}`;

/** All that was asked for before has been looked at. */
async function isServed(peer: Client): Promise<boolean> {
  peer.say(request(PIECES - 2, 0, BLOCK));
  await eventually(() => peer.blocks.includes(LAST) || peer.closed);
  return !peer.closed;
}

function request(...fields: readonly [piece: number, offset: number, length: number]): Buffer {
  return message(6, words(...fields.map((field) => field >>> 0)));
}

function cancel(...fields: readonly [piece: number, offset: number, length: number]): Buffer {
  return message(8, words(...fields.map((field) => field >>> 0)));
}

/** A connection that takes everything at once. @param read - for each block that is to be read. */
function wireIn(read: (block: number, answer: (error: null, bytes: Uint8Array) => void) => void) {
  const wire = {
    ...{ amChoking: false, hasFast: true, _readableState: { buffered: 0 }, rejected: 0, given: 0 },
    emit(_: string, index: number, _offset: number, _length: number, answer: () => void) {
      read(index, answer);
      return true;
    },
    choke: () => {
      wire.amChoking = true;
    },
    reject: () => void wire.rejected++,
    piece: () => void wire.given++,
    ...{ destroy() {}, _push() {}, _read() {}, once: () => wire },
    _onRequest: (_index: number, _offset: number, _length: number) => {},
    _onCancel: (_index: number, _offset: number, _length: number) => {},
  };
  return wire;
}
