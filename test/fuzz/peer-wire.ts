/**
 * What BitTorrent peers say, under fire: conversations with messages changed, mixed and cut, to a real client of an
 * archive that seeds one file and fetches another. It goes on with a peer, or closes it; nothing reaches the process.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { Admission } from '../../archive/peers/admission.ts';
import { SwarmClient } from '../../archive/swarm-client.ts';
import { limits } from '../../core/limits.ts';
import { infoFields, infoHashV1 } from '../../torrent/metainfo.ts';
import { EXTENSIONS, extended, handshake, message, words } from '../e2e/fixtures/peer-messages.ts';
import { SeededRandom } from '../sim/random.ts';
import { EVERYBODY, LogInMemory, ManualClock, metainfoOf, vectorBytes } from '../tracker/world.ts';
import { mutate } from './mutate.ts';

export type WireOutcome = {
  readonly inputs: number;
  /** So many were closed. */
  readonly closed: number;
  readonly ms: number;
  readonly slowestMs: number;
};

const SIZE = 100_000;
const BLOCK = 16_384;
/** BEP 10 and BEP 6. */
const FAST = Buffer.of(0, 0, 0, 0, 0, 0x10, 0, 0x04);
const IN_ONE_PACKET = 0.3;
const IN_CRUMBS = 0.1;

/** Bencode that is right, and is not what is expected. */
const ODD = [
  'd8:toStringi5ee',
  'ld8:toStringi5eee',
  'd8:toStringi1e7:valueOfi1ee',
  'd9:__proto__d1:mi1eee',
  'i-1e',
  'i4294967296e',
  'i99999999999999999999e',
  'le',
  'de',
  '0:',
  '5:apple',
  '-3:',
];
const KEYS = ['11:ut_metadata', '11:lt_donthave', '6:ut_pex', '9:__proto__', '8:toString', '11:constructor'];

/** A message; what follows its id. */
type Said = { readonly id: number; readonly payload: Buffer };

function asked(random: SeededRandom): string {
  const value = () => (random.chance(0.5) ? random.pick(ODD) : `i${random.below(4)}e`);
  return `d8:msg_type${value()}5:piece${value()}10:total_size${value()}e`;
}

function greeting(random: SeededRandom): string {
  const value = () => (random.chance(0.5) ? random.pick(ODD) : `i${random.below(256)}e`);
  const names = Array.from({ length: random.below(6) }, () => `${random.pick(KEYS)}${value()}`);
  const named = random.chance(0.2) ? random.pick(ODD) : `d${names.join('')}e`;
  return `d1:m${named}13:metadata_size${value()}4:reqq${value()}e`;
}

/** One message as a client says it, of those that BEP 3, 6, 9 and 10 know. */
function said(random: SeededRandom): Said {
  const piece = () => random.below(8);
  const block = () =>
    words(piece(), BLOCK * random.below(2), random.pick([BLOCK, 0, 1, 1 << 17, 2 ** 32 - 1]));
  const speaks = (id: number, text: string): Said => {
    const { length } = words(0);
    return { id: 20, payload: extended(id, text).subarray(length + 1) };
  };
  const all: readonly (() => Said)[] = [
    ...[0, 1, 2, 3, 14, 15].map((id) => () => ({ id, payload: Buffer.alloc(0) })),
    ...[4, 13, 17].map((id) => () => ({ id, payload: words(piece()) })),
    ...[6, 8, 16].map((id) => () => ({ id, payload: block() })),
    () => ({ id: 5, payload: Buffer.from(random.bytes(random.pick([1, 2, 200]))) }),
    () => ({ id: 7, payload: Buffer.concat([words(piece(), 0), random.bytes(random.pick([1, BLOCK]))]) }),
    () => ({ id: 9, payload: Buffer.from(random.bytes(2)) }),
    () => speaks(0, 'd1:md11:lt_donthavei2e11:ut_metadatai1ee4:reqqi250ee'),
    () => speaks(0, greeting(random)),
    () => speaks(1, 'd8:msg_typei0e5:piecei0ee'),
    () => speaks(1, asked(random)),
    () => speaks(2, '\0\0\0\u0001'),
    () => speaks(random.below(256), asked(random)),
  ];
  return random.pick(all)();
}

function conversation(random: SeededRandom): Buffer {
  const messages = Array.from({ length: random.between(1, 12) }, () => {
    const { id, payload } = said(random);
    const isChanged = random.chance(0.3);
    const other = said(random).payload;
    const bytes = isChanged && payload.length > 0 ? mutate(payload, [payload, other], random) : payload;
    return message(random.chance(0.05) ? random.below(256) : id, bytes);
  });
  const bytes = Buffer.concat(messages);
  return random.chance(0.2) ? Buffer.from(mutate(bytes, [bytes], random)) : bytes;
}

/** @throws Error with the seed and what was said last, when anything reaches the process. */
export async function fuzzPeerWire(inputs: number, seed: number): Promise<WireOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'digitallib-fuzz-'));
  const clock = new ManualClock();
  const admission = new Admission({ clock, ...EVERYBODY });
  const client = new SwarmClient({ clock, log: new LogInMemory() }, admission, {
    host: '127.0.0.1',
    port: 0,
  });
  let last = Buffer.alloc(0);
  let failure: Error | undefined;
  const failed = (cause: unknown): void => {
    failure ??= new Error(`peer-wire, seed ${seed}: ${last.toString('hex')}`, { cause });
  };
  process.on('uncaughtException', failed).on('unhandledRejection', failed);
  try {
    const seeding = swarmingOf(vectorBytes(SIZE));
    const fetching = swarmingOf(vectorBytes(SIZE).reverse());
    const files = await Promise.all(['seeding', 'fetching'].map((name) => open(join(folder, name), 'w+')));
    await files[0]!.write(vectorBytes(SIZE));
    const { torrent } = await client.seed(seeding, files[0]!, () => undefined);
    const nothing = {
      done() {},
      failed() {},
      wrongPiece() {},
      mayWrite: async () => true,
      wrote: async () => {},
    };
    const fetched = await client.fetch(fetching, files[1]!, new Uint8Array(1), nothing);
    for (const one of [torrent, fetched.torrent]) {
      if (!one.ready) await new Promise((ready) => one.once('ready', () => ready(undefined)));
    }
    const server = (torrent as unknown as { client: { _connPool: { tcpServer: Server } } }).client._connPool
      .tcpServer;
    const random = new SeededRandom(seed);
    let [closed, ms, slowestMs] = [0, 0, 0];
    for (let input = 0; input < inputs; input++) {
      const { infoHash } = random.chance(0.5) ? seeding : fetching;
      const greeted = handshake(
        random.chance(0.1) ? random.bytes(20) : infoHash,
        random.chance(0.7) ? FAST : EXTENSIONS,
        random.bytes(20),
      );
      const spoken = conversation(random);
      last = Buffer.concat([greeted, spoken]);
      const from = performance.now();
      const conn = connection(input);
      server.emit('connection', conn as unknown as Socket);
      const parts = random.chance(IN_ONE_PACKET) ? [last] : [greeted, spoken];
      for (const part of random.chance(IN_CRUMBS) ? parts.flatMap((one) => crumbs(one, random)) : parts) {
        conn.push(part);
        await turns(4);
      }
      if (conn.destroyed) closed += 1;
      conn.destroy();
      await turns(1);
      clock.move(limits.admissionEveryMs); // who is here is looked at, and others may come
      const took = performance.now() - from;
      ms += took;
      slowestMs = Math.max(slowestMs, took);
      if (failure !== undefined) throw failure;
    }
    return { inputs, closed, ms, slowestMs };
  } finally {
    await client.stop();
    process.off('uncaughtException', failed).off('unhandledRejection', failed);
    await rm(folder, { recursive: true, force: true });
  }
}

function swarmingOf(bytes: Uint8Array) {
  const metainfo = metainfoOf(bytes);
  return {
    ...{ file: metainfo.hash, metainfo, infoHash: infoHashV1(metainfo, 'fuzz'), announceUrls: [] },
    info: infoFields(metainfo, 'fuzz', 'v1'),
  };
}

/** Stands in for a socket: another network each time. What it is told it throws away. */
function connection(i: number): Duplex {
  const conn = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  const remoteAddress = `10.${(i >> 8) & 255}.${i & 255}.1`;
  return Object.assign(conn, { remoteAddress, remotePort: 1_024 + (i % 60_000) }).on(
    'error',
    () => undefined,
  );
}

/** Cut into some small packets, and the rest. */
function crumbs(bytes: Buffer, random: SeededRandom): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length && parts.length < 20) {
    const end = at + random.between(1, 100);
    parts.push(bytes.subarray(at, end));
    at = end;
  }
  return [...parts, bytes.subarray(at)].filter(({ length }) => length > 0);
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}
