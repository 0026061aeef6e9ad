/**
 * What votes, or follows the votes: the engine with what it needs to judge and to remember, the recovery of votes of a node that has
 * forgotten, and the evidence against those who contradict themselves.
 */
import type { Evidence } from '../../consensus/messages.ts';
import type { Clock, Log, Network, Random, Store } from '../../core/ports.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import { openJournal } from '../../store/journal.ts';
import { journalPrefix } from '../../store/keyspaces.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Mempool } from '../mempool/open.ts';
import type { Protocol } from '../peers/protocol.ts';
import type { Identity } from '../process/identity.ts';
import type { Part } from '../process/lifecycle.ts';
import type { Yield } from '../process/yield.ts';
import { Memory } from './amnesia/amnesia.ts';
import { VoteRecovery } from './amnesia/vote-recovery.ts';
import type { Watermark } from './amnesia/watermark.ts';
import { Attendance } from './attendance.ts';
import { Bodies } from './bodies.ts';
import { Engine } from './engine.ts';
import { EvidenceKeeper } from './evidence-keeper.ts';
import { engineProtocols } from './protocols.ts';
import { Validator } from './validator.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly mempool: Pick<Mempool, 'pool' | 'checker' | 'recheck'>;
  readonly store: Store;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  readonly yieldToLoop: Yield;
  /** Outlives the store (amnesia/watermark.ts). Without one the journal alone is believed. */
  readonly watermark: Watermark | undefined;
  /** Final blocks exist that are not here. */
  behind(): void;
  accused(evidence: Evidence): void;
  failed(error: unknown): void;
};
export type EngineOptions = {
  readonly deltaMs: number;
  /** The operator's word that this key contradicts nothing, should the node not know (docs/decisions/amnesia.md). */
  readonly signAfterAmnesia?: boolean;
};

export type EngineRoom = {
  readonly engine: Engine;
  readonly recovery: VoteRecovery;
  readonly evidence: EvidenceKeeper;
  /** Which authorities speak. */
  readonly attendance: Attendance;
  readonly protocols: readonly Protocol[];
  /** Before the network, in the order in which they start. */
  readonly early: readonly Part[];
  /** After it. */
  readonly late: readonly Part[];
};

export function openEngine(ports: Ports, { deltaMs, signAfterAmnesia = false }: EngineOptions): EngineRoom {
  const { ledger, mempool, store, network, clock, random, log, identity, verify, yieldToLoop, failed } =
    ports;
  const { pool, checker, recheck } = mempool;
  const bodies = new Bodies({ network, clock });
  const validator = new Validator({ ledger, bodies, checker, clock, log, yieldToLoop });
  const attendance = new Attendance();
  const memory = new Memory({
    ...{ store, watermark: ports.watermark, random, log },
    signAnyway: signAfterAmnesia,
    lostAgain: () => recovery.resume(),
  });
  const engine: Engine = new Engine({
    ...{ ledger, network, pool, bodies, validator, memory, clock, log, identity, verify, yieldToLoop },
    ...{ deltaMs, failed },
    journal: openJournal(store, journalPrefix()),
    refused: (id) => recheck.look(id),
    behind: () => ports.behind(),
    accused(accusation) {
      evidence.accuse(accusation);
      ports.accused(accusation);
    },
    spoke: (authority) => attendance.spoke(authority),
  });
  const evidence = new EvidenceKeeper({ ledger, store, network, log, verify, failed });
  const recovery: VoteRecovery = new VoteRecovery({
    ...{ memory, engine, ledger, network, clock, log, identity, verify, failed },
    listenMs: 2 * deltaMs,
  });
  return {
    ...{ engine, recovery, evidence, attendance },
    protocols: engineProtocols(engine, evidence),
    early: [
      { name: 'evidence', start: () => evidence.start(), stop() {} },
      { name: 'engine', start: () => engine.start(), stop: () => engine.stop() },
    ],
    late: [{ name: 'memory', start: () => recovery.start(), stop: () => recovery.stop() }],
  };
}
