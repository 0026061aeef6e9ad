/** The nodes of a plan, with their keys, their genesis, and a disguise for each that is faulty. */

import type { Genesis } from '../../chain/block/genesis.ts';
import { isMember } from '../../chain/federation/federation.ts';
import { defaultParameters } from '../../chain/federation/parameters.ts';
import { compareBytes, toHex } from '../../core/bytes.ts';
import type { Network, PeerKey } from '../../core/ports.ts';
import { Boaster } from './adversaries/boaster.ts';
import { Equivocator } from './adversaries/equivocator.ts';
import { Forger } from './adversaries/forger.ts';
import { Hoarder } from './adversaries/hoarder.ts';
import { Liar } from './adversaries/liar.ts';
import { Mute } from './adversaries/mute.ts';
import { makeOutdated } from './adversaries/outdated.ts';
import { Replayer } from './adversaries/replayer.ts';
import { Tempter } from './adversaries/tempter.ts';
import { TwinLine } from './adversaries/twins.ts';
import { Withholder } from './adversaries/withholder.ts';
import { type NodeWorld, SimNode, type Wrap } from './node.ts';
import { type AdversaryName, blocksKeptIn, type Plan } from './plan.ts';
import { keyOf } from './signatures.ts';

const START = 1_750_000_000_000;
const READERS_WITH_TOKENS = 5;
/** The fewest that there may be: runs are short. */
export const UPGRADE_NOTICE_BLOCKS = 10;

/**
 * The names of the nodes: authorities first, the faulty ones first among them; then members without a vote, the faulty ones
 * last among them; strangers are not members yet.
 */
export function namesOf(plan: Plan): readonly string[] {
  return [
    ...Array.from({ length: plan.authorities }, (_, i) => `a${i}`),
    ...Array.from({ length: plan.observers }, (_, i) => `o${i}`),
    ...faultyWithoutVote(plan).map(([name]) => name),
    ...Array.from({ length: plan.strangers }, (_, i) => `s${i}`),
  ];
}

type FaultyWithoutVote = 'tempter' | 'trickling boaster' | 'empty boaster';

/** One boaster trickles, two have nothing, of three one trickles. */
function faultyWithoutVote({ tempters, boasters }: Plan): readonly (readonly [string, FaultyWithoutVote])[] {
  return [
    ...Array.from({ length: tempters }, (_, i) => [`t${i}`, 'tempter'] as const),
    ...Array.from({ length: boasters }, (_, i) => {
      const trickles = i === boasters - 1 && boasters % 2 === 1;
      return [`b${i}`, trickles ? 'trickling boaster' : 'empty boaster'] as const;
    }),
  ];
}

/** Those that are members now, as far as the node that is furthest knows. */
export function membersAmong(nodes: readonly SimNode[]): readonly SimNode[] {
  const heads = nodes.flatMap((node) => (node.honest && node.replica ? [node.replica.ledger.head()] : []));
  const furthest = heads.toSorted((a, b) => b.header.height - a.header.height)[0];
  if (furthest === undefined) return [];
  return nodes.filter(({ key }) => isMember(furthest.view, key));
}

export function honestNames(plan: Plan): readonly string[] {
  const faulty = new Map(faultyWithoutVote(plan));
  return namesOf(plan)
    .slice(plan.adversaries.length)
    .filter((name) => !faulty.has(name));
}

export function genesisOf(plan: Plan): Genesis {
  const names = namesOf(plan).slice(0, plan.authorities + plan.observers + faultyWithoutVote(plan).length);
  return {
    version: 1,
    name: `Simulation ${plan.seed}`,
    time: START,
    accounts: [
      { key: keyOf('billing'), tokens: 10n ** 9n },
      ...Array.from({ length: READERS_WITH_TOKENS }, (_, i) => ({
        key: keyOf(`reader ${i}`),
        tokens: 1_000n,
      })),
    ],
    members: names.map((name) => ({ key: keyOf(name), name, addresses: [], tracker: '', api: '' })),
    authorities: names.slice(0, plan.authorities).map(keyOf).sort(compareBytes),
    roles: [{ key: keyOf('billing'), role: 'billing' }],
    parameters: {
      ...defaultParameters(names.length),
      attestations: plan.attestations,
      blockIntervalMs: plan.blockIntervalMs,
      heartbeatMs: plan.heartbeatMs,
      saleTimeoutMs: 2_000,
      upgradeNoticeBlocks: UPGRADE_NOTICE_BLOCKS,
    },
  };
}

/** @param wrap - for the honest nodes: a planted bug, or nothing. */
export function nodesOf(plan: Plan, world: NodeWorld, wrap: (name: string) => Wrap): SimNode[] {
  const faulty = new Map(faultyWithoutVote(plan));
  return namesOf(plan).flatMap((name, index) => {
    const adversary = faulty.get(name) ?? plan.adversaries[index];
    const key = keyOf(name);
    if (adversary === undefined) return [new SimNode(world, name, key, true, wrap(name))];
    if (adversary === 'twins') return twins(world, name, key);
    const node = new SimNode(world, name, key, false, disguise(adversary, plan));
    if (adversary === 'outdated') makeOutdated(node);
    return [node];
  });
}

function disguise(adversary: Exclude<AdversaryName, 'twins'> | FaultyWithoutVote, plan: Plan): Wrap {
  switch (adversary) {
    case 'equivocator':
      return { network: (inner, node) => new Equivocator(inner, node) };
    case 'mute':
      return { network: (inner, node) => new Mute(inner, node) };
    case 'liar':
      return { network: (inner, node) => new Liar(inner, node) };
    case 'replayer':
      return { network: (inner, node) => new Replayer(inner, node) };
    case 'withholder':
      return { network: (inner, node) => new Withholder(inner, node) };
    case 'forger':
      return { network: (inner, node) => new Forger(inner, node) };
    case 'hoarder':
      return { network: (inner, node) => new Hoarder(inner, node) };
    case 'tempter':
      return { network: (inner, node) => new Tempter(inner, node, blocksKeptIn(plan)) };
    case 'trickling boaster':
      return { network: (inner, node) => new Boaster(inner, node, true) };
    case 'empty boaster':
      return { network: (inner, node) => new Boaster(inner, node, false) };
    case 'outdated':
      return {};
  }
}

function twins(world: NodeWorld, name: string, key: PeerKey): SimNode[] {
  const sides = new Map<string, number>();
  const sideOf = (peer: string): number => {
    const side = sides.get(peer) ?? world.random.below(2);
    sides.set(peer, side);
    return side;
  };
  let line: TwinLine | undefined;
  const port = (side: number) => (): Network => {
    line ??= new TwinLine(world.network(key), sideOf);
    return line.port(side);
  };
  return [0, 1].map((side) => {
    const twin = side === 0 ? name : `${name}'`;
    return new SimNode({ ...world, network: port(side) }, twin, key, false);
  });
}

export function namesByKey(plan: Plan): ReadonlyMap<string, string> {
  return new Map(namesOf(plan).map((name) => [toHex(keyOf(name)), name]));
}
