/**
 * The one loop: takes what has happened, steps the consensus machine, and carries out what it asks for.
 * Whatever one tick persists (votes, certificates, bodies, final blocks) goes into one synced batch; only then
 * are messages sent and the head moved. Holds no rule: those are in consensus/ and chain/.
 */
import { sealsEpoch } from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import { canFollow } from '../../chain/block/version.ts';
import { admit } from '../../consensus/admit.ts';
import type { Effect } from '../../consensus/effect.ts';
import type { Input } from '../../consensus/input.ts';
import { encodeRecord } from '../../consensus/journal-record.ts';
import { type Status, status, step } from '../../consensus/machine.ts';
import { type Certificate, encodeMessage, type Finalization } from '../../consensus/messages.ts';
import { reportVotes } from '../../consensus/vote-report.ts';
import { unreachable } from '../../core/assert.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { PeerKey, Startable, StoreWrite } from '../../core/ports.ts';
import type { Commit } from '../ledger/ledger.ts';
import { encodeHead } from '../ledger/messages.ts';
import { HEAD_TOPIC } from '../peers/protocol-names.ts';
import { Timers } from '../process/timers.ts';
import { type Fence, isOwnVote, type Left } from './amnesia/amnesia.ts';
import { type RecoveredVotes, recordsOf } from './amnesia/recovered-votes.ts';
import type { VoteAnswer } from './amnesia/vote-report.ts';
import { holdsOwnWord, isOwnWord } from './attendance.ts';
import { Builder, heartbeatAt } from './builder.ts';
import { Egress } from './egress.ts';
import type { EnginePorts } from './engine-ports.ts';
import { authorityOf, type Epoch, numberOf, openEpoch } from './epoch.ts';
import { GroupCommit } from './group-commit.ts';
import { Ingress } from './ingress.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { type EngineRole, roleOf, warnIfOutdated } from './role.ts';
import { bodyWrites, refOf, Verdicts } from './verdicts.ts';

type Item =
  | { readonly kind: 'frame'; readonly from: PeerKey; readonly bytes: Bytes }
  | {
      readonly kind: 'input';
      readonly epoch: number;
      readonly input: (now: number) => Input;
      /** What must be durable together with what the machine persists when it hears of this, as things stand then. */
      readonly writes: () => readonly StoreWrite[];
    }
  | { readonly kind: 'synced'; readonly certificate: Finalization; readonly done: () => void }
  | { readonly kind: 'do'; readonly run: () => Promise<void> | void; readonly done: () => void };

export class Engine implements Startable {
  readonly #ports: EnginePorts;
  readonly #builder: Builder;
  readonly #journal: JournalKeeper;
  readonly #timers: Timers;
  readonly #commits: GroupCommit<Item>;
  #epoch!: Epoch;
  #due = false;
  /** Of the present tick: goes into one batch; leaves after it. */
  #writes: StoreWrite[] = [];
  readonly #egress: Egress;
  readonly #ingress: Ingress;
  readonly #verdicts: Verdicts;
  #voted = false;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#builder = new Builder({
      ...ports,
      self: ports.identity.publicKey,
      built: (request, executed) => this.#onBuilt(request.view, executed),
      declined: () => this.#setDue(false),
    });
    this.#journal = new JournalKeeper(ports.journal);
    this.#timers = new Timers(ports.clock);
    this.#ingress = new Ingress(ports);
    this.#verdicts = new Verdicts({
      ...ports,
      answer: (input, writes) => {
        if (this.#commits.stopped) return;
        this.#input(input, writes);
        this.#builder.poke();
      },
      wrong: (leader) => this.#ingress.wrong(leader),
    });
    this.#commits = new GroupCommit({
      take: (item) => this.#take(item),
      flush: () => this.#flush(),
      failed: ports.failed,
      dropped(item) {
        if (item.kind === 'synced') item.done(); // else synchronisation would wait for ever, and the stop for it
      },
    });
    this.#egress = new Egress({
      network: ports.network,
      self: ports.identity.publicKey,
      body: (hash) => ports.ledger.executed(hash)?.bytes,
    });
  }

  /** The ledger is open, its pending blocks are executed. */
  async start(): Promise<void> {
    const journal = await this.#journal.load();
    await this.#ports.memory.open(journal, this.#ports.journal.next());
    this.#commits.start();
    this.#enter(journal);
    warnIfOutdated(this.#ports.ledger, this.#ports.log);
    this.#input((now) => ({ kind: 'start', now }));
    this.poke();
  }

  async stop(): Promise<void> {
    const stopped = this.#commits.stop();
    this.#builder.cancel();
    this.#timers.cancelAll();
    await stopped;
    // What the last tick has begun as well: nothing may run into a store that is closed.
    this.#timers.cancelAll();
    await Promise.all([this.#builder.stop(), this.#ports.validator.stop()]);
  }

  /** What an operator wants to know of consensus. */
  status(): Status {
    return status(this.#epoch.machine);
  }

  /** What this node does for consensus, and if nothing, why. */
  get role(): EngineRole {
    return roleOf(this.#epoch, this.#ports.memory, this.#ports.ledger);
  }

  /** What we know of this epoch and of the votes of an authority, everything that it has sent us included. */
  async reportVotes(asker: PeerKey): Promise<VoteAnswer> {
    await this.#do(() => {});
    const { machine, number } = this.#epoch;
    const index = numberOf(this.#epoch, asker);
    const sure = this.#ports.memory.isSure(number, this.status().view);
    return { ...reportVotes(machine, index), sure };
  }

  /** Nothing stands against signing: becomes a voter. @param admitting - to the furthest view that others are in. */
  trust(left?: Left, admitting?: Certificate): Promise<void> {
    return this.#do(async () => {
      const { memory } = this.#ports;
      if (memory.lost !== undefined) return; // it went with the last epoch
      if (left !== undefined && left.epoch !== this.#epoch.number) return; // too late: it will be asked again
      if (admitting !== undefined && admitting.view >= this.status().view) {
        this.#writes.push(...this.#journal.append(admitting.view, encodeRecord(admitting)));
      }
      memory.trust(left);
      await this.#reopen();
    });
  }

  /** Another process has our key: signs nothing any more. */
  silence(): Promise<void> {
    return this.#do(() => {
      this.#ports.memory.silence();
      return this.#reopen();
    });
  }

  /** Becomes a voter behind a fence. @param recovered - what others have kept for us. */
  recover(fence: Fence, recovered: RecoveredVotes): Promise<void> {
    return this.#do(async () => {
      if (fence.epoch !== this.#epoch.number) return; // too late: it will be asked again
      await this.#flush();
      for (const { view, record } of recordsOf(await this.#journal.load(), recovered)) {
        this.#writes.push(...this.#journal.append(view, record));
      }
      await this.#flush();
      await this.#ports.memory.mend(fence, this.#ports.journal.next());
      await this.#reopen();
    });
  }

  /** A frame of a direct stream. When too many wait, new ones are dropped: consensus sends again. */
  frame(from: PeerKey, bytes: Bytes): void {
    if (this.#commits.waiting >= limits.inputsMax) return;
    const message = this.#ingress.open(from, bytes, numberOf(this.#epoch, from) !== undefined);
    if (message !== undefined) this.#commits.push({ kind: 'frame', from, bytes: message });
  }

  /** An authority may have what we lack. */
  connected(peer: PeerKey): void {
    if (numberOf(this.#epoch, peer) !== undefined) this.#input((now) => ({ kind: 'met', now }));
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
    return new Promise((done) => this.#commits.push({ kind: 'synced', certificate, done }));
  }

  #setDue(due: boolean): void {
    if (due === this.#due) return;
    this.#due = due;
    this.#input((now) => ({ kind: 'work', due, now }));
  }

  #input(input: (now: number) => Input, writes: () => readonly StoreWrite[] = () => []): void {
    this.#commits.push({ kind: 'input', epoch: this.#epoch.number, input, writes });
  }

  async #take(item: Item): Promise<void> {
    switch (item.kind) {
      case 'frame': {
        const from = numberOf(this.#epoch, item.from);
        if (from === undefined || this.#ingress.isSpent(item.from)) return;
        const message = admit(this.#epoch.machine, from, item.bytes);
        if (message.kind === 'accept') {
          if (isOwnWord(message.value, from)) this.#ports.spoke(item.from);
          const now = this.#ports.clock.now();
          const effects = await this.#step({ kind: 'message', from, message: message.value, now });
          this.#ingress.answered(item.from, effects, from);
        } else if (message.kind === 'reject') {
          this.#ingress.wrong(item.from);
          this.#ports.log.debug('message refused', { code: message.code, from: toHex(item.from) });
        } else if (message.code === 'consensus.known' && holdsOwnWord(item.bytes, from)) {
          this.#ports.spoke(item.from);
        }
        return;
      }
      case 'input':
        this.#writes.push(...item.writes());
        if (item.epoch === this.#epoch.number) await this.#step(item.input(this.#ports.clock.now()));
        return;
      case 'synced':
        if (this.#ports.ledger.executed(item.certificate.hash) !== undefined) {
          await this.#commit(item.certificate);
        }
        return item.done();
      case 'do':
        await item.run();
        return item.done();
      default:
        return unreachable(item);
    }
  }

  /** @returns what was carried out. */
  async #step(input: Input): Promise<readonly Effect[]> {
    const epoch = this.#epoch;
    const effects = step(epoch.machine, input);
    for (const effect of effects) {
      // The certificates of an epoch that has just ended are for the others; nothing else of it is for anybody.
      if (epoch === this.#epoch || isLastWord(effect)) await this.#perform(effect);
    }
    const building = this.#builder.view;
    if (building !== undefined && building !== this.status().view) this.#builder.cancel();
    return effects;
  }

  async #perform(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'persist':
        this.#writes.push(...this.#journal.append(effect.view, effect.record));
        this.#voted ||= isOwnVote(effect.record);
        return;
      case 'broadcast':
        return this.#egress.broadcast(this.#epoch.authorities, effect.message);
      case 'send':
        return this.#egress.send(authorityOf(this.#epoch, effect.to), effect.message);
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
        return this.#verdicts.ask(effect.block, authorityOf(this.#epoch, effect.leader));
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
    const send = this.#egress.seal();
    this.#writes = [];
    if (writes.length > 0) await this.#ports.ledger.blocks.store.write(writes, { sync: true });
    // After the journal, before the vote leaves: a crash in between leaves a mark that is older, which is no harm.
    if (this.#voted) await this.#ports.memory.signed(this.#ports.journal.next());
    this.#voted = false;
    send();
  }

  async #commit(certificate: Finalization): Promise<void> {
    const { ledger, log, yieldToLoop } = this.#ports;
    const commit = ledger.prepareCommit(certificate.hash, encodeMessage(certificate));
    if (commit === undefined) {
      if (!equalBytes(ledger.head().hash, certificate.hash)) this.#ports.behind();
      return;
    }
    const seals = sealsEpoch(commit.blocks.at(-1)!.block.header);
    this.#writes.push(...commit.writes);
    if (seals) this.#writes.push(...this.#journal.forgetAll());
    await yieldToLoop();
    await this.#flush();
    await yieldToLoop();
    this.#writes.push(...ledger.advance(commit));
    if (seals || !canFollow(ledger.head())) {
      this.#enter([]);
      warnIfOutdated(ledger, log);
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

  /** The same epoch, as it stands on the disk, now that this node may sign in it. */
  async #reopen(): Promise<void> {
    await this.#flush();
    this.#enter(await this.#journal.load());
    await this.#step({ kind: 'start', now: this.#ports.clock.now() });
    this.poke();
  }

  #do(run: () => Promise<void> | void): Promise<void> {
    return new Promise((done) => this.#commits.push({ kind: 'do', run, done }));
  }

  #enter(journal: readonly Bytes[]): void {
    const { ledger, log } = this.#ports;
    this.#timers.cancelAll();
    this.#builder.cancel();
    this.#verdicts.forget();
    const epoch = openEpoch(ledger, this.#ports, journal);
    this.#epoch = epoch;
    this.#due = false;
    log.info('epoch opened', {
      epoch: epoch.number,
      authorities: epoch.authorities.length,
      signs: epoch.signs,
      height: ledger.head().header.height,
    });
  }

  #onBuilt(view: number, executed: Executed): void {
    const seals = sealsEpoch(executed.block.header);
    this.#input(
      (now) => ({ kind: 'built', view, block: refOf(executed), seals, now }),
      () => bodyWrites(this.#ports.ledger, executed),
    );
  }

  /** The proposer of a final block tells the members that do not vote; they fetch it. */
  #announce(commit: Commit): void {
    const { block, hash } = commit.blocks.at(-1)!;
    if (!equalBytes(block.header.proposer, this.#ports.identity.publicKey)) return;
    this.#ports.network.publish(HEAD_TOPIC, encodeHead({ height: block.header.height, hash }));
  }
}

/** Not a vote: that would leave without being durable, and binds nobody any more. */
function isLastWord(effect: Effect): boolean {
  return effect.kind === 'broadcast' && 'signers' in effect.message;
}
