/**
 * Whose places in the swarms of this tracker are whose: those of readers, who have a right to the bytes, of archives of
 * members, and of those who bring a file. To bring one is free, so whoever has paid has places of his own, by key; of
 * strangers anybody can be as many as he likes, but in few networks. A key counts by whose passes it shows: any member can
 * make some for any key, and is not to use up its places. Nor those of everybody: once places are scarce, the passes of one
 * other library open no more than a tenth.
 */
import { type Address, clientNetworkOf } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { type Bound, onceCrowded } from '../../core/places.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { Shares } from '../../core/shares.ts';
import type { SwarmRole } from '../../torrent/peers.ts';
import type { Pass } from '../pass/pass.ts';

/** Who has a place, or wants one. */
export type Comer = {
  /** Its key, hex. */
  readonly subject: string;
  readonly pass: Pass;
  readonly role: SwarmRole;
  /** From where it first announced: core/address.ts, clientNetworkOf. */
  readonly network: string;
  /** Has its key paid (rpc/right.ts)? Looked up for those who bring. */
  readonly paid: boolean;
};

export class PeerPlaces {
  readonly #inAll = new Shares();
  /** Of each swarm with somebody in it. */
  readonly #inSwarm = new Map<object, Shares>();
  readonly #swarms = new Shares();
  readonly #own: string | undefined;

  /** @param self - the key of this library, for whose own passes there is no such share. */
  constructor(self?: PublicKey32) {
    this.#own = self && toHex(self);
  }

  hasRoom(swarm: object, comer: Comer): boolean {
    const here = this.#inSwarm.get(swarm);
    return (
      (here?.hasRoom(sharesOfSwarm(comer, this.#own)) ?? true) &&
      this.#inAll.hasRoom(sharesOfAll(comer, this.#own))
    );
  }

  /** @param by - 1: it has a place now; −1: it has left it, as what it was there. */
  count(swarm: object, comer: Comer, by: 1 | -1): void {
    this.#inAll.add(sharesOfAll(comer, this.#own), by);
    const here = this.#inSwarm.get(swarm) ?? new Shares();
    here.add(sharesOfSwarm(comer, this.#own), by);
    if (here.isEmpty) this.#inSwarm.delete(swarm);
    else this.#inSwarm.set(swarm, here);
  }

  mayOpen(from: Address): boolean {
    return this.#swarms.hasRoom(sharesOfSwarms(clientNetworkOf(from)));
  }

  /** @param network - from which it was opened. @param by - 1: it is open; −1: it is closed. */
  countSwarm(network: string, by: 1 | -1): void {
    this.#swarms.add(sharesOfSwarms(network), by);
  }
}

function sharesOfSwarm({ pass, role, network, paid }: Comer, own?: string): readonly Bound[] {
  if (role === 'member') return [{ name: 'members', max: limits.membersMax }];
  if (role === 'reader') {
    const all = { name: 'readers', max: limits.peersPerSwarmMax };
    return [
      all,
      onceCrowded(all, ofNetwork(network, limits.peersPerNetworkOfSwarmMax)),
      ...ofOtherLibrary(all, pass, limits.peersPerIssuerOfSwarmMax, own),
    ];
  }
  if (paid) {
    // Of each key limits.peersPerPassMax.
    const all = { name: 'bringing readers', max: limits.intakePeersOfReadersPerSwarmMax };
    const here = ofNetwork(`readers bringing ${network}`, limits.intakePeersOfReadersPerNetworkOfSwarmMax);
    return [all, onceCrowded(all, here)];
  }
  return [
    { name: 'bringing strangers', max: limits.intakePeersOfStrangersPerSwarmMax },
    ofNetwork(`bringing ${network}`, limits.intakePeersPerNetworkOfSwarmMax),
  ];
}

function sharesOfAll({ subject, pass, role, network, paid }: Comer, own?: string): readonly Bound[] {
  const key = `key ${role} ${pass.issuerHex} ${subject}`;
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
      ...ofOtherLibrary(all, pass, limits.peersPerIssuerMax, own),
    ];
  }
  const ofKey = { name: key, max: limits.intakePeersPerKeyMax };
  if (paid) {
    const all = { name: 'bringing readers', max: limits.intakePeersOfReadersMax };
    const here = ofNetwork(`readers bringing ${network}`, limits.intakePeersOfReadersPerNetworkMax);
    return [ofKey, all, onceCrowded(all, here)];
  }
  return [
    ofKey,
    { name: 'bringing strangers', max: limits.intakePeersOfStrangersMax },
    ofNetwork(`bringing ${network}`, limits.intakePeersPerNetworkMax),
  ];
}

function sharesOfSwarms(network: string): readonly Bound[] {
  const all = { name: 'all', max: limits.swarmsMax };
  return [all, onceCrowded(all, ofNetwork(network, limits.swarmsPerNetworkMax))];
}

/** @param own - what this library issues has no bound by issuer. */
function ofOtherLibrary(all: Bound, { issuerHex }: Pass, max: number, own?: string): readonly Bound[] {
  return issuerHex === own ? [] : [onceCrowded(all, { name: `issuer ${issuerHex}`, max })];
}

function ofNetwork(network: string, max: number): Bound {
  return { name: `network ${network}`, max };
}
