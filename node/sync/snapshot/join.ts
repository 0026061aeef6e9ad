/**
 * Joins by a snapshot: fetches the state of one final block instead of executing every block before it. Has a member
 * chosen (choice.ts), and takes everything of one attempt from that one: so it is clear who is to blame for a wrong
 * chunk, or for a state that is not whole in the end.
 *
 *   1. clearing   what an earlier state or attempt has left
 *   2. pages      of the state tree, in their order, each against the hash in the page above it (pages.ts)
 *   3. entries    of the state by key, each against its leaf (leaves.ts); as many of them as the tree has leaves
 *   4. one synced batch makes the block the head of a ledger; from there on blocks are synchronised
 *
 * Every chunk is one batch with the progress it makes (join-record.ts); after a crash the join goes on where it was.
 */
import type { Genesis } from '../../../chain/block/genesis.ts';
import { type Bytes, equalBytes, toHex } from '../../../core/bytes.ts';
import type { Code } from '../../../core/codes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log, Network, PeerKey, Store } from '../../../core/ports.ts';
import type { Height } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import type { Checkpoint } from '../../../light/checkpoint.ts';
import type { VerifySignature } from '../../../light/trusted.ts';
import { headIn } from '../../ledger/block-store.ts';
import { SNAPSHOT_PROTOCOL } from '../../peers/protocol-names.ts';
import { forked, isDecided, readFork } from '../fork-record.ts';
import { type BatchAnswer, EntryBatches } from './batches.ts';
import { keepPassed } from './checkpoint-fit.ts';
import { StateChoice } from './choice.ts';
import { type JoinRecord, joinRecordWrite, readJoinOffer, readJoinRecord } from './join-record.ts';
import type { Offered } from './one-chain.ts';
import { Pace } from './pace.ts';
import { encodeSnapshotRequest, type Offer, type SnapshotRequest } from './protocol.ts';
import { type Attempt, SnapshotWriter } from './writer.ts';

export type JoinPorts = {
  /** Started, with a record (join-record.ts). */
  readonly store: Store;
  /** Started. */
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly verify: VerifySignature;
  /** What the operator has heard from a person. */
  readonly checkpoint?: Checkpoint | undefined;
};
export type JoinProgress = {
  readonly phase: 'looking' | JoinRecord['phase'];
  readonly height: number | undefined;
  /** 0 … 1 of the whole. */
  readonly done: number;
  /** Why nothing is fetched, when the operator can do something about it. */
  readonly trouble?: Code;
};

/** Between two rounds of asking everybody, and between two attempts to reach the one that we fetch from. */
const RETRY_MS = 1_000;
/** Then another member is looked for, and the join begins anew. */
const RETRIES_MAX = 30;
const SAY_EVERY_MS = 5_000;
/** Of the way: the pages are about a third of it. */
const PAGES_SHARE = 0.35;

type Ahead = {
  readonly peer: PeerKey;
  readonly request: Bytes;
  readonly answer: Promise<Bytes | undefined>;
};
type Outcome = 'joined' | 'stopped' | 'again';
type JoinWanted = Extract<JoinRecord, { readonly phase: 'wanted' }>;

export class SnapshotJoin {
  readonly #ports: JoinPorts;
  readonly #writer: SnapshotWriter;
  readonly #choice: StateChoice;
  readonly #pace: Pace;
  /** In which nobody had anything to offer. */
  #rounds = 0;
  /** A request that is under way before its answer is needed. */
  #ahead: Ahead | undefined;
  #stopped = false;
  #wake: () => void = () => {};
  #progress: JoinProgress = { phase: 'looking', height: undefined, done: 0 };
  #saidAt = 0;

  constructor(ports: JoinPorts, genesis: Genesis) {
    this.#ports = ports;
    this.#writer = new SnapshotWriter(ports.store, genesis);
    this.#choice = new StateChoice(ports, genesis);
    this.#pace = new Pace(ports.clock);
  }

  get progress(): JoinProgress {
    const isStuck = this.#choice.isUnshown && this.#progress.phase === 'looking';
    return isStuck ? { ...this.#progress, trouble: 'checkpoint.not-shown' } : this.#progress;
  }

  /**
   * Resolves when the store holds a ledger (true), or after `stop` (false).
   * @throws Fault("store.failed" | "ledger.forked").
   */
  async run(): Promise<boolean> {
    const known = readFork(this.#ports.store);
    if (known !== undefined && !isDecided(known.height, this.#ports.checkpoint)) throw forked(known);
    for (;;) {
      const record = readJoinRecord(this.#ports.store);
      if (record === undefined || (await this.#keepsLedger(record))) return true;
      const outcome = record.phase === 'wanted' ? await this.#choose(record) : await this.#fetch(record);
      if (outcome === 'joined') return true;
      if (outcome === 'stopped') return false;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#choice.stop();
    this.#wake();
  }

  /** When the blocks that were under way have brought what was wanted, no ledger is left for it any more. */
  async #keepsLedger(record: JoinRecord): Promise<boolean> {
    if (record.phase !== 'wanted' || record.ledger === undefined) return false;
    if (this.#head() < record.ledger.until || !(await this.#writer.keepLedger())) return false;
    this.#ports.log.info('the blocks have come: going on with blocks', { height: this.#head() });
    return true;
  }

  #head(): Height {
    return headIn(this.#ports.store)?.height ?? 0;
  }

  async #choose({ above: before, ledger }: JoinWanted): Promise<Outcome> {
    const { log } = this.#ports;
    // Blocks may have become final between the trigger and the stop of the node: a state below them would be a step back.
    const above = Math.max(before, this.#head());
    this.#say({ phase: 'looking', height: undefined, done: 0 });
    const best = await this.#choice.best(Math.max(above, ledger?.over ?? 0));
    if (this.#stopped) return 'stopped';
    if (best !== undefined) {
      const { peer, offer } = best;
      if (!(await this.#givesPages(best))) return this.#stopped ? 'stopped' : 'again';
      log.info('joining by a snapshot', { height: offer.block.header.height, peer: toHex(peer) });
      await keepPassed(this.#ports, offer);
      await this.#writer.begin(offer, above, peer);
      return 'again';
    }
    this.#choice.wasVain();
    if (++this.#rounds > RETRIES_MAX && (await this.#writer.keepLedger())) {
      log.warn('nobody offers a newer state: going on with blocks');
      return 'joined';
    }
    if (this.#rounds === RETRIES_MAX)
      log.warn('nobody offers a state that can be taken: still asking everybody');
    return this.#pause();
  }

  /** What is here goes only when the first pages of what takes its place have come. */
  async #givesPages({ peer, offer }: Offered): Promise<boolean> {
    const { hash } = offer.finalization;
    const answer = await this.#ask(peer, { kind: 'pages', block: hash, path: [] });
    const isThere = answer !== undefined && answer !== 'gone';
    const verdict = isThere ? this.#writer.opens(offer, answer) : reject('snapshot.wrong', 'no page comes');
    if (verdict.kind !== 'accept' && !this.#stopped) this.#choice.refuse(peer, verdict);
    return verdict.kind === 'accept' && !this.#stopped;
  }

  async #fetch(record: Attempt): Promise<Outcome> {
    const offer = readJoinOffer(this.#ports.store);
    const block = offer.finalization.hash;
    const batches = new EntryBatches((from) => this.#ask(record.peer, { kind: 'entries', block, from }));
    try {
      return await this.#fetchAll(record, offer, batches);
    } finally {
      batches.end();
    }
  }

  async #fetchAll(record: Attempt, offer: Offer, batches: EntryBatches): Promise<Outcome> {
    const { clock } = this.#ports;
    this.#pace.restart();
    let heardAt = clock.now();
    let at: Attempt | 'joined' = record;
    for (let failures = 0; at !== 'joined'; ) {
      if (this.#stopped) return 'stopped';
      this.#say(progressOf(at, offer));
      const step: BatchAnswer<Verdict<Attempt | 'joined'>> = await this.#step(at, offer, batches);
      if (step === undefined) {
        failures += 1;
        // One that offers a state and is silent then costs a timeout each time; another one may be there.
        const isSilent =
          clock.now() - heardAt > limits.snapshotSilentMs && this.#choice.hasAnotherThan(at.peer);
        if (failures > RETRIES_MAX || isSilent) return this.#giveUp(at, 'the member cannot be reached');
        if ((await this.#pause()) === 'stopped') return 'stopped';
      } else if (step === 'gone') {
        return this.#giveUp(at, 'the member does not hold the state any more');
      } else if (this.#pace.isTooSlow() && this.#choice.hasAnotherThan(at.peer)) {
        this.#pace.easier();
        return this.#giveUp(at, 'the member is too slow');
      } else if (step.kind === 'accept') {
        at = step.value;
        failures = 0;
        heardAt = clock.now();
      } else {
        this.#choice.refuse(at.peer, step);
        return this.#giveUp(at, 'the snapshot was wrong');
      }
    }
    this.#ports.log.info('joined by a snapshot', { height: offer.block.header.height });
    return 'joined';
  }

  async #step(
    at: Attempt,
    offer: Offer,
    batches: EntryBatches,
  ): Promise<BatchAnswer<Verdict<Attempt | 'joined'>>> {
    if (at.phase === 'clearing') {
      const cleared = await this.#writer.clear(at, () => this.#stopped);
      this.#pace.restart(); // that was our own disk
      return accept(cleared);
    }
    if (at.phase === 'pages') {
      const { hash } = offer.finalization;
      const answer = await this.#ask(at.peer, { kind: 'pages', block: hash, path: at.path });
      if (answer === undefined || answer === 'gone') return answer;
      return this.#writer.pages(at, offer, answer, (path) =>
        this.#askAhead(at.peer, { kind: 'pages', block: hash, path }),
      );
    }
    const found = await batches.next(at.from);
    if (found === undefined || found === 'gone' || found.kind !== 'accept') return found;
    return this.#writer.entries(at, offer, found.value);
  }

  async #ask(peer: PeerKey, request: SnapshotRequest): Promise<BatchAnswer<Bytes>> {
    if (this.#stopped) return undefined;
    const bytes = encodeSnapshotRequest(request);
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const asked = ahead !== undefined && ahead.peer === peer && equalBytes(ahead.request, bytes);
    const answer = await (asked ? ahead.answer : this.#request(peer, bytes));
    if (answer !== undefined) this.#pace.came(answer.length);
    return answer?.length === 0 ? 'gone' : answer;
  }

  /** The other side prepares what comes next while we check and write what is here. */
  #askAhead(peer: PeerKey, request: SnapshotRequest): void {
    const bytes = encodeSnapshotRequest(request);
    this.#ahead = { peer, request: bytes, answer: this.#request(peer, bytes) };
  }

  #request(peer: PeerKey, bytes: Bytes): Promise<Bytes | undefined> {
    return this.#attempt(() => this.#ports.network.request(peer, SNAPSHOT_PROTOCOL, bytes));
  }

  /** Back to the choice of a member: of another one, as long as there is one. */
  async #giveUp(at: Attempt, reason: string): Promise<Outcome> {
    this.#ports.log.warn('a join by snapshot begins anew', { reason, peer: toHex(at.peer) });
    this.#choice.leave(at.peer);
    await this.#ports.store.write([joinRecordWrite({ phase: 'wanted', above: at.above })], { sync: true });
    return 'again';
  }

  /** @returns undefined when the member is out of reach. */
  async #attempt<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof Fault && error.code.startsWith('network.')) return undefined;
      throw error;
    }
  }

  async #pause(): Promise<Outcome> {
    if (this.#stopped) return 'stopped';
    await new Promise<void>((resolve) => {
      const cancel = this.#ports.clock.after(RETRY_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    return this.#stopped ? 'stopped' : 'again';
  }

  #say(progress: JoinProgress): void {
    const { clock, log } = this.#ports;
    this.#progress = progress;
    const sinceMs = clock.now() - this.#saidAt;
    if (sinceMs >= 0 && sinceMs < SAY_EVERY_MS) return;
    this.#saidAt = clock.now();
    const { phase, height, done } = progress;
    log.info('join by snapshot', { phase, height, percent: Math.round(done * 100) });
  }
}

function progressOf(at: Attempt, { block }: Offer): JoinProgress {
  const { height } = block.header;
  switch (at.phase) {
    case 'clearing':
      return { phase: at.phase, height, done: 0 };
    case 'pages': {
      // Key hashes are spread evenly: the first two slots tell how far we are.
      const [first = 0, second = 0] = at.path;
      return { phase: at.phase, height, done: (PAGES_SHARE * (first * 16 + second)) / 256 };
    }
    case 'entries':
      return { phase: at.phase, height, done: PAGES_SHARE + (1 - PAGES_SHARE) * (at.entries / at.leaves) };
  }
}
