/**
 * Before this node signs anything after a start: asks the other authorities what they know. A node whose memory
 * seems whole waits for a moment only, in case somebody shows a vote of it that it has forgotten. A node that has
 * forgotten waits for enough of them, however long, and stays an observer until then. docs/decisions/amnesia.md.
 */
import { members } from '../../../chain/queries.ts';
import type { Committee } from '../../../consensus/config.ts';
import { encodeRecord } from '../../../consensus/journal-record.ts';
import type { Certificate } from '../../../consensus/messages.ts';
import { faultyMax, quorum } from '../../../consensus/quorum.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import type { Clock, Log, Network, PeerKey } from '../../../core/ports.ts';
import type { VerifySignature } from '../../../light/trusted.ts';
import { committeeAfter } from '../../../light/trusted.ts';
import { trustedState } from '../../ledger/committees.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { VOTE_REPORT_PROTOCOL } from '../../peers/protocol-names.ts';
import type { Identity } from '../../process/identity.ts';
import { Timers } from '../../process/timers.ts';
import type { Engine } from '../engine.ts';
import type { Fence, Left, Memory } from './amnesia.ts';
import type { RecoveredVotes } from './recovered-votes.ts';
import { decodeAnswer, ownVotes, type VoteAnswer, verifyAnswer, viewOf } from './vote-report.ts';

type Ports = {
  readonly memory: Memory;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  /** How long a node whose memory seems whole listens before it signs. */
  readonly listenMs: number;
  failed(error: unknown): void;
};

const AGAIN_MS = 500;
const WARN_MS = 60_000;

export class VoteRecovery {
  readonly #ports: Ports;
  readonly #timers: Timers;
  /** By authority, in hex: its last answer about the present epoch. */
  readonly #answers = new Map<string, VoteAnswer>();
  #epoch = -1;
  #stopped = true;
  #isDeciding = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  /** The network runs. */
  start(): void {
    const { memory, listenMs } = this.#ports;
    this.#stopped = false;
    if (memory.maySign) return;
    this.#timers.set('listened', listenMs, () => this.#judge());
    this.#again();
    this.#warnLater();
  }

  /** There is something to ask again, in the epoch that is being opened. */
  resume(): void {
    if (!this.#stopped) this.#timers.set('resume', 0, () => this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  /** Asks a peer that has just connected, so that nobody waits for a timer. */
  connected(peer: PeerKey): void {
    if (!this.#stopped && !this.#ports.memory.maySign) void this.#ask(peer).catch(this.#ports.failed);
  }

  #again(): void {
    if (this.#ports.memory.maySign) return;
    this.#judge();
    for (const peer of this.#ports.network.peers()) this.connected(peer);
    this.#timers.set('again', AGAIN_MS, () => this.#again());
  }

  async #ask(peer: PeerKey): Promise<void> {
    const { network, memory } = this.#ports;
    if (!this.#others().some((key) => equalBytes(key, peer))) return;
    let bytes: Uint8Array;
    try {
      bytes = await network.request(peer, VOTE_REPORT_PROTOCOL, new Uint8Array(0));
    } catch (error) {
      if (error instanceof Fault) return; // asked again
      throw error;
    }
    if (this.#stopped || memory.maySign) return;
    const answer = decodeAnswer(bytes);
    if (answer.kind !== 'accept') return;
    const verdict = verifyAnswer(this.#committee(), this.#self(), answer.value);
    if (verdict.kind !== 'accept') return; // of another epoch, or invented
    this.#turnTo(answer.value.epoch);
    this.#answers.set(toHex(peer), answer.value);
    this.#judge();
  }

  #judge(): void {
    const { memory } = this.#ports;
    if (this.#isDeciding || this.#stopped || memory.maySign || memory.silent) return;
    this.#turnTo(this.#committee().epoch);
    if (memory.lost === undefined) this.#listen();
    if (memory.lost !== undefined) this.#recover();
  }

  /** Our memory seems whole. Does anybody know better? */
  #listen(): void {
    const { memory, engine } = this.#ports;
    const committee = this.#committee();
    const self = this.#self();
    const others = this.#others();
    if (self === undefined || others.length === 0) {
      this.#trust();
      return;
    }
    const { finalisedView } = engine.status();
    for (const answer of this.#answers.values()) {
      const unknown = ownVotes(committee, self, answer).some(
        (vote) => vote.view > finalisedView && !memory.remembers(encodeRecord(vote)),
      );
      if (unknown) {
        this.#decide(() => memory.doubt('another authority holds a vote of ours that we do not know'));
        return;
      }
    }
    if (!this.#isEnough()) return;
    const [furthest] = [...this.#answers.values()].sort((a, b) => viewOf(b) - viewOf(a));
    this.#trust({ epoch: committee.epoch, view: viewOf(furthest!) - 1 }, furthest!.certificate);
  }

  /** With fewer there is no quorum, and nothing that we could sign is missed. Those who are a little late may know more. */
  #isEnough(): boolean {
    const others = this.#others().length;
    return this.#answers.size >= (this.#timers.has('listened') ? others : quorum(others + 1) - 1);
  }

  /** Our memory is lost. Do enough of those who are sure say how far it can have gone? */
  #recover(): void {
    const { memory, engine, ledger, log } = this.#ports;
    const committee = this.#committee();
    const others = this.#others();
    const faulty = faultyMax(committee.authorities.length);
    if (memory.decided) {
      if (this.#isEnough()) this.#takeBack();
      return;
    }
    // Alone with nobody to ask. If other libraries hold this ledger, only the operator can say that they have no more of it.
    if (others.length === 0 && members(ledger.head().view).length > 1) return;
    const sure = [...this.#answers.values()].filter((answer) => answer.sure);
    if (sure.length < (faulty === 0 ? others.length : 2 * faulty + 1)) return;
    const view = Math.max(engine.status().view, ...sure.map(viewOf));
    const isForEpochOnly = sure.some(({ seals }) => seals);
    const fence = { epoch: committee.epoch, ...fenceAt(view, others.length === 0), isForEpochOnly };
    log.warn('this node signs again', { epoch: fence.epoch, aboveView: fence.view });
    this.#decide(() => engine.recover(fence, this.#recovered(view)));
  }

  /**
   * The operator's word is that no vote of ours is on its way that nobody of a quorum has: what they hold binds us, and
   * nothing else. Without those who are silent every quorum needs all who have answered.
   */
  #takeBack(): void {
    const { engine, log } = this.#ports;
    const { epoch } = this.#committee();
    const view = Math.max(engine.status().view, ...[...this.#answers.values()].map(viewOf));
    const fence = { epoch, ...fenceAt(view, true), isForEpochOnly: false };
    log.warn('this node signs again', { epoch, aboveView: fence.view });
    this.#decide(() => engine.recover(fence, this.#recovered(view)));
  }

  /** What admits to this view, if we are not there, and our votes in it and above, as anybody holds them. */
  #recovered(view: number): RecoveredVotes {
    const answers = [...this.#answers.values()];
    const furthest = answers.find((answer) => viewOf(answer) === view);
    const certificate = this.#ports.engine.status().view < view ? furthest?.certificate : undefined;
    const votes = answers.flatMap((answer) => ownVotes(this.#committee(), this.#self(), answer));
    return { certificate, votes: votes.filter((vote) => vote.view >= view) };
  }

  #trust(left?: Left, admitting?: Certificate): void {
    this.#decide(() => this.#ports.engine.trust(left, admitting));
  }

  #decide(decide: () => Promise<void>): void {
    if (this.#isDeciding) return;
    this.#isDeciding = true;
    decide().then(() => {
      this.#isDeciding = false;
      if (this.#ports.memory.maySign) this.#timers.cancelAll();
    }, this.#ports.failed);
  }

  #warnLater(): void {
    const { memory, log } = this.#ports;
    this.#timers.set('warn', WARN_MS, () => {
      if (memory.lost !== undefined) {
        log.warn('waits for the other authorities before it signs again', {
          why: memory.lost,
          answers: this.#answers.size,
          others: this.#others().length,
        });
      }
      this.#warnLater();
    });
  }

  #turnTo(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#answers.clear();
  }

  #committee(): Committee {
    const { ledger, verify } = this.#ports;
    return committeeAfter(trustedState(ledger.head()), verify);
  }

  #self(): number | undefined {
    const { identity } = this.#ports;
    const self = this.#committee().authorities.findIndex((key) => equalBytes(key, identity.publicKey));
    return self < 0 ? undefined : self;
  }

  #others(): readonly PeerKey[] {
    const { identity } = this.#ports;
    return this.#committee().authorities.filter((key) => !equalBytes(key, identity.publicKey));
  }
}

/**
 * The furthest view that anybody has reached is V. We may have signed in V + 1, but no Finalize there: nobody whom we
 * have heard had notarised anything in it. Alone there is nobody whom a vote of ours could mislead, and nobody else
 * to end a view.
 */
function fenceAt(view: number, alone: boolean): Omit<Fence, 'epoch' | 'isForEpochOnly'> {
  const unsureView = view + 1;
  return alone
    ? { view: view - 1, doubtView: view - 1, unsureView }
    : { view: view + 1, doubtView: view, unsureView };
}
