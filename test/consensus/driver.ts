/** One machine under test, and the words of all the other authorities: what they say goes through `admit`, as bytes. */
import { admit } from '../../consensus/admit.ts';
import type { BlockRef } from '../../consensus/block-ref.ts';
import { assemble } from '../../consensus/certificate.ts';
import type { ConsensusConfig, Restored } from '../../consensus/config.ts';
import type { Effect } from '../../consensus/effect.ts';
import type { Timer } from '../../consensus/input.ts';
import { createMachine, type Machine, type Status, status, step } from '../../consensus/machine.ts';
import {
  type Certificate,
  encodeMessage,
  type Finalization,
  type Message,
  type Notarization,
  type Nullification,
  type Proposal,
  type Vote,
} from '../../consensus/messages.ts';
import { leader, quorum } from '../../consensus/quorum.ts';
import { statementHash, type UnsignedStatement } from '../../consensus/statements.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, utf8 } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import { sha256 } from '../../core/hash.ts';
import { CHAIN_ID, fakeKeys, fakeSign, fakeVerify, ROOT } from './fake-keys.ts';

export const DELTA_MS = 100;
export const INTERVAL_MS = 30;
type Options = Partial<Restored> & { readonly self?: number | undefined; readonly epoch?: number };
type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>;
type MessageOf<K extends Message['kind']> = Extract<Message, { kind: K }>;

/** A block on that parent; another name, another block. */
export function child(parent: { hash: Bytes; height: number } = ROOT, name = ''): BlockRef {
  const height = parent.height + 1;
  return { hash: sha256(utf8(`${parent.hash}:${height}:${name}`)), parentHash: parent.hash, height };
}

export class Driver {
  readonly n: number;
  readonly config: ConsensusConfig;
  readonly machine: Machine;
  /** Of the last input. */
  effects: readonly Effect[] = [];
  /** Of all inputs. */
  readonly all: Effect[] = [];

  /** Authority 0 of n, epoch 0, started, unless told otherwise. */
  constructor(n: number, options: Options = {}) {
    this.n = n;
    const self = 'self' in options ? options.self : 0;
    const authorities = fakeKeys(n);
    this.config = {
      chainId: CHAIN_ID,
      epoch: options.epoch ?? 0,
      authorities,
      self,
      root: ROOT,
      sign: (hash) => fakeSign(authorities[self!]!, hash),
      verify: fakeVerify,
      timing: { deltaMs: DELTA_MS, blockIntervalMs: INTERVAL_MS },
    };
    const { floor, journal = [], fence = 0, doubt = fence } = options;
    this.machine = createMachine(this.config, { floor, journal, fence, doubt });
    this.keep(step(this.machine, { kind: 'start', now: 0 }));
  }

  /** The same authority after a crash: nothing is left but the journal, and the ledger if it is given. */
  restarted(options: Options = {}): Driver {
    return new Driver(this.n, { self: this.config.self, journal: this.journal(), ...options });
  }

  hear(message: Message, from = 'signer' in message ? message.signer : 1): readonly Effect[] {
    const admitted = admit(this.machine, from, encodeMessage(message));
    assert(admitted.kind === 'accept', `not admitted: ${JSON.stringify(admitted)}`);
    return this.keep(step(this.machine, { kind: 'message', from, message: admitted.value, now: 0 }));
  }
  /** @returns the code of the verdict, or "accept". */
  door(message: Message, from = 1): Code | 'accept' {
    const verdict = admit(this.machine, from, encodeMessage(message));
    return verdict.kind === 'accept' ? 'accept' : verdict.code;
  }
  work(due: boolean): readonly Effect[] {
    return this.keep(step(this.machine, { kind: 'work', due, now: 0 }));
  }
  fire(timer: Timer): readonly Effect[] {
    return this.keep(step(this.machine, { kind: 'timer', timer, now: 0 }));
  }
  met(): readonly Effect[] {
    return this.keep(step(this.machine, { kind: 'met', now: 0 }));
  }
  built(block: BlockRef, seals = false): readonly Effect[] {
    return this.keep(step(this.machine, { kind: 'built', view: this.view, block, seals, now: 0 }));
  }
  verdict(block: BlockRef, valid = true, seals = false, madeIn = this.view): readonly Effect[] {
    return this.keep(step(this.machine, { kind: 'verdict', block, valid, madeIn, seals, now: 0 }));
  }
  synced(certificate: Finalization, block: BlockRef, seals = false): readonly Effect[] {
    return this.keep(step(this.machine, { kind: 'synced', certificate, block, seals, now: 0 }));
  }

  /** The leader's proposal, and a good verdict on it. */
  endorse(block: BlockRef, view = this.view, parentView = view - 1): void {
    this.hear(this.proposal(view, block, parentView));
    this.verdict(block);
  }
  /** A block that everybody votes for and finalises, in the present view. */
  finalised(block: BlockRef): void {
    const { view } = this;
    if (leader(this.config.epoch, view, this.n) !== this.config.self) this.endorse(block, view);
    else this.built(block);
    this.hear(this.notarization(view, block));
    this.hear(this.finalization(view, block));
  }

  get view(): number {
    return this.machine.view;
  }
  get status(): Status {
    return status(this.machine);
  }
  /** The effects of that kind of the last input. */
  of<K extends Effect['kind']>(kind: K): EffectOf<K>[] {
    return this.effects.filter((effect): effect is EffectOf<K> => effect.kind === kind);
  }
  /** The broadcast messages of that kind of the last input. */
  said<K extends Message['kind']>(kind: K, effects = this.effects): MessageOf<K>[] {
    return effects.flatMap((effect) =>
      effect.kind === 'broadcast' && effect.message.kind === kind ? [effect.message as MessageOf<K>] : [],
    );
  }
  /** The messages sent to one authority by the last input. */
  sentTo(to: number): Message['kind'][] {
    return this.of('send').flatMap((effect) => (effect.to === to ? [effect.message.kind] : []));
  }
  /** The timers that run now. */
  timers(): string[] {
    return [...this.machine.running.keys()].sort();
  }
  journal(): Bytes[] {
    return this.all.flatMap((effect) => (effect.kind === 'persist' ? [effect.record] : []));
  }

  proposal(view: number, block: BlockRef, parentView = view - 1): Proposal {
    const signer = leader(this.config.epoch, view, this.n);
    return this.sign(signer, { kind: 'proposal', view, parentView, block });
  }
  notarize(signer: number, view: number, block: BlockRef, parentView = view - 1): Vote {
    return this.sign(signer, { kind: 'notarize', view, parentView, block });
  }
  nullify(signer: number, view: number): Vote {
    return this.sign(signer, { kind: 'nullify', view });
  }
  finalize(signer: number, view: number, block: BlockRef): Vote {
    return this.sign(signer, { kind: 'finalize', view, hash: block.hash });
  }
  notarization(view: number, block: BlockRef, parentView = view - 1): Notarization {
    return this.certify((signer) => this.notarize(signer, view, block, parentView)) as Notarization;
  }
  nullification(view: number): Nullification {
    return this.certify((signer) => this.nullify(signer, view)) as Nullification;
  }
  finalization(view: number, block: BlockRef): Finalization {
    return this.certify((signer) => this.finalize(signer, view, block)) as Finalization;
  }
  sign<C extends UnsignedStatement>(
    signer: number,
    claim: C,
  ): C & { epoch: number; signer: number; signature: Bytes } {
    const hash = statementHash(this.config, claim);
    const signature = fakeSign(this.config.authorities[signer]!, hash);
    return { ...claim, epoch: this.config.epoch, signer, signature };
  }

  /** By the last q authorities. */
  private certify(vote: (signer: number) => Vote): Certificate {
    const q = quorum(this.n);
    return assemble(
      Array.from({ length: q }, (_, i) => vote(this.n - q + i)),
      this.n,
    );
  }
  private keep(effects: readonly Effect[]): readonly Effect[] {
    this.effects = effects;
    this.all.push(...effects);
    return effects;
  }
}
