/**
 * Whose places in the swarms of this tracker are whose: those of readers, who have a right to the bytes, of archives of
 * members, and of those who bring a file. To bring one is free, so whoever has paid has places of his own, by key; of
 * strangers anybody can be as many as he likes, but in few networks. A key counts by whose passes it shows: any member can
 * make some for any key, and is not to use up its places.
 */
import { type Address, neighbourhoodOf } from '../core/address.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { type Bound, onceCrowded } from '../core/places.ts';
import { Shares } from '../core/shares.ts';
import type { Pass } from './pass.ts';
import type { Role } from './ports.ts';

/** Who has a place, or wants one. */
export type Comer = {
  /** Its key, hex. */
  readonly subject: string;
  readonly pass: Pass;
  readonly role: Role;
  /** From where it first announced: core/address.ts, neighbourhoodOf. */
  readonly network: string;
  /** Has its key paid (rpc/right.ts)? Looked up for those who bring. */
  readonly paid: boolean;
};

export class PeerPlaces {
  readonly #inAll = new Shares();
  /** Of each swarm with somebody in it. */
  readonly #inSwarm = new Map<object, Shares>();
  readonly #swarms = new Shares();

  hasRoom(swarm: object, comer: Comer): boolean {
    const here = this.#inSwarm.get(swarm);
    return (here?.hasRoom(sharesOfSwarm(comer)) ?? true) && this.#inAll.hasRoom(sharesOfAll(comer));
  }

  /** @param by - 1: it has a place now; −1: it has left it, as what it was there. */
  count(swarm: object, comer: Comer, by: 1 | -1): void {
    this.#inAll.add(sharesOfAll(comer), by);
    const here = this.#inSwarm.get(swarm) ?? new Shares();
    here.add(sharesOfSwarm(comer), by);
    if (here.isEmpty) this.#inSwarm.delete(swarm);
    else this.#inSwarm.set(swarm, here);
  }

  mayOpen(from: Address): boolean {
    return this.#swarms.hasRoom(sharesOfSwarms(neighbourhoodOf(from)));
  }

  /** @param network - from which it was opened. @param by - 1: it is open; −1: it is closed. */
  countSwarm(network: string, by: 1 | -1): void {
    this.#swarms.add(sharesOfSwarms(network), by);
  }
}

function sharesOfSwarm({ role, network, paid }: Comer): readonly Bound[] {
  if (role === 'member') return [{ name: 'members', max: limits.membersMax }];
  if (role === 'reader') {
    const all = { name: 'readers', max: limits.peersPerSwarmMax };
    return [all, onceCrowded(all, ofNetwork(network, limits.peersPerNetworkOfSwarmMax))];
  }
  if (paid) {
    // Of each key limits.peersPerPassMax.
    const all = { name: 'bringing readers', max: limits.intakePeersOfReadersPerSwarmMax };
    const own = ofNetwork(`readers bringing ${network}`, limits.intakePeersOfReadersPerNetworkOfSwarmMax);
    return [all, onceCrowded(all, own)];
  }
  return [
    { name: 'bringing strangers', max: limits.intakePeersOfStrangersPerSwarmMax },
    ofNetwork(`bringing ${network}`, limits.intakePeersPerNetworkOfSwarmMax),
  ];
}

function sharesOfAll({ subject, pass, role, network, paid }: Comer): readonly Bound[] {
  const key = `key ${role} ${toHex(pass.issuer)} ${subject}`;
  if (role === 'member') {
    const all = { name: 'members', max: limits.memberPeersMax };
    return [all, onceCrowded(all, { name: key, max: limits.memberPeersPerKeyMax })];
  }
  if (role === 'reader') {
    const all = { name: 'readers', max: limits.peersMax };
    return [
      all,
      onceCrowded(all, ofNetwork(network, limits.peersPerNetworkMax)),
      onceCrowded(all, { name: key, max: limits.peersPerReaderMax }),
    ];
  }
  const own = { name: key, max: limits.intakePeersPerKeyMax };
  if (paid) {
    const all = { name: 'bringing readers', max: limits.intakePeersOfReadersMax };
    const here = ofNetwork(`readers bringing ${network}`, limits.intakePeersOfReadersPerNetworkMax);
    return [own, all, onceCrowded(all, here)];
  }
  return [
    own,
    { name: 'bringing strangers', max: limits.intakePeersOfStrangersMax },
    ofNetwork(`bringing ${network}`, limits.intakePeersPerNetworkMax),
  ];
}

function sharesOfSwarms(network: string): readonly Bound[] {
  const all = { name: 'all', max: limits.swarmsMax };
  return [all, onceCrowded(all, ofNetwork(network, limits.swarmsPerNetworkMax))];
}

function ofNetwork(network: string, max: number): Bound {
  return { name: `network ${network}`, max };
}
