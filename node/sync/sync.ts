/**
 * Behind the others? Has ranges of final blocks brought (range-fetcher.ts) and taken (block-taker.ts) until the node
 * is where the others are. What somebody says of its height is a reason to ask, and nothing else; who says more than
 * it can show is soon not listened to.
 */
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
import { Timers } from '../process/timers.ts';
import type { Yield } from '../process/yield.ts';
import { BlockTaker, runOf } from './block-taker.ts';
import type { CheckpointWatch } from './checkpoint-watch.ts';
import { Lateness } from './lateness.ts';
import { onOtherChains } from './other-chains.ts';
import { Pruned } from './pruned.ts';
import { RangeFetcher, reached } from './range-fetcher.ts';
import { ReportedHeads } from './reported-heads.ts';
import { ResponseTimes } from './response-times.ts';
import { cut, NO_REST } from './segments.ts';
import type { Lag } from './snapshot/trigger.ts';
import { StateInstead } from './state-instead.ts';
import { TooOld } from './too-old.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly network: Network;
  readonly checker: TransactionChecker;
  readonly verify: VerifySignature;
  readonly clock: Clock;
  readonly log: Log;
  readonly yieldToLoop: Yield;
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
/** A run in which nothing new comes is over by then: no answers, however many, put off its end. */
const RUN_MS = 120_000;
/** What cannot be read is asked for again so often: somebody may have it in pieces that can be. */
const UNREADABLE_MS = 60_000;

export class Sync {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #times: ResponseTimes;
  readonly #taker: BlockTaker;
  readonly #reported: ReportedHeads;
  readonly #pruned: Pruned;
  readonly #tooOld: TooOld;
  /** Apart, so that who says that it is far ahead, and is silent then, keeps nobody from asking for what is pruned. */
  readonly #stateFarAhead: StateInstead;
  readonly #stateForPruned: StateInstead;
  readonly #lateness = new Lateness();
  /** Who says that it is above us: its height. */
  readonly #claims = new Map<string, Height>();
  /** Up to here a certificate has been seen. */
  #certified = 0;
  #fetcher: RangeFetcher | undefined;
  /** Who has gossiped of something new. */
  readonly #tellers = new Map<string, PeerKey>();
  #running: Promise<void> | undefined;
  #stopped = false;
  #turn = 0;
  #toldHeight = 0;
  #targetHeight = 0;
  /** Who has shown blocks of rules that we do not know, since we got further. */
  readonly #unread = new Set<string>();

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    this.#times = new ResponseTimes(ports.clock);
    const certified = (height: Height): void => this.#haveCertified(height);
    this.#taker = new BlockTaker({ ...ports, certified, stopped: () => this.#stopped });
    this.#reported = new ReportedHeads(ports);
    this.#tooOld = new TooOld({ ...ports, reported: this.#reported, takesStates: ports.lag !== undefined });
    const { clock, lag, failed } = ports;
    const fetched = (): void => {
      this.#stopped = true;
    };
    const over = (): boolean => this.#stopped;
    const height = (): Height => this.#height();
    const { network } = ports;
    this.#pruned = new Pruned({ clock, network, height });
    this.#stateFarAhead = new StateInstead({ clock, lag, failed, fetched, over, height });
    this.#stateForPruned = new StateInstead({ clock, lag, failed, fetched, over, height });
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
   * How many blocks we know to be missing: by a certificate, or by more authorities than can lie. What one member says, and
   * does not show, is no knowledge, and makes no library unready, however many true blocks it gives.
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
    const vouched = this.#reported.vouched(authorities(this.#ports.ledger.head().view));
    return Math.max(this.#certified, vouched, this.#tooOld.shown);
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
    this.#haveCertified(next);
    this.#catchUp(next);
  }

  #haveCertified(height: Height): void {
    this.#certified = Math.max(this.#certified, height);
    this.#look();
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
      if (this.#fetcher !== undefined) this.#perhapsTooOld(limits.requestTimeoutMs);
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
    this.#reported.heed(peer, height);
    this.#look();
    if (this.#reported.isSpent(peer)) return;
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
    if (segment === undefined) this.#reported.wasEmpty(peer);
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

  /** Until the target is reached, nobody has more, or nothing new has come for long. */
  async #run(): Promise<void> {
    const { clock } = this.#ports;
    const fetcher = this.#newFetcher();
    this.#fetcher = fetcher;
    const others = await onOtherChains(this.#ports);
    for (const peer of others) fetcher.leave(peer);
    const shown = new Set<string>();
    let newAt = clock.now();
    while (!this.#stopped && this.#claimedMissing > 0) {
      if (this.#claimedMissing > limits.snapshotBehindBlocks) this.#haveShown(shown);
      const fetched = await fetcher.next(this.#targetHeight, RUN_MS - Math.abs(clock.now() - newAt));
      if (fetched === undefined || this.#stopped) break;
      const verdict = await this.#taker.take(fetched.segments);
      if (verdict.kind === 'accept') {
        this.#unread.clear();
        newAt = clock.now();
        continue;
      }
      const { peer } = fetched;
      if (verdict.code === 'block.unknown-version') this.#cannotRead(peer);
      else this.#ports.log.warn('range refused', { peer: toHex(peer), code: verdict.code });
      this.#wasVain(peer, this.#height());
      fetcher.leave(peer);
      fetcher.restart(this.#height() + 1);
    }
    if (!this.#stopped) this.#conclude();
  }

  #newFetcher(): RangeFetcher {
    const ports = {
      ...this.#ports,
      times: this.#times,
      height: () => this.#height(),
      isSpent: (peer: PeerKey) => this.#reported.isSpent(peer),
      pruned: (peer: PeerKey, from: Height) => this.#pruned.said(peer, from),
      vain: (peer: PeerKey, upTo: Height) => this.#wasVain(peer, upTo),
    };
    return new RangeFetcher(ports, this.#height() + 1, this.#turn++);
  }

  /** Charged at once, and not at the end of a run, which it could put off. @param upTo - it had nothing above this, or does not give it. */
  #wasVain(peer: PeerKey, upTo: Height): void {
    if (this.#claimOf(peer) <= Math.max(upTo, this.#height())) return;
    this.#claims.delete(toHex(peer));
    const isThere = this.#ports.network.peers().some((other) => equalBytes(other, peer));
    if (isThere) this.#reported.wasEmpty(peer);
  }

  #claimOf(peer: PeerKey): Height {
    return this.#claims.get(toHex(peer)) ?? 0;
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
    if (lag === undefined || this.#stateFarAhead.isAsking) return;
    const far = network.peers().filter((peer) => {
      const ahead = this.#claimOf(peer) - this.#height();
      return ahead > limits.snapshotBehindBlocks && !shown.has(toHex(peer));
    });
    for (const peer of far) shown.add(toHex(peer));
    this.#stateFarAhead.consider(far, 'far');
  }

  #conclude(): void {
    this.#fetcher = undefined;
    this.#perhapsTooOld(POLL_MS);
    // A head that nobody can show with certificates was a lie, or is out of reach: the next poll will tell.
    this.#targetHeight = this.#height();
    this.#claims.clear();
  }

  /** @param forMs - so long the block has come from nobody since it was said to be pruned. */
  #perhapsTooOld(forMs: number): void {
    const pruned = this.#pruned.forLongerThan(forMs);
    if (this.#claimedMissing === 0 || pruned.length === 0) return;
    const height = this.#height();
    const above = pruned.filter((peer) => this.#claimOf(peer) > height);
    const keys = authorities(this.#ports.ledger.head().view);
    const voices = keys.filter((key) => pruned.some((peer) => equalBytes(peer, key)));
    // Two at least, also where none may lie: a ledger is at stake.
    const isMany = voices.length >= Math.min(keys.length, Math.max(1, faultyMax(keys.length)) + 1);
    // Authorities first: of the others any number may be silent.
    const inOrder = [...voices, ...pruned.filter((peer) => !voices.some((key) => equalBytes(key, peer)))];
    this.#stateForPruned.consider(inOrder, isMany ? 'pruned by many' : 'pruned by some', () => {
      if (this.#height() === height) this.#tooOld.found(above);
    });
  }
}
