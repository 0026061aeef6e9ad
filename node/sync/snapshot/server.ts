/**
 * Serves whole states to joiners. The state of a block is held as a moment of the store: its pages and its values,
 * as they were together, whatever is committed or pruned since. A moment is taken when a joiner asks for an offer,
 * shared by those that come soon after, and released when nobody has asked for a while. Nothing here is believed by
 * the other side, so nothing here needs a proof.
 */
import { decodeOwnBlock, type Header } from '../../../chain/block/block.ts';
import type { TreeReader } from '../../../chain/state/tree.ts';
import { type Bytes, concat, equalBytes } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, DeepStore, Log, Moment } from '../../../core/ports.ts';
import type { Hash32, Height } from '../../../core/scalars.ts';
import * as keys from '../../../store/keyspaces.ts';
import { type BlockStore, headIn } from '../../ledger/block-store.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { readSeals } from '../../ledger/seals.ts';
import type { RequestHandler } from '../../peers/protocol.ts';
import { SNAPSHOT_PROTOCOL } from '../../peers/protocol-names.ts';
import { Timers } from '../../process/timers.ts';
import { type Path, pagesFrom } from './pages.ts';
import {
  decodeSnapshotRequest,
  type Entry,
  encodeEntries,
  encodeHeaders,
  encodeOffer,
  encodePages,
  encodeSeals,
  type SnapshotRequest,
} from './protocol.ts';

type Ports = {
  readonly store: DeepStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
};
/** A state that is held. */
type Held = {
  readonly hash: Hash32;
  readonly height: Height;
  readonly offer: Bytes;
  readonly moment: Moment;
  readonly tree: TreeReader;
  readonly since: number;
  asked: number;
};

const NOTHING = new Uint8Array(0);
/** Entries that one look into the store brings: some are small, some are long. */
const ROWS = 256;

export class SnapshotServer {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #held: Held[] = [];
  /** When one was made because somebody needed it. */
  #neededAt = -Infinity;
  /** One answer at a time, whoever asks: between two of them the node does its other work. */
  #latest: Promise<unknown> = Promise.resolve();

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  /** Async, though it only hands on: the simulator's traces know how many turns an answer takes. */
  get protocols(): readonly RequestHandler[] {
    const answer: RequestHandler['answer'] = async (_, question) => this.answer(question);
    return [{ request: SNAPSHOT_PROTOCOL, costBytes: limits.answerCostBytes, answer }];
  }

  /** @returns the answer; empty when we hold nothing such. @throws Fault("network.unreachable") for no request. */
  async answer(bytes: Bytes): Promise<Bytes> {
    const request = decodeSnapshotRequest(bytes);
    if (request.kind !== 'accept') throw new Fault('network.unreachable', 'not a request for a snapshot');
    const answered = this.#latest.then(() => this.#answer(request.value));
    this.#latest = answered.catch(() => {}); // whoever asked is told
    return answered;
  }

  async #answer(value: SnapshotRequest): Promise<Bytes> {
    switch (value.kind) {
      case 'offer':
        return this.#offered(value.above)?.offer ?? NOTHING;
      case 'seals':
        return encodeSeals(await readSeals(this.#ports.store, value.from, limits.snapshotSealsMax));
      case 'headers':
        return encodeHeaders(headers(this.#ports.ledger.blocks, value.from));
      case 'pages': {
        const held = this.#find(value.block);
        return held === undefined ? NOTHING : encodePages(pages(held, value.path));
      }
      case 'entries': {
        const held = this.#find(value.block);
        return held === undefined ? NOTHING : entries(held.moment, value.from);
      }
    }
  }

  async stop(): Promise<void> {
    this.#timers.cancelAll();
    await Promise.all(this.#held.splice(0).map(({ moment }) => moment.release()));
  }

  /**
   * The newest state that is held; another one when that has grown old and there is room, when it is not above what the
   * asker needs, or when the blocks that come next are pruned: whoever joined by it could not go on from here. For need
   * the oldest makes room. Source: docs/decisions/catching-up.md.
   */
  #offered(above: Height): Held | undefined {
    const now = this.#ports.clock.now();
    const newest = this.#held.at(-1);
    const isUsable = newest !== undefined && newest.height + 1 >= this.#ports.ledger.blocks.base();
    const isNeeded = isUsable && newest.height <= above && this.#mayHoldAbove(above, now);
    const isFresh = isUsable && isWithin(limits.snapshotFreshMs, newest.since, now);
    const hasRoom = this.#held.length < limits.snapshotsHeldMax - 1; // the last place is for need
    if (isUsable && !isNeeded && (isFresh || !hasRoom)) {
      newest.asked = now;
      return newest;
    }
    if (isNeeded) this.#neededAt = now;
    if (this.#held.length === limits.snapshotsHeldMax) this.#release(this.#held[0]!);
    return this.#hold(now);
  }

  /** Whoever has needed one since the last was made for need is served by the next: so nobody can use this up for others. */
  #mayHoldAbove(above: Height, now: number): boolean {
    const { header } = this.#ports.ledger.head();
    return header.height > above && !isWithin(limits.snapshotNeededMs, this.#neededAt, now);
  }

  /** @returns undefined at genesis, which everybody has. */
  #hold(now: number): Held | undefined {
    const { store, log } = this.#ports;
    // What is on the disk now, which may be one commit ahead of the ledger's head.
    const moment = store.moment();
    const at = offerIn(moment);
    if (at === undefined) {
      void moment.release();
      return undefined;
    }
    const tree = { node: (key: Bytes) => moment.get(keys.treeNodeKey(key)) };
    const held = { ...at, moment, tree, since: now, asked: now };
    this.#held.push(held);
    log.info('a state is held for joiners', { height: at.height });
    this.#lookLater();
    return held;
  }

  #find(hash: Hash32): Held | undefined {
    const held = this.#held.find((one) => equalBytes(one.hash, hash));
    if (held !== undefined) held.asked = this.#ports.clock.now();
    return held;
  }

  #lookLater(): void {
    this.#timers.set('idle', limits.snapshotIdleMs / 2, () => {
      const now = this.#ports.clock.now();
      for (const held of [...this.#held]) {
        const isWanted = isWithin(limits.snapshotIdleMs, held.asked, now);
        if (!isWanted || !isWithin(limits.snapshotHeldMs, held.since, now)) this.#release(held);
      }
      if (this.#held.length > 0) this.#lookLater();
    });
  }

  #release(held: Held): void {
    this.#held.splice(this.#held.indexOf(held), 1);
    void held.moment.release();
    this.#ports.log.info('a state is held no more', { height: held.height });
  }
}

/** @returns false as well when the clock was set back: nobody knows how long it has been. */
function isWithin(spanMs: number, since: number, now: number): boolean {
  return now >= since && now - since < spanMs;
}

function offerIn(moment: Moment): Pick<Held, 'hash' | 'height' | 'offer'> | undefined {
  const at = headIn(moment);
  if (at?.certificate === undefined) return undefined;
  const { hash, height, body, certificate } = at;
  return { hash, height, offer: encodeOffer(body, certificate) };
}

/** Each stands in its body: as many as one answer may hold, and bodies of one block's size at most are read for them. */
function headers(blocks: BlockStore, from: Height): readonly Header[] {
  const found: Header[] = [];
  let bytes = 0;
  for (let height = from; found.length < limits.snapshotHeadersMax; height++) {
    const row = blocks.at(height);
    const body = row && blocks.bodyBytes(row.hash);
    const block = body && decodeOwnBlock(body);
    if (block?.kind !== 'accept') break;
    bytes += body!.length;
    if (found.length > 0 && bytes > limits.blockBytesMax) break;
    found.push(block.value.header);
  }
  return found;
}

function pages({ tree, height }: Held, from: Path): readonly Bytes[] {
  const found: Bytes[] = [];
  let bytes = 0;
  for (const page of pagesFrom(tree, height, from)) {
    found.push(page);
    bytes += page.length;
    if (found.length >= limits.snapshotChunkPagesMax || bytes >= limits.snapshotChunkBytesMax) break;
  }
  return found;
}

async function entries(moment: Moment, start: Bytes): Promise<Bytes> {
  const found: Entry[] = [];
  const { to } = keys.stateRange();
  let from = keys.stateKey(start);
  let bytes = 0;
  for (;;) {
    const rows = await moment.range({ from, to, limit: ROWS });
    for (const [key, value] of rows) {
      bytes += key.length + value.length;
      if (found.length > 0 && bytes > limits.snapshotChunkBytesMax) {
        return encodeEntries({ entries: found, last: false });
      }
      found.push([key.subarray(1), value]);
    }
    if (rows.length < ROWS) return encodeEntries({ entries: found, last: true });
    from = concat(rows.at(-1)![0], Uint8Array.of(0));
  }
}
