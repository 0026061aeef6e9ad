/**
 * Behind the others? Fetches ranges of final blocks from a member, checks every certificate on the way, has
 * every signature verified, executes every block, and hands them to the engine to commit. Trusts nobody: a peer
 * that gives something wrong is left, and the next one is asked.
 */
import { type Block, decodeBlock } from '../chain/block.ts';
import { canFollow } from '../chain/version.ts';
import { decodeMessage, type Finalization } from '../consensus/messages.ts';
import { equalBytes, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log, Network, PeerKey } from '../core/ports.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { verifyRun } from '../light/run.ts';
import type { VerifySignature } from '../light/trusted.ts';
import type { Engine } from './engine.ts';
import { trustedState } from './epoch.ts';
import type { Ledger } from './ledger.ts';
import {
  decodeHead,
  decodeRange,
  encodeRangeRequest,
  HEAD_PROTOCOL,
  type Head,
  RANGE_PROTOCOL,
  type RangeEntry,
} from './protocols.ts';
import type { Lag } from './snapshot/wish.ts';
import { Timers } from './timers.ts';
import type { TransactionChecker } from './transaction-checker.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly network: Network;
  readonly checker: TransactionChecker;
  readonly verify: VerifySignature;
  readonly clock: Clock;
  readonly log: Log;
  /** Blocks would take too long, or this member has not kept them. @returns true when a state is fetched instead. */
  lag?(peer: PeerKey, lag: Lag): Promise<boolean>;
  failed(error: unknown): void;
};
/** Blocks that one certificate makes final: the last one carries it. */
type Segment = { readonly blocks: readonly Block[]; readonly certificate: Finalization };

/** Asks one member for its head this often, in turn. */
const POLL_MS = 2_000;
/** An authority usually gets there by itself in the meantime. */
const PATIENCE_MS = 300;

export class Sync {
  readonly #ports: Ports;
  readonly #timers: Timers;
  #running: Promise<void> | undefined;
  #stopped = false;
  #turn = 0;
  #targetHeight = 0;
  /** The highest that somebody spoke of since we last began to fetch. */
  #heardHeight = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  start(): void {
    this.#pollLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timers.cancelAll();
    await this.#running;
  }

  /** How many blocks we know to be missing. */
  get behind(): number {
    return Math.max(0, this.#targetHeight - this.#height());
  }

  /** Somebody says that this is final. Nothing is believed; it is a reason to ask. */
  heard(head: Head): void {
    if (head.height <= this.#height() || this.#stopped) return;
    this.#heardHeight = Math.max(this.#heardHeight, head.height);
    if (!this.#timers.has('patience')) this.#waitFor(head.height);
  }

  /** Patience is for this height; whoever waited for each new one would never begin. */
  #waitFor(height: number): void {
    this.#timers.set('patience', PATIENCE_MS, () => {
      const target = this.#heardHeight;
      this.#heardHeight = 0;
      if (height > this.#height()) this.#catchUp(target);
      else if (target > this.#height()) {
        this.#heardHeight = target;
        this.#waitFor(target);
      }
    });
  }

  /** Consensus finalised a block whose body is not here. */
  missing(): void {
    this.#catchUp(this.#height() + 1);
  }

  /** A member has connected: how far is it? */
  connected(peer: PeerKey): void {
    void this.#ask(peer);
  }

  #height(): number {
    return this.#ports.ledger.head().header.height;
  }

  #pollLater(): void {
    this.#timers.set('poll', POLL_MS, () => {
      const peers = this.#ports.network.peers();
      const peer = peers[this.#turn++ % Math.max(1, peers.length)];
      if (peer !== undefined) void this.#ask(peer);
      this.#pollLater();
    });
  }

  async #ask(peer: PeerKey): Promise<void> {
    const head = await this.#attempt(async () =>
      decodeHead(await this.#ports.network.request(peer, HEAD_PROTOCOL, new Uint8Array(0))),
    );
    if (head?.kind === 'accept') this.heard(head.value);
  }

  #catchUp(height: number): void {
    // What follows rules that this version does not know would be fetched again and again for nothing.
    if (this.#stopped || !canFollow(this.#ports.ledger.head())) return;
    this.#targetHeight = Math.max(this.#targetHeight, height);
    this.#running ??= this.#run()
      .catch(this.#ports.failed)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** From one peer after the other, until the target is reached or nobody has more. */
  async #run(): Promise<void> {
    for (const peer of this.#peersInTurn()) {
      while (!this.#stopped && this.behind > 0 && (await this.#fetchFrom(peer))) {}
    }
    // A head that nobody can show with certificates was a lie, or is out of reach: the next poll will tell.
    this.#targetHeight = this.#height();
  }

  #peersInTurn(): readonly PeerKey[] {
    const peers = this.#ports.network.peers();
    const start = this.#turn++ % Math.max(1, peers.length);
    return [...peers.slice(start), ...peers.slice(0, start)];
  }

  /** @returns true when the head has moved. */
  async #fetchFrom(peer: PeerKey): Promise<boolean> {
    const { network, log } = this.#ports;
    const before = this.#height();
    if (this.behind > limits.snapshotBehindBlocks && (await this.#givesUpBlocks(peer, false))) return false;
    const request = encodeRangeRequest({ from: before + 1, count: limits.rangeBlocksMax });
    const range = await this.#attempt(async () =>
      decodeRange(await network.request(peer, RANGE_PROTOCOL, request)),
    );
    if (range === undefined) return false;
    if (range.kind === 'reject' && range.code === 'range.pruned') {
      if (!(await this.#givesUpBlocks(peer, true))) {
        log.warn('the blocks that come next are too old for this member', {
          peer: toHex(peer),
          from: before + 1,
        });
      }
      return false;
    }
    const verdict = range.kind === 'accept' ? await this.#takeRange(range.value) : range;
    if (verdict.kind === 'reject') log.warn('range refused', { peer: toHex(peer), code: verdict.code });
    return this.#height() > before;
  }

  async #givesUpBlocks(peer: PeerKey, pruned: boolean): Promise<boolean> {
    const { lag } = this.#ports;
    const given = lag !== undefined && (await lag(peer, { height: this.#height(), pruned }));
    this.#stopped ||= given;
    return given;
  }

  async #takeRange(entries: readonly RangeEntry[]): Promise<Verdict> {
    const segments = segmentsOf(entries);
    if (segments.kind !== 'accept') return segments;
    for (const segment of segments.value) {
      if (this.#stopped) return accept();
      const verdict = await this.#takeSegment(segment);
      if (verdict.kind !== 'accept') return verdict;
    }
    return accept();
  }

  /** Certificate first: nothing is executed that q authorities have not finalised. */
  async #takeSegment({ blocks, certificate }: Segment): Promise<Verdict> {
    const { ledger, engine, checker, verify, log } = this.#ports;
    const head = ledger.head();
    if (blocks[0]!.header.height <= head.header.height) return accept(); // consensus was faster
    const headers = blocks.map(({ header }) => header);
    if (!equalBytes(headers[0]!.parentHash, head.hash)) return reject('block.wrong-parent');
    const hashes = verifyRun(trustedState(head), { headers, finalization: certificate }, verify);
    if (hashes.kind !== 'accept') return hashes;
    for (const [index, block] of blocks.entries()) {
      const hash = hashes.value[index]!;
      const transactions = await checker.checkAll(block.transactions);
      if (transactions.kind !== 'accept') return transactions;
      if (ledger.executed(hash) !== undefined) continue;
      if (ledger.stateOf(block.header.parentHash) === undefined) return accept(); // consensus was faster
      const executed = ledger.execute(block, transactions.value);
      if (executed.kind !== 'accept') return executed;
    }
    await engine.commitSynced(certificate);
    log.debug('blocks synchronised', { height: this.#height() });
    return accept();
  }

  /** @returns undefined when the peer is out of reach. */
  async #attempt<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof Fault) return undefined;
      throw error;
    }
  }
}

/** Cuts a range at its certificates. What follows the last certificate proves nothing and is left out. */
function segmentsOf(entries: readonly RangeEntry[]): Verdict<readonly Segment[]> {
  const segments: Segment[] = [];
  let blocks: Block[] = [];
  for (const entry of entries) {
    const block = decodeBlock(entry.block);
    if (block.kind !== 'accept') return block;
    blocks.push(block.value);
    if (entry.certificate === undefined) continue;
    const message = decodeMessage(entry.certificate);
    if (message.kind !== 'accept') return message;
    if (message.value.kind !== 'finalization') return reject('codec.wrong-shape');
    segments.push({ blocks, certificate: message.value });
    blocks = [];
  }
  return accept(segments);
}
