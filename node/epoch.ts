/**
 * The machine of the epoch that follows the head: who may vote, who we are among them, what it builds on, and
 * what the disk remembers of it. An epoch begins after genesis and after every block that changes the set.
 */
import { sealsEpoch } from '../chain/block.ts';
import type { State } from '../chain/execute.ts';
import { authorities, parameters } from '../chain/queries.ts';
import type { Committee, Restored } from '../consensus/config.ts';
import { createMachine, type Machine } from '../consensus/machine.ts';
import { decodeMessage, type Finalization } from '../consensus/messages.ts';
import { assert } from '../core/assert.ts';
import { type Bytes, compareBytes, equalBytes } from '../core/bytes.ts';
import type { PeerKey } from '../core/ports.ts';
import type { Hash32, PublicKey32, Signature64 } from '../core/scalars.ts';
import type { Ledger } from './ledger.ts';

export type Identity = { readonly publicKey: PublicKey32; readonly sign: (hash: Hash32) => Signature64 };
export type VerifySignature = (publicKey: PublicKey32, hash: Hash32, signature: Signature64) => boolean;

export type Epoch = {
  readonly number: number;
  readonly authorities: readonly PeerKey[];
  readonly machine: Machine;
  /** Are we one of the authorities? */
  readonly signs: boolean;
};

export function openEpoch(
  ledger: Ledger,
  ports: { readonly identity: Identity; readonly verify: VerifySignature; readonly deltaMs: number },
  journal: readonly Bytes[],
): Epoch {
  const { identity, verify, deltaMs } = ports;
  const head = ledger.head();
  const committee = committeeAfter(ledger.chainId, head, verify);
  const self = committee.authorities.findIndex((key) => equalBytes(key, identity.publicKey));
  const { blockIntervalMs } = parameters(head.view);
  const config = {
    ...committee,
    self: self < 0 ? undefined : self,
    root: ledger.epochRoot(),
    sign: identity.sign,
    timing: { deltaMs, blockIntervalMs },
  };
  const machine = createMachine(config, { floor: floorOf(ledger), journal });
  return { number: committee.epoch, authorities: committee.authorities, machine, signs: self >= 0 };
}

/** Who finalises the children of this state. */
export function committeeAfter(chainId: Hash32, state: State, verify: VerifySignature): Committee {
  const { header, view } = state;
  const epoch = sealsEpoch(header) ? header.epoch + 1 : header.epoch;
  return { chainId, epoch, authorities: [...authorities(view)].sort(compareBytes), verify };
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
