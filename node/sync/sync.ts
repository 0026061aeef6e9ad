/**
 * Behind the others? Has ranges of final blocks brought (range-fetcher.ts) and taken (block-taker.ts) until the node
 * is where the others are. What somebody says of its height is a reason to ask, and nothing else; who says more than
 * it can show is soon not listened to.
 */
import { decodeBlock, headerHash } from '../../chain/block/block.ts';
import { canFollow } from '../../chain/block/version.ts';
import { authorities } from '../../chain/queries.ts';
import { faultyMax } from '../../consensus/quorum.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log, Network, PeerKey } from '../../core/ports.ts';
import type { Height } from '../../core/scalars.ts';
import type { Run } from '../../light/run.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { decodeHead, decodeRange, encodeRangeRequest, type Head } from '../ledger/messages.ts';
import type { TransactionChecker } from '../mempool/transaction-checker.ts';
import { HEAD_PROTOCOL, RANGE_PROTOCOL } from '../peers/protocol-names.ts';
import type { Breathe } from '../process/breath.ts';
import { Timers } from '../process/timers.ts';
import { BlockTaker, runOf } from './block-taker.ts';
import type { CheckpointWatch } from './checkpoint-watch.ts';
import { Lateness } from './lateness.ts';
import { Paces } from './paces.ts';
import { RangeFetcher, reached } from './range-fetcher.ts';
import { cut, NO_REST } from './segments.ts';
import type { Lag } from './snapshot/wish.ts';
import { StateInstead } from './state-instead.ts';
import { TooOld } from './too-old.ts';
import { Words } from './words.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly network: Network;
  readonly checker: TransactionChecker;
  readonly verify: VerifySignature;
  readonly clock: Clock;
  readonly log: Log;
  readonly breathe: Breathe;
  /** Blocks would take too long, or nobody has kept them. @returns true when a state is fetched instead. */
  lag?(peer: PeerKey, lag: Lag): Promise<boolean>;
  /** What the operator has heard from a person. */
  readonly checkpoint: CheckpointWatch;
  /** What a member gives for final, and is not ours. */
  otherChain(run: Run): void;
  failed(error: unknown): void;
};

/** Asks one member for its head this often, in turn. */
const POLL_MS = 2_000;
/** An authority usually gets there by itself in the meantime. */
const PATIENCE_MS = 300;
/** Of those who gossip of something new, so many are asked. */
const TELLERS_MAX = 4;
/** Runs in which nobody had the blocks and somebody had pruned them: before a state is asked for. */
const PRUNED_RUNS = 2;
/** What cannot be read is asked for again so often: somebody may have it in pieces that can be. */
const UNREADABLE_MS = 60_000;

export class Sync {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #paces = new Paces();
  readonly #taker: BlockTaker;
  readonly #words: Words;
  readonly #tooOld: TooOld;
  readonly #stateInstead: StateInstead;
  readonly #lateness = new Lateness();
  /** Who says that it is above us: its height. */
  readonly #claims = new Map<string, Height>();
  /** Up to here a certificate has been seen. */
  #certified = 0;
  #fetcher: RangeFetcher | undefined;
  /** What somebody says who has given us a range or more in this run, and is believed that there are more. */
  #shown = 0;
  /** Who has gossiped of something new. */
  readonly #tellers = new Map<string, PeerKey>();
  #running: Promise<void> | undefined;
  #stopped = false;
  #turn = 0;
  #toldHeight = 0;
  #targetHeight = 0;
  #prunedRuns = 0;
  /** Who has shown blocks of rules that we do not know, since we got further. */
  readonly #unread = new Set<string>();

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    this.#taker = new BlockTaker({ ...ports, stopped: () => this.#stopped });
    this.#words = new Words(ports);
    this.#tooOld = new TooOld({ ...ports, words: this.#words, takesStates: ports.lag !== undefined });
    const { clock, lag, failed } = ports;
    const fetched = (): void => {
      this.#stopped = true;
    };
    const over = (): boolean => this.#stopped;
    this.#stateInstead = new StateInstead({
      clock,
      lag,
      failed,
      fetched,
      over,
      height: () => this.#height(),
    });
  }

  start(): void {
    this.#pollLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timers.cancelAll();
    this.#tooOld.stop();
    await this.#running;
  }

  /**
   * More authorities than can lie have final blocks for us that this version cannot read. (When the ledger here knows of
   * the upgrade already, chain/block/version.ts says so before they are fetched.)
   */
  get unreadable(): boolean {
    const keys = authorities(this.#ports.ledger.head().view);
    return keys.filter((key) => this.#unread.has(toHex(key))).length > faultyMax(keys.length);
  }

  /**
   * How many blocks we know to be missing: by a certificate, by more authorities than can lie, or because whole ranges come
   * from somebody. What one member says, and does not show, is no knowledge, and makes no library unready.
   */
  get behind(): number {
    return Math.max(0, this.#known() - this.#height());
  }

  /** For longer than whoever follows is again and again. */
  get isLate(): boolean {
    return this.#look();
  }

  #look(): boolean {
    return this.#lateness.look(this.#known(), this.#height(), this.#ports.clock.now());
  }

  #known(): Height {
    const vouched = this.#words.vouched(authorities(this.#ports.ledger.head().view));
    return Math.max(this.#certified, vouched, this.#shown, this.#tooOld.shown);
  }

  /** How many blocks somebody says to be missing. */
  get #claimedMissing(): number {
    return Math.max(0, this.#targetHeight - this.#height());
  }

  /**
   * Gossip says that this is final; whoever passes it on may have it from somebody else, and is asked what it has
   * itself once consensus has had its time.
   */
  heard(head: Head, from: PeerKey): void {
    if (head.height <= this.#height() || this.#stopped) return;
    this.#toldHeight = Math.max(this.#toldHeight, head.height);
    if (this.#tellers.size < TELLERS_MAX) this.#tellers.set(toHex(from), from);
    if (!this.#timers.has('told')) this.#wait('told', head.height);
  }

  /** Consensus finalised a block whose body is not here. */
  missing(): void {
    const next = this.#height() + 1;
    this.#certified = Math.max(this.#certified, next);
    this.#look();
    this.#catchUp(next);
  }

  /** A member has connected: how far is it? */
  connected(peer: PeerKey): void {
    void this.#ask(peer, () => this.#catchUpSoon());
  }

  /** Patience is for this height; whoever waited for each new one would never begin. */
  #wait(what: 'told' | 'claimed', height: Height): void {
    this.#timers.set(what, PATIENCE_MS, () => {
      const latest = what === 'told' ? this.#toldHeight : this.#claimed();
      if (height <= this.#height() && latest > this.#height()) this.#wait(what, latest);
      else if (what === 'told') this.#askTellers();
      else this.#catchUpWithClaims();
    });
  }

  #askTellers(): void {
    for (const peer of this.#tellers.values()) {
      if (this.#toldHeight > this.#height()) void this.#ask(peer, () => this.#catchUpWithClaims());
    }
    this.#tellers.clear();
    this.#toldHeight = 0;
  }

  #claimed(): Height {
    return Math.max(0, ...this.#claims.values());
  }

  #height(): Height {
    return this.#ports.ledger.head().header.height;
  }

  #pollLater(): void {
    this.#timers.set('poll', POLL_MS, () => {
      const peers = this.#ports.network.peers();
      const peer = peers[this.#turn++ % Math.max(1, peers.length)];
      if (peer !== undefined) void this.#ask(peer, () => this.#catchUpSoon());
      this.#pollLater();
    });
  }

  /** @param then - when it says that it is above us, and its word has been worth something so far. */
  async #ask(peer: PeerKey, then: () => void): Promise<void> {
    const { network } = this.#ports;
    const head = await reached(async () =>
      decodeHead(await network.request(peer, HEAD_PROTOCOL, new Uint8Array(0))),
    );
    if (head?.kind !== 'accept' || this.#stopped) return;
    const { height } = head.value;
    this.#words.heed(peer, height);
    this.#look();
    if (this.#words.isSpent(peer)) return;
    if (height <= this.#height()) return this.#compare(peer, head.value).catch(this.#ports.failed);
    if (this.#tooOld.isWithout(peer)) return;
    this.#claims.set(toHex(peer), height);
    this.#fetcher?.again(peer);
    then();
  }

  /** It stands where we have another block: can it show that? Who only says so has said an empty word. */
  async #compare(peer: PeerKey, { height, hash }: Head): Promise<void> {
    const { network, ledger, otherChain } = this.#ports;
    const own = height < 1 ? undefined : ledger.blocks.at(height)?.hash;
    if (own === undefined || equalBytes(own, hash)) return;
    const request = encodeRangeRequest({ from: height, count: 1 });
    const range = await reached(async () =>
      decodeRange(await network.request(peer, RANGE_PROTOCOL, request)),
    );
    const found = range?.kind === 'accept' ? cut(NO_REST, height, range.value) : undefined;
    const [segment] = found?.kind === 'accept' ? found.value.segments : [];
    if (segment === undefined) this.#words.wasEmpty(peer);
    else otherChain(runOf(segment));
  }

  #catchUpSoon(): void {
    if (!this.#timers.has('claimed')) this.#wait('claimed', this.#claimed());
  }

  #catchUpWithClaims(): void {
    const height = this.#claimed();
    if (height > this.#height()) this.#catchUp(height);
    else this.#claims.clear();
  }

  #catchUp(height: Height): void {
    // What follows rules that this version does not know would be fetched again and again for nothing.
    if (this.#stopped || !canFollow(this.#ports.ledger.head()) || this.#timers.has('unreadable')) return;
    this.#targetHeight = Math.max(this.#targetHeight, height);
    this.#running ??= this.#run()
      .catch(this.#ports.failed)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Until the target is reached or nobody has more. */
  async #run(): Promise<void> {
    const before = this.#height();
    const fetcher = new RangeFetcher({ ...this.#ports, paces: this.#paces }, before + 1, this.#turn++);
    this.#fetcher = fetcher;
    this.#shown = 0;
    await this.#leaveOtherChains(fetcher);
    const shown = new Set<string>();
    while (!this.#stopped && this.#claimedMissing > 0) {
      if (this.#claimedMissing > limits.snapshotBehindBlocks) this.#haveShown(shown);
      const fetched = await fetcher.next(this.#targetHeight);
      if (fetched === undefined || this.#stopped) break;
      const verdict = await this.#taker.take(fetched.segments);
      if (verdict.kind === 'accept') {
        this.#unread.clear();
        const isMany = this.#height() - before >= limits.rangeBlocksMax;
        this.#shown = isMany ? (this.#claims.get(toHex(fetched.peer)) ?? 0) : 0;
        continue;
      }
      const { peer } = fetched;
      if (verdict.code === 'block.unknown-version') this.#cannotRead(peer);
      else this.#ports.log.warn('range refused', { peer: toHex(peer), code: verdict.code });
      fetcher.leave(peer);
      fetcher.restart(this.#height() + 1);
    }
    if (!this.#stopped) this.#conclude(fetcher, before);
  }

  /** Until we have come to the checkpoint, whoever has another block there is not followed to it. */
  async #leaveOtherChains(fetcher: RangeFetcher): Promise<void> {
    const { network, clock, checkpoint } = this.#ports;
    if (checkpoint.ahead === undefined) return;
    const { height } = checkpoint.ahead;
    const request = encodeRangeRequest({ from: height, count: 1 });
    const silent = new Map(network.peers().map((peer) => [toHex(peer), peer]));
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    let patient = true;
    const cancel = clock.after(limits.rangePatienceMs, () => {
      patient = false;
      if (silent.size < all.length) resolve();
    });
    const all = network.peers().map(async (peer) => {
      const range = await reached(async () =>
        decodeRange(await network.request(peer, RANGE_PROTOCOL, request)),
      );
      silent.delete(toHex(peer));
      if (!patient) resolve();
      const block =
        range?.kind === 'accept' && range.value[0] ? decodeBlock(range.value[0].block) : undefined;
      if (block?.kind !== 'accept') return;
      const { header } = block.value;
      if (checkpoint.isContradicted(peer, header.height, headerHash(header))) fetcher.leave(peer);
    });
    // What a silent one has there nobody knows; it is asked in the next run, and keeps this one no longer.
    await Promise.race([Promise.all(all), enough]).finally(cancel);
    for (const peer of silent.values()) fetcher.leave(peer);
  }

  #cannotRead(peer: PeerKey): void {
    const before = this.unreadable;
    this.#unread.add(toHex(peer));
    if (!this.unreadable) return;
    this.#timers.set('unreadable', UNREADABLE_MS, () => {});
    if (before) return;
    const height = this.#height() + 1;
    this.#ports.log.error(
      'outdated: the next final blocks follow rules that this version does not know: install a newer one',
      { height },
    );
  }

  /**
   * Whoever says that it is so far ahead may not be able to show it, or be silent: each is asked once a run, and blocks
   * are fetched meanwhile. @param shown - who was asked.
   */
  #haveShown(shown: Set<string>): void {
    const { network, lag } = this.#ports;
    if (lag === undefined || this.#stateInstead.isAsking) return;
    const far = network.peers().filter((peer) => {
      const ahead = (this.#claims.get(toHex(peer)) ?? 0) - this.#height();
      return ahead > limits.snapshotBehindBlocks && !shown.has(toHex(peer));
    });
    for (const peer of far) shown.add(toHex(peer));
    this.#stateInstead.consider(far, 'far');
  }

  #conclude(fetcher: RangeFetcher, before: Height): void {
    this.#fetcher = undefined;
    this.#shown = 0;
    const isAbove = (peer: PeerKey): boolean => (this.#claims.get(toHex(peer)) ?? 0) > this.#height();
    // Asked for the next block it had none, or was silent, or gave what is wrong: what it said was worth as little.
    for (const peer of this.#ports.network.peers()) {
      if (fetcher.isWorthless(peer) && isAbove(peer)) this.#words.wasEmpty(peer);
    }
    const isStuck = this.#claimedMissing > 0 && this.#height() === before && fetcher.pruned.length > 0;
    this.#prunedRuns = isStuck ? this.#prunedRuns + 1 : 0;
    if (this.#prunedRuns >= PRUNED_RUNS) this.#findTooOld(fetcher.pruned, fetcher.pruned.filter(isAbove));
    // A head that nobody can show with certificates was a lie, or is out of reach: the next poll will tell.
    this.#targetHeight = this.#height();
    this.#claims.clear();
  }

  /** @param pruned - all who were asked for the next block. @param above - those of them who say that they are above us. */
  #findTooOld(pruned: readonly PeerKey[], above: readonly PeerKey[]): void {
    const height = this.#height();
    const keys = authorities(this.#ports.ledger.head().view);
    const voices = keys.filter((key) => pruned.some((peer) => equalBytes(peer, key))).length;
    // Two at least, also where none may lie: a ledger is at stake.
    const isMany = voices >= Math.min(keys.length, Math.max(1, faultyMax(keys.length)) + 1);
    this.#stateInstead.consider(pruned, isMany ? 'pruned by many' : 'pruned by some', () => {
      if (this.#height() === height) this.#tooOld.found(above);
    });
  }
}
