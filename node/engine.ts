/**
 * The one loop: takes what has happened, steps the consensus machine, and carries out what it asks for.
 * Whatever one tick persists (votes, certificates, bodies, final blocks) goes into one synced batch; only then
 * are messages sent and the head moved. Holds no rule: those are in consensus/ and chain/.
 */
import { sealsEpoch } from '../chain/block.ts';
import type { Executed } from '../chain/execute.ts';
import { admit } from '../consensus/admit.ts';
import { type BlockRef, equalRefs } from '../consensus/block-ref.ts';
import type { Effect } from '../consensus/effect.ts';
import type { Input } from '../consensus/input.ts';
import { type Status, status, step } from '../consensus/machine.ts';
import { type Evidence, encodeMessage, type Finalization, type Message } from '../consensus/messages.ts';
import { assert, unreachable } from '../core/assert.ts';
import { type Bytes, equalBytes, toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Journal, Log, Network, PeerKey, Startable, StoreWrite } from '../core/ports.ts';
import type { Hash32 } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Bodies } from './bodies.ts';
import { Builder, heartbeatAt } from './builder.ts';
import { type Epoch, type Identity, openEpoch, type VerifySignature } from './epoch.ts';
import { decodeFrame, encodeFrame } from './frames.ts';
import { JournalKeeper } from './journal-keeper.ts';
import type { Commit, Ledger } from './ledger.ts';
import type { Pool } from './pool.ts';
import { encodeHead, HEAD_TOPIC } from './protocols.ts';
import { Timers } from './timers.ts';
import type { Validator } from './validator.ts';

type Item =
  | { readonly kind: 'frame'; readonly from: PeerKey; readonly bytes: Bytes }
  | {
      readonly kind: 'input';
      readonly epoch: number;
      readonly input: (now: number) => Input;
      /** What must be durable together with what the machine persists when it hears of this. */
      readonly writes: readonly StoreWrite[];
    }
  | { readonly kind: 'synced'; readonly certificate: Finalization; readonly done: () => void };

export type EnginePorts = {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly network: Network;
  readonly pool: Pool;
  readonly bodies: Bodies;
  readonly validator: Validator;
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  /** Δ: how long a message takes between two authorities in bad but bearable weather. */
  readonly deltaMs: number;
  /** A transaction that a block of ours could not take. */
  refused(id: Hash32, verdict: Verdict): void;
  /** Final blocks exist that are not here. */
  behind(): void;
  accused(evidence: Evidence): void;
  /** The disk failed, or we did: stop before harm is done. */
  failed(error: unknown): void;
};

export class Engine implements Startable {
  readonly #ports: EnginePorts;
  readonly #builder: Builder;
  readonly #journal: JournalKeeper;
  readonly #timers: Timers;
  readonly #queue: Item[] = [];
  #epoch!: Epoch;
  #due = false;
  #running: Promise<void> | undefined;
  #stopped = true;
  /** Of the present tick: goes into one batch; leaves after it. */
  #writes: StoreWrite[] = [];
  #sends: (() => void)[] = [];

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#builder = new Builder({
      ledger: ports.ledger,
      pool: ports.pool,
      clock: ports.clock,
      log: ports.log,
      self: ports.identity.publicKey,
      refused: ports.refused,
      built: (request, executed) => this.#onBuilt(request.view, executed),
      declined: () => this.#setDue(false),
    });
    this.#journal = new JournalKeeper(ports.journal);
    this.#timers = new Timers(ports.clock);
  }

  /** The ledger is open, its pending blocks are executed. */
  async start(): Promise<void> {
    const journal = await this.#journal.load();
    this.#stopped = false;
    this.#enter(openEpoch(this.#ports.ledger, this.#ports, journal));
    this.#input((now) => ({ kind: 'start', now }));
    this.poke();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#builder.cancel();
    this.#timers.cancelAll();
    await this.#running;
  }

  /** What an operator wants to know of consensus. */
  status(): Status {
    return status(this.#epoch.machine);
  }

  /** A frame of a direct stream. When too many wait, new ones are dropped: consensus sends again. */
  frame(from: PeerKey, bytes: Bytes): void {
    if (this.#queue.length >= limits.inputsMax) return;
    const frame = decodeFrame(bytes);
    if (frame === undefined) return;
    if (frame.kind === 'body') this.#ports.bodies.offer(from, frame.bytes);
    else this.#push({ kind: 'frame', from, bytes: frame.bytes });
  }

  /** The pool or the head has changed, or the heartbeat has passed: is a block due? */
  poke(): void {
    const { pool, clock, ledger } = this.#ports;
    const now = clock.now();
    const heartbeat = heartbeatAt(ledger.head());
    if (now >= heartbeat) this.#timers.cancel('heartbeat');
    else this.#timers.set('heartbeat', heartbeat - now, () => this.poke());
    this.#setDue(pool.size > 0 || now >= heartbeat);
    this.#builder.poke();
  }

  /** Blocks up to this certificate are executed here by synchronisation: commits them. */
  commitSynced(certificate: Finalization): Promise<void> {
    return new Promise((done) => this.#push({ kind: 'synced', certificate, done }));
  }

  #push(item: Item): void {
    this.#queue.push(item);
    if (this.#running !== undefined || this.#stopped) return;
    this.#running = this.#run();
  }

  #setDue(due: boolean): void {
    if (due === this.#due) return;
    this.#due = due;
    this.#input((now) => ({ kind: 'work', due, now }));
  }

  #input(input: (now: number) => Input, writes: readonly StoreWrite[] = []): void {
    this.#push({ kind: 'input', epoch: this.#epoch.number, input, writes });
  }

  /** One turn of the loop per fsync: whatever came in during the last one is taken together. */
  async #run(): Promise<void> {
    try {
      await Promise.resolve(); // so that what happens in this very moment comes along
      while (this.#queue.length > 0 && !this.#stopped) {
        for (const item of this.#queue.splice(0)) await this.#take(item);
        await this.#flush();
      }
    } catch (error) {
      this.#stopped = true;
      this.#ports.failed(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #take(item: Item): Promise<void> {
    switch (item.kind) {
      case 'frame': {
        const { authorities, machine } = this.#epoch;
        const from = authorities.findIndex((key) => equalBytes(key, item.from));
        if (from < 0) return;
        const message = admit(machine, from, item.bytes);
        if (message.kind === 'accept') {
          await this.#step({ kind: 'message', from, message: message.value, now: this.#ports.clock.now() });
        } else if (message.kind === 'reject') {
          this.#ports.log.debug('message refused', { code: message.code, from: toHex(item.from) });
        }
        return;
      }
      case 'input':
        this.#writes.push(...item.writes);
        if (item.epoch === this.#epoch.number) await this.#step(item.input(this.#ports.clock.now()));
        return;
      case 'synced':
        await this.#takeSynced(item.certificate);
        return item.done();
      default:
        return unreachable(item);
    }
  }

  async #takeSynced(certificate: Finalization): Promise<void> {
    if (this.#ports.ledger.executed(certificate.hash) !== undefined) await this.#commit(certificate);
  }

  async #step(input: Input): Promise<void> {
    const epoch = this.#epoch;
    for (const effect of step(epoch.machine, input)) {
      // The last words of an epoch that has just ended are for the others; its timers are not for us.
      if (epoch === this.#epoch || effect.kind === 'broadcast') await this.#perform(effect);
    }
    const building = this.#builder.view;
    if (building !== undefined && building !== this.status().view) this.#builder.cancel();
  }

  async #perform(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'persist':
        this.#writes.push(...this.#journal.append(effect.view, effect.record));
        return;
      case 'broadcast':
        if (effect.message.kind === 'proposal') this.#sendBody(effect.message.block.hash);
        return this.#send(this.#others(), effect.message);
      case 'send':
        return this.#send([this.#authority(effect.to)], effect.message);
      case 'set-timer': {
        const { timer, delayMs } = effect;
        return this.#timers.set(timer, delayMs, () => this.#input((now) => ({ kind: 'timer', timer, now })));
      }
      case 'cancel-timer':
        return this.#timers.cancel(effect.timer);
      case 'build':
        return this.#builder.want({
          view: effect.view,
          parent: effect.parent.hash,
          evenEmpty: effect.evenEmpty,
        });
      case 'validate':
        return this.#validate(effect.view, effect.block, this.#authority(effect.leader));
      case 'finalise':
        return this.#commit(effect.certificate);
      case 'accuse':
        return this.#ports.accused(effect.evidence);
      default:
        return unreachable(effect);
    }
  }

  /** Everything persisted so far in one synced batch; then everything that waited for it is sent. */
  async #flush(): Promise<void> {
    const writes = this.#writes;
    const sends = this.#sends;
    this.#writes = [];
    this.#sends = [];
    if (writes.length > 0) await this.#ports.ledger.blocks.store.write(writes, { sync: true });
    for (const send of sends) send();
  }

  async #commit(certificate: Finalization): Promise<void> {
    const { ledger } = this.#ports;
    const commit = ledger.prepareCommit(certificate.hash, encodeMessage(certificate));
    if (commit === undefined) {
      if (!equalBytes(ledger.head().hash, certificate.hash)) this.#ports.behind();
      return;
    }
    const seals = sealsEpoch(commit.blocks.at(-1)!.block.header);
    this.#writes.push(...commit.writes);
    if (seals) this.#writes.push(...this.#journal.forgetAll());
    await this.#flush();
    this.#writes.push(...ledger.settle(commit));
    if (seals) {
      this.#enter(openEpoch(ledger, this.#ports, []));
      // Now, not in turn: frames of the new epoch may stand in this very tick.
      await this.#step({ kind: 'start', now: this.#ports.clock.now() });
    } else {
      this.#writes.push(...this.#journal.forgetBelow(certificate.view));
      this.#tellSynced(certificate, commit);
    }
    this.#announce(commit);
    this.poke();
  }

  /** The ledger went ahead of the machine: by synchronisation, or with a body that the machine did not ask for. */
  #tellSynced(certificate: Finalization, commit: Commit): void {
    const { finalisedView, finalisedExecuted } = this.status();
    if (finalisedView >= certificate.view && finalisedExecuted) return;
    const block = refOf(commit.blocks.at(-1)!);
    this.#input((now) => ({ kind: 'synced', certificate, block, seals: false, now }));
  }

  #enter(epoch: Epoch): void {
    this.#timers.cancelAll();
    this.#builder.cancel();
    this.#epoch = epoch;
    this.#due = false;
    this.#ports.log.info('epoch opened', {
      epoch: epoch.number,
      authorities: epoch.authorities.length,
      signs: epoch.signs,
      height: this.#ports.ledger.head().header.height,
    });
  }

  #onBuilt(view: number, executed: Executed): void {
    const seals = sealsEpoch(executed.block.header);
    this.#input(
      (now) => ({ kind: 'built', view, block: refOf(executed), seals, now }),
      this.#ports.ledger.blocks.bodyWrites(executed),
    );
  }

  #validate(view: number, block: BlockRef, leader: PeerKey): void {
    const epoch = this.#epoch;
    const answer = (valid: boolean, seals: boolean, writes: readonly StoreWrite[]): void => {
      if (this.#stopped || epoch !== this.#epoch) return;
      this.#input((now) => ({ kind: 'verdict', view, block, valid, seals, now }), writes);
      this.#builder.poke();
    };
    this.#ports.validator.judge(block, leader).then((judgement) => {
      if (judgement === undefined) return; // missing data is no verdict
      if (!judgement.valid || !equalRefs(refOf(judgement.executed), block)) return answer(false, false, []);
      const { executed } = judgement;
      answer(true, sealsEpoch(executed.block.header), this.#ports.ledger.blocks.bodyWrites(executed));
    }, this.#ports.failed);
  }

  #sendBody(hash: Hash32): void {
    const executed = this.#ports.ledger.executed(hash);
    if (executed === undefined) return; // final meanwhile: who lacks it asks
    const frame = encodeFrame('body', executed.bytes);
    for (const key of this.#others()) this.#sends.push(() => this.#ports.network.send(key, frame));
  }

  #send(to: readonly PeerKey[], message: Message): void {
    const frame = encodeFrame('consensus', encodeMessage(message));
    for (const key of to) this.#sends.push(() => this.#ports.network.send(key, frame));
  }

  /** The proposer of a final block tells the members that do not vote; they fetch it. */
  #announce(commit: Commit): void {
    const { block, hash } = commit.blocks.at(-1)!;
    if (!equalBytes(block.header.proposer, this.#ports.identity.publicKey)) return;
    this.#ports.network.publish(HEAD_TOPIC, encodeHead({ height: block.header.height, hash }));
  }

  #others(): readonly PeerKey[] {
    return this.#epoch.authorities.filter((key) => !equalBytes(key, this.#ports.identity.publicKey));
  }

  #authority(index: number): PeerKey {
    const key = this.#epoch.authorities[index];
    assert(key !== undefined, 'consensus names authorities of its epoch');
    return key;
  }
}

function refOf(executed: Executed): BlockRef {
  const { parentHash, height } = executed.block.header;
  return { hash: executed.hash, parentHash, height };
}
