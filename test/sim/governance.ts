/**
 * What the authorities decide meanwhile: parameters, a new set of authorities, members that come and go. One proposes;
 * once that is final, the others approve one after the other, wherever a node takes their orders.
 */

import type { Action } from '../../chain/action.ts';
import { childEpoch } from '../../chain/block.ts';
import { authorities, parameters } from '../../chain/queries.ts';
import { faultyMax } from '../../consensus/quorum.ts';
import { compareBytes, equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { membersAmong } from './federation.ts';
import type { SimNode } from './node.ts';
import { canRemember, canRollBack, type Plan } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Scribe } from './transactions.ts';
import type { Workload } from './workload.ts';

type Ports = {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly scribe: Scribe;
  readonly nodes: readonly SimNode[];
  readonly plan: Plan;
  readonly workload: Workload;
};

const APPROVAL_PAUSE_MS = 400;

export class Governance {
  readonly #ports: Ports;

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
    const { random, scribe, nodes, schedule, workload } = this.#ports;
    const action = this.#action();
    const voters = random.shuffle(nodes.filter((node) => node.honest));
    if (action === undefined) return;
    void workload.submit(scribe.propose(action, voters[0]!.key))?.then((verdict) => {
      if (verdict.kind !== 'accept') return;
      for (const [index, { key }] of voters.entries()) {
        const approval = scribe.approve(verdict.value.id, key);
        schedule.after(index * APPROVAL_PAUSE_MS, () => {
          if (!workload.stopped) void workload.submit(approval);
        });
      }
    });
  }

  #action(): Action | undefined {
    const { random, nodes, plan, scribe } = this.#ports;
    const members = membersAmong(nodes);
    const head = nodes.find((node) => node.honest && node.replica !== undefined)?.replica?.ledger.head();
    if (head === undefined) return undefined;
    const { view, header } = head;
    const strangers = nodes.filter((node) => !members.includes(node));
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
