/**
 * The machine of the epoch that follows the head: who may vote, who we are among them, what it builds on, and
 * what the disk remembers of it. An epoch begins after genesis and after every block that changes the set.
 */

import { canFollow } from '../../chain/block/version.ts';
import { parameters } from '../../chain/queries.ts';
import type { Restored, Timing } from '../../consensus/config.ts';
import { createMachine, type Machine } from '../../consensus/machine.ts';
import { decodeMessage, type Finalization } from '../../consensus/messages.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import type { PeerKey } from '../../core/ports.ts';
import { committeeAfter, type VerifySignature } from '../../light/trusted.ts';
import { trustedState } from '../ledger/committees.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Identity } from '../process/identity.ts';
import type { Memory } from './amnesia/amnesia.ts';

export type Epoch = {
  readonly number: number;
  readonly authorities: readonly PeerKey[];
  readonly machine: Machine;
  /** Are we one of them? */
  readonly isAuthority: boolean;
  /** And may we sign? */
  readonly signs: boolean;
};

export function openEpoch(
  ledger: Ledger,
  ports: {
    readonly identity: Identity;
    readonly verify: VerifySignature;
    readonly deltaMs: number;
    readonly memory: Memory;
  },
  journal: readonly Bytes[],
): Epoch {
  const { identity, verify, deltaMs, memory } = ports;
  const head = ledger.head();
  const committee = committeeAfter(trustedState(head), verify);
  const number = committee.authorities.findIndex((key) => equalBytes(key, identity.publicKey));
  memory.enter(committee.epoch);
  const self = number < 0 || !memory.maySign || !canFollow(head) ? undefined : number;
  const config = {
    ...committee,
    self,
    root: ledger.epochRoot(),
    sign: identity.sign,
    timing: timingOf(ledger, deltaMs),
  };
  const { epoch, authorities: keys } = committee;
  const machine = createMachine(config, { floor: floorOf(ledger), journal, ...memory.fence(epoch) });
  return { number: epoch, authorities: keys, machine, isAuthority: number >= 0, signs: self !== undefined };
}

/** What the builder waits for may be tuned by vote in the middle of an epoch, and the timeouts go along with it. */
function timingOf(ledger: Ledger, deltaMs: number): Timing {
  let known = { at: ledger.head(), blockIntervalMs: parameters(ledger.head().view).blockIntervalMs };
  return {
    deltaMs,
    get blockIntervalMs() {
      const at = ledger.head();
      if (at !== known.at) known = { at, blockIntervalMs: parameters(at.view).blockIntervalMs };
      return known.blockIntervalMs;
    },
  };
}

/** @returns undefined for a peer that is no authority of this epoch. */
export function numberOf({ authorities }: Epoch, peer: PeerKey): number | undefined {
  const number = authorities.findIndex((key) => equalBytes(key, peer));
  return number < 0 ? undefined : number;
}

/** @param number - as consensus has it. */
export function authorityOf({ authorities }: Epoch, number: number): PeerKey {
  const key = authorities[number];
  assert(key !== undefined, 'consensus names authorities of its epoch');
  return key;
}

function floorOf(ledger: Ledger): Restored['floor'] {
  const { header, hash } = ledger.head();
  if (equalBytes(hash, ledger.epochRoot().hash)) return undefined;
  const certificate = ledger.headCertificate();
  assert(certificate !== undefined, 'the head beyond the root of its epoch has a certificate');
  const block = { hash, parentHash: header.parentHash, height: header.height };
  return { certificate: decodeFinalization(certificate), block, seals: false };
}

/** A certificate that this node stored itself. */
function decodeFinalization(bytes: Bytes): Finalization {
  const message = decodeMessage(bytes);
  assert(message.kind === 'accept' && message.value.kind === 'finalization', 'a stored certificate decodes');
  return message.value;
}
