/** Who sends nearly all of each piece, and never the last block, over real connections. */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Torrent, Wire } from 'webtorrent';
import { createArchive } from '../../archive/archive.ts';
import { Progress } from '../../archive/disk/progress.ts';
import { download } from '../../archive/fetch/download.ts';
import { countKept } from '../../archive/fetch/kept.ts';
import { boundUnfinished } from '../../archive/fetch/unfinished.ts';
import { onlyAt } from '../../archive/peers/admission.ts';
import { SwarmClient } from '../../archive/swarm-client.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { infoHashV1 } from '../../torrent/metainfo.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
import { message, words } from '../e2e/fixtures/peer-messages.ts';
import { ID, RawListener, type RawPeer } from '../e2e/fixtures/raw-peer.ts';
import { eventually } from '../node/eventually.ts';
import { EVERYBODY, fileHash, LogInMemory, ManualClock, outcome, RandomInMemory } from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const HOST = '127.0.0.1';
const LOOPBACK = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) } as const;
const MiB = 1024 * 1024;
const BLOCK = 16 * 1024;
/** Of zeros, with larger pieces than ours, so that a small file has pieces of many blocks, as one of many GiB has. */
const BOOK = outlineOf(64 * MiB, 4 * MiB);
const isLast = (_: number, at: number) => at === BOOK.pieceLength - BLOCK;

/** Of the loop: more than a peer on this machine needs to be met. */
const TURNS_A_DIAL = 20_000;

describe('pieces that never become whole', () => {
  it('take no more memory than one piece and a little of others: of no more is asked for', async () => {
    await fetching([{ withholds: isLast }], async ({ senders: [sender], clock, progress, ended }) => {
      const most = (BOOK.pieceLength + limits.broughtAheadBytesMax) / BLOCK;
      const asked = () => sender!.met.reduce((sum, peer) => sum + peer.asked.length, 0);
      await eventually(() => asked() === most);
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
      expect(asked()).to.equal(most);
      expect(ended(), 'it may yet come').to.equal(undefined);
      clock.move(limits.fetchWindowMs); // this much has come in it
      clock.move(limits.fetchWindowMs);
      await eventually(() => ended() !== undefined);
      expect(ended()).to.equal('file.not-available');
      expect(progress.bytes).to.equal(0);
    });
  });

  it('are not asked for again and again of a peer that rejects all it is asked for: it is cut off', async () => {
    await fetching([{ rejects: () => true }], async ({ senders: [sender] }) => {
      await eventually(() => sender!.met[0]?.socket.closed === true);
      expect(sender!.met[0]!.asked.length).to.be.within(limits.peerRejectsMax, 2 * limits.peerRejectsMax);
    });
  });

  it('give way to those that a peer has, when whoever sent them has gone, and come when he is back', async () => {
    const first = { lacks: (piece: number) => piece > 0, withholds: isLast };
    const others = { lacks: (piece: number) => piece === 0 };
    await fetching([first, others], async ({ senders: [one], clock, progress, ended }) => {
      await eventually(() => one!.met[0]?.asked.length === BOOK.pieceLength / BLOCK);
      one!.opened = (peer) => {
        peer.lacks = first.lacks;
      };
      one!.met[0]!.socket.destroy();
      await eventually(() => progress.bytes === BOOK.size - BOOK.pieceLength);
      // He is dialled again: not before it has been heard that he has gone, which nothing tells.
      let turns = 0;
      await eventually(() => {
        if (one!.met[1] === undefined && turns++ % TURNS_A_DIAL === 0) clock.move(10_000);
        return ended() !== undefined;
      });
      expect(ended()).to.equal('accept');
      expect(progress.bytes).to.equal(BOOK.size);
      expect(one!.met[1]!.asked.length, 'nothing was kept of it meanwhile').to.equal(
        BOOK.pieceLength / BLOCK,
      );
    });
  });

  it('are asked for of a slow peer, too, when a fast one gives nothing any more', async () => {
    const all = { withholds: () => true };
    await fetching([all, all], async ({ senders: [one, other], clock, wireTo, ended }) => {
      await eventually(() => [one, other].every((sender) => sender!.met[0]?.asked.length === 1));
      const [fast, slow] = [one!.met[0]!, other!.met[0]!];
      wireTo(one!).downloadSpeed = () => 100 * BLOCK;
      wireTo(other!).downloadSpeed = () => 1;
      const giveAll = (peer: RawPeer) => {
        peer.withholds = () => false;
        peer.giveWithheld();
      };
      giveAll(slow);
      fast.rejects = () => {
        if (fast.asked.length === 200) fast.socket.write(message(ID.choke, Buffer.alloc(0)));
        return fast.asked.length >= 200;
      };
      giveAll(fast);
      await eventually(() => wireTo(one!).peerChoking && wireTo(one!).requests.length === 0);
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
      expect(slow.asked.length, 'it was passed over').to.equal(1);
      wireTo(one!).downloadSpeed = () => 0; // webtorrent measures it over five seconds
      clock.move(1_000);
      await eventually(() => slow.asked.length > 1);
      wireTo(other!).downloadSpeed = () => 100 * BLOCK;
      await eventually(() => ended() !== undefined);
      expect(ended()).to.equal('accept');
    });
  });

  it('end no fetch of somebody else, however many strangers hold what they have begun', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'digitallib-unfinished-'));
    const clock = new ManualClock();
    const book = outlineOf((16 * 1024 + 16) * MiB, 16 * MiB);
    expect(book.pieceLength, 'the largest').to.equal(pieceLengthOf(book.size));
    const infoHash = toHex(infoHashV1(book, FEDERATION));
    const zeros = { subarray: (from: number, to: number) => new Uint8Array(to - from) } as Uint8Array;
    const ports = {
      clock,
      random: new RandomInMemory(),
      log: new LogInMemory(),
      freeBytes: async () => 1e15,
    };
    const archive = createArchive(
      { ...ports, ...EVERYBODY, announceUrls: () => [], names: () => [] },
      { folder, bytesMax: 1e15, host: HOST, port: 0, federation: FEDERATION },
    );
    await archive.start();
    // Each a little less than the honest one holds before his piece is whole.
    const theirs = 11 * MiB;
    const holding = await RawListener.open({ host: HOST }, infoHash, book.size, zeros, theirs / BLOCK);
    const honest = await RawListener.open({ host: HOST }, infoHash, book.size, zeros);
    let waits = true;
    honest.opened = (peer) => {
      peer.withholds = (_, at) => waits && at >= 15 * MiB;
    };
    const ending = new AbortController();
    const ended: string[] = [];
    let come = 0;
    const brings = (key: number, port: number, name: string) =>
      archive
        .fetchBrought({
          ...{ hash: fileHash(key), outline: () => book, reading() {}, signal: ending.signal },
          from: () => [{ address: LOOPBACK, port }],
          by: { key: new Uint8Array(32).fill(key), address: `10.0.${key >> 1}.1`, paid: false },
          piece: () => void come++,
        })
        .then(
          (verdict) => ended.push(`${name}: ${outcome(verdict)}`),
          () => undefined,
        );
    try {
      const strangers = limits.broughtOfStrangersMax - 1;
      const all = Array.from({ length: strangers }, (_, i) => brings(i, holding.port, 'stranger'));
      await eventually(() => holding.met.filter(isSpent).length === strangers);
      all.push(brings(strangers, honest.port, 'honest'));
      await eventually(() => honest.met[0]?.asked.some(({ at }) => at >= 15 * MiB) === true);
      clock.move(1_000);
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
      expect(ended).to.deep.equal([]);
      waits = false;
      honest.met[0]!.giveWithheld();
      await eventually(() => come > 0);
      expect(ended).to.deep.equal([]);
      ending.abort();
      await Promise.all(all);
    } finally {
      ending.abort();
      await archive.stop();
      await Promise.all([holding.close(), honest.close()]);
      await rm(folder, { recursive: true, force: true });
    }
    function isSpent({ asked }: RawPeer): boolean {
      return asked.length > theirs / BLOCK;
    }
  });

  it('are not asked for beyond the bound in one go, however fast the peer has been', () => {
    const wire = wireOf(() => true);
    const { torrent } = torrentOf([wire], 8);
    boundUnfinished(torrent, 6 * BLOCK);
    torrent._updateWire(wire);
    expect(wire.asked()).to.deep.equal([0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
  });

  for (const [why, goes] of [
    ['has gone', { destroyed: true }],
    ['gives nothing for now', { peerChoking: true }],
  ] as const) {
    it(`do not give way while a peer sends them whose blocks have all come at once, but when he ${why}`, () => {
      const one = wireOf((piece) => piece === 0, 3);
      const others = wireOf((piece) => piece > 0);
      const { torrent, give } = torrentOf([one, others], 8);
      const begun = torrent.pieces[0];
      boundUnfinished(torrent, 2 * BLOCK);
      torrent._updateWire(one);
      give(one);
      torrent._updateWire(others);
      expect(torrent.pieces[0], 'what has come of it').to.equal(begun);
      expect(others.asked(), 'the share of others').to.deep.equal([1, 1]);
      Object.assign(one, goes);
      torrent._updateWire(others);
      expect(torrent.pieces[0]).not.to.equal(begun);
      expect(others.asked()).to.deep.equal([1, 1, 1, 1, 2, 2]);
    });
  }

  it('keep no place for whoever sends plenty that nobody has asked for, or has asked for of another piece', async () => {
    await fetching([{ withholds: () => true }], async ({ senders: [sender], clock, ended }) => {
      await eventually(() => sender!.met[0]?.asked.length === 1);
      const { socket } = sender!.met[0]!;
      for (let window = 0; window < 2; window++) {
        // More than has to come: blocks that begin where none does.
        const junk = message(7, Buffer.concat([words(0, 1), Buffer.alloc(BLOCK)]));
        const all = Buffer.concat(Array.from({ length: 40 }, () => junk));
        await new Promise((sent) => socket.write(all, sent));
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
        clock.move(limits.fetchWindowMs);
      }
      await eventually(() => ended() !== undefined);
      expect(ended()).to.equal('file.not-available');
    });
  });

  it('keep a place for whoever sends slowly what was asked for: also of a block what has come', () => {
    const torrent = Object.assign(new EventEmitter(), {
      ...{ pieces: [{ missing: 2 * BLOCK }], wires: [] as unknown[] },
    });
    const kept = countKept(torrent as unknown as Torrent);
    const wire = { requests: [{}], _bufferSize: 0, _onPiece: (..._: [number, number, Uint8Array]) => {} };
    wire._onPiece = (_index, _offset, { length }) => {
      torrent.pieces[0]!.missing -= length;
    };
    torrent.wires.push(wire);
    torrent.emit('wire', wire);
    wire._bufferSize = 5_000;
    expect(kept()).to.equal(5_000);
    wire._bufferSize = 200_000;
    expect(kept(), 'no block is so long').to.equal(BLOCK);
    wire._bufferSize = 0;
    wire._onPiece(0, 0, new Uint8Array(BLOCK));
    expect(kept()).to.equal(BLOCK);
    Object.assign(wire, { requests: [], _bufferSize: 9_000 });
    expect(kept(), 'nothing more is asked for').to.equal(BLOCK);
  });

  it('keep no more than their blocks, whatever came in one go with these', () => {
    const torrent = Object.assign(new EventEmitter(), { _updateWire() {}, _request: () => false });
    boundUnfinished(torrent as unknown as Torrent, 0);
    const kept: Uint8Array[] = [];
    const wire = { _onPiece: (...[, , bytes]: [number, number, Uint8Array]) => kept.push(bytes) };
    torrent.emit('wire', wire as unknown as Wire);
    const packet = Uint8Array.from({ length: 64 }, (_, i) => i);
    wire._onPiece(0, 0, packet.subarray(8, 12));
    expect([...kept[0]!]).to.deep.equal([8, 9, 10, 11]);
    expect(kept[0]!.buffer.byteLength).to.equal(4);
  });
});

/** @param most - asked for at a time. */
function wireOf(has: (piece: number) => boolean, most = Number.POSITIVE_INFINITY) {
  const requests: { readonly piece: number; readonly length: number }[] = [];
  const peer = { requests, peerPieces: { get: has }, most, asked: () => requests.map(({ piece }) => piece) };
  return peer as unknown as Wire & typeof peer;
}

/** As webtorrent would have it: it asks a peer for all that it may, in pieces of four blocks. */
function torrentOf(wires: readonly ReturnType<typeof wireOf>[], count: number) {
  class Piece {
    readonly length: number;
    missing: number;
    reserved = 0;
    readonly _flushed = false;
    _buffer: unknown = null;
    constructor(length: number) {
      this.length = length;
      this.missing = length;
    }
  }
  const pieces = Array.from({ length: count }, () => new Piece(4 * BLOCK));
  const torrent = Object.assign(new EventEmitter(), {
    ...{
      ready: true,
      wires,
      pieces,
      _selections: { length: 1, get: (_: number) => ({ from: 0, to: count - 1 }) },
    },
    _request({ requests, peerPieces, most }: (typeof wires)[number], piece: number) {
      if (!peerPieces.get(piece) || pieces[piece]!.reserved === 4 || requests.length === most) return false;
      pieces[piece]!.reserved += 1;
      pieces[piece]!._buffer = [];
      return requests.push({ piece, length: BLOCK }) > 0;
    },
    _updateWire(wire: (typeof wires)[number]) {
      for (let i = 0; i < torrent._selections.length; i++) {
        const { from, to } = torrent._selections.get(i);
        for (let piece = from; piece <= to; piece++) while (torrent._request(wire, piece));
      }
    },
  });
  return {
    torrent: torrent as unknown as Torrent,
    /** All that a peer was asked for comes. */
    give({ requests }: (typeof wires)[number]): void {
      for (const { piece, length } of requests.splice(0)) pieces[piece]!.missing -= length;
    },
  };
}

type Fetching = {
  readonly senders: readonly RawListener[];
  readonly clock: ManualClock;
  readonly progress: Progress;
  wireTo(sender: RawListener): Wire;
  /** undefined: it has not. */
  ended(): string | undefined;
};

function outlineOf(size: number, pieceLength: number) {
  const count = Math.ceil(size / pieceLength);
  const pieces = new Uint8Array(20 * count);
  const whole = createHash('sha1').update(new Uint8Array(pieceLength)).digest();
  for (let i = 0; i < count; i++) pieces.set(whole, 20 * i);
  return { name: 'endless', size, pieceLength, pieces };
}

/** A fetch from peers of one reader, who have the file, and do not give all of it. */
async function fetching(
  kinds: readonly Partial<Pick<RawPeer, 'rejects' | 'withholds' | 'lacks'>>[],
  act: (fetching: Fetching) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'digitallib-unfinished-'));
  const clock = new ManualClock();
  const infoHash = toHex(infoHashV1(BOOK, FEDERATION));
  const senders: RawListener[] = [];
  for (const kind of kinds) {
    const sender = await RawListener.open({ host: HOST }, infoHash, BOOK.size, new Uint8Array(BOOK.size));
    sender.opened = (peer) => void Object.assign(peer, kind);
    senders.push(sender);
  }
  const from = () => senders.map(({ port }) => ({ address: LOOPBACK, port }));
  const admission = onlyAt(from, { clock, ...EVERYBODY });
  const client = new SwarmClient({ clock, log: new LogInMemory() }, admission, { host: HOST, port: 0 });
  const progress = await Progress.open(folder, BOOK);
  const { fetch } = client;
  let wires: readonly Wire[] = [];
  client.fetch = async (...what) => {
    const membership = await fetch.apply(client, what);
    wires = membership.torrent.wires;
    return membership;
  };
  const wireTo = ({ port }: RawListener) => wires.find(({ remotePort }) => remotePort === port)!;
  let ended: string | undefined;
  const room = { mayWrite: async () => true, giveBack() {} };
  const wanted = { hash: fileHash(1), outline: BOOK, announceUrls: () => [], from };
  const ports = { clock, client, federation: FEDERATION, room };
  try {
    const signal = new AbortController().signal;
    const policy = { signal, firstMs: limits.broughtFirstMs };
    void download(progress, wanted, ports, policy).then((verdict) => {
      ended = outcome(verdict);
    });
    await act({ senders, clock, progress, wireTo, ended: () => ended });
  } finally {
    await client.stop();
    await progress.close();
    for (const sender of senders) await sender.close();
    await rm(folder, { recursive: true, force: true });
  }
}
