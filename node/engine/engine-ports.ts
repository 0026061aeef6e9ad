/** What the engine (node/engine/engine.ts) needs of the node around it, and what it tells that. */
import type { Evidence } from '../../consensus/messages.ts';
import type { Clock, Journal, Log, Network, PeerKey } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Pool } from '../mempool/pool.ts';
import type { Identity } from '../process/identity.ts';
import type { Yield } from '../process/yield.ts';
import type { Memory } from './amnesia/amnesia.ts';
import type { Bodies } from './bodies.ts';
import type { Validator } from './validator.ts';

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
  readonly yieldToLoop: Yield;
  /** Δ: how long a message takes between two authorities in bad but bearable weather. */
  readonly deltaMs: number;
  readonly memory: Memory;
  /** A transaction that a block of ours could not take. */
  refused(id: Hash32, verdict: Verdict): void;
  /** Final blocks exist that are not here. */
  behind(): void;
  accused(evidence: Evidence): void;
  /** An authority has said something of its own. */
  spoke(authority: PeerKey): void;
  /** The disk failed, or we did: stop before harm is done. */
  failed(error: unknown): void;
};
