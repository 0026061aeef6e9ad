/**
 * What the authorities decide meanwhile: parameters, a new set of authorities, members that come and go, files, roles,
 * upgrades. One proposes; once that is final, the others approve one after the other, wherever a node takes their
 * orders; some are approved so late that they have ended.
 */

import { childEpoch, type Header } from '../../chain/block/block.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import type { Action } from '../../chain/governance/action.ts';
import {
  authorities,
  file,
  isBilling,
  isTakenDown,
  members,
  parameters,
  upgrade,
} from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { faultyMax } from '../../consensus/quorum.ts';
import { compareBytes, equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';
import type { Coverage } from './coverage.ts';
import { membersAmong, UPGRADE_NOTICE_BLOCKS } from './federation.ts';
import type { SimNode } from './node.ts';
import { canRemember, canRollBack, type Plan } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';
import { keyOf } from './signatures.ts';
import { fileHash, type Scribe } from './transactions.ts';
import { FILES, READERS, type Workload } from './workload.ts';

type Ports = {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly coverage: Coverage;
  readonly scribe: Scribe;
  readonly nodes: readonly SimNode[];
  readonly plan: Plan;
  readonly workload: Workload;
};

const APPROVAL_PAUSE_MS = 400;
/** In blocks; soon is not before the shortest notice, and the approvals take some. */
const NEVER = 1_000_000;
const SOON = [UPGRADE_NOTICE_BLOCKS, UPGRADE_NOTICE_BLOCKS + 50] as const;

export class Governance {
  readonly #ports: Ports;
  /** Proposals that nobody but the proposer has approved yet. */
  readonly #waiting: Hash32[] = [];

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  start(): void {
    const { plan, schedule, random, workload } = this.#ports;
    const { governanceMs } = plan;
    if (governanceMs === undefined) return;
    const later = (): void => {
      schedule.after(random.between(1, 2 * governanceMs), () => {
        if (workload.stopped) return;
        this.#decide();
        later();
      });
    };
    later();
  }

  #decide(): void {
    const { random, scribe, schedule, workload } = this.#ports;
    const action = this.#action();
    const voters = random.shuffle(this.#voters());
    if (voters.length === 0) return;
    if (this.#waiting.length > 0 && random.chance(0.5)) this.#approveLate(voters);
    if (action === undefined) return;
    void workload.submit(scribe.propose(action, voters[0]!.key))?.then((verdict) => {
      if (verdict.kind !== 'accept') return;
      if (random.chance(0.3)) {
        this.#waiting.push(verdict.value.id);
        return;
      }
      for (const [index, { key }] of voters.entries()) {
        const approval = scribe.approve(verdict.value.id, key);
        schedule.after(index * APPROVAL_PAUSE_MS, () => {
          if (!workload.stopped) void workload.submit(approval);
        });
      }
    });
  }

  /** The honest authorities of now, as far as any node knows. */
  #voters(): readonly SimNode[] {
    const { nodes } = this.#ports;
    const head = nodes.find((node) => node.honest && node.replica !== undefined)?.replica?.ledger.head();
    const keys = head === undefined ? [] : authorities(head.view);
    return nodes.filter((node) => node.honest && keys.some((key) => equalBytes(key, node.key)));
  }

  /** Of what was proposed a while ago: it may have ended since, with its set of authorities or by itself. */
  #approveLate(voters: readonly SimNode[]): void {
    const { scribe, workload, coverage } = this.#ports;
    const proposal = this.#waiting.shift();
    if (proposal === undefined) return;
    coverage.count('approvals that came late');
    for (const { key } of voters) void workload.submit(scribe.approve(proposal, key));
  }

  #action(): Action | undefined {
    const { random, nodes, plan, scribe } = this.#ports;
    const members = membersAmong(nodes);
    const head = nodes.find((node) => node.honest && node.replica !== undefined)?.replica?.ledger.head();
    if (head === undefined) return undefined;
    const { view, header } = head;
    const strangers = nodes.filter((node) => !members.includes(node));
    const isNextScheduled = upgrade(view)?.version === header.version + 1;
    if (plan.upgrades !== 'confirmed' && !isNextScheduled && random.chance(0.5)) return this.#upgrade(header);
    if (random.chance(0.5)) return this.#smallAction(view, header);
    const kind = random.below(6);
    if (kind === 0 && strangers.length > 0) {
      const { key, name } = random.pick(strangers);
      return { kind: 'add-member', member: { key, name, addresses: [], tracker: '', api: '' } };
    }
    if (kind === 1 && plan.attestations < 2) {
      const voters = authorities(view);
      const leaving = members.filter(
        ({ key, honest }) => honest && !voters.some((one) => equalBytes(one, key)),
      );
      if (leaving.length > 0) return { kind: 'remove-member', key: random.pick(leaving).key };
    }
    if (kind < 4) {
      const keys = this.#someAuthorities(members);
      return keys && scribe.election(keys, { sitting: authorities(view), epoch: childEpoch(header) });
    }
    const blockIntervalMs = random.pick([0, 20, 100]);
    return { kind: 'set-parameters', parameters: { ...parameters(view), blockIntervalMs } };
  }

  /** What moves neither members nor authorities. */
  #smallAction(view: StateView, header: Header): Action {
    const { random } = this.#ports;
    const hashes = Array.from({ length: FILES }, (_, i) => fileHash(`file ${i}`));
    const down = hashes.find((hash) => isTakenDown(view, hash));
    const there = hashes.filter((hash) => file(view, hash) !== undefined);
    const hash = random.pick(there.length > 0 ? there : hashes);
    const keys = Array.from({ length: READERS }, (_, i) => keyOf(`reader ${i}`));
    const granted = keys.find((key) => isBilling(view, key));
    const undo: Action[] = [];
    if (down !== undefined) undo.push({ kind: 'restore', hash: down });
    if (granted !== undefined) undo.push({ kind: 'revoke-role', key: granted, role: 'billing' });
    if (undo.length > 0 && random.chance(0.6)) return random.pick(undo);
    switch (random.below(5)) {
      case 0:
        return { kind: 'take-down', hash };
      case 4:
        return { kind: 'reset-file', hash };
      case 1:
        return { kind: 'grant-role', key: random.pick(keys), role: 'billing' };
      case 2: {
        const { key } = random.pick(members(view));
        const name = `renamed at ${header.height}`;
        return { kind: 'update-member', member: { key, name, addresses: [], tracker: '', api: '' } };
      }
      default:
        return this.#upgrade(header);
    }
  }

  /** To the present rules, which schedules nothing else any more, or to the next. */
  #upgrade({ height, version: present }: Header): Action {
    const { random, plan } = this.#ports;
    const version = random.pick([present, present + 1]);
    const comes = version === present || version <= RULES_VERSION || plan.upgrades === 'unknown';
    return { kind: 'upgrade', height: height + (comes ? random.between(...SOON) : NEVER), version };
  }

  /** A new set in which the adversaries are not too many; undefined when there is none. */
  #someAuthorities(members: readonly SimNode[]): readonly PublicKey32[] | undefined {
    const { random, plan } = this.#ports;
    const { forgetsMs, rollsBackMs } = plan.faults;
    const unique = [...new Map(members.map((node) => [node.name.split("'")[0], node])).values()];
    const all = random.shuffle(unique).slice(0, limits.authoritiesMax);
    for (let size = random.between(1, all.length); size <= all.length; size++) {
      const chosen = all.slice(0, size);
      const faulty = chosen.filter((node) => !node.honest).length;
      const fits =
        (forgetsMs === undefined || canRemember(size, faulty)) &&
        (rollsBackMs === undefined || canRollBack(size, faulty));
      if (fits && faulty <= faultyMax(size)) return keysOf(chosen);
    }
    return undefined;
  }
}

function keysOf(nodes: readonly SimNode[]): readonly PublicKey32[] {
  return nodes.map((node) => node.key).sort(compareBytes);
}
