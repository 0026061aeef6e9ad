/**
 * What a node keeps for ever of two histories that exclude each other: where they part, and both sides with their
 * certificates, so that anybody who knows the authorities can judge (light/fork.ts). While nobody has said which one is
 * right, the node does not start.
 */

import type { Bytes } from '../../core/bytes.ts';
import { toHex } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { Fault } from '../../core/fault.ts';
import type { Store, StoreWrite } from '../../core/ports.ts';
import type { Height } from '../../core/scalars.ts';
import type { Checkpoint } from '../../light/checkpoint.ts';
import { decodeRun, encodeRun, namesOf } from '../../light/fork.ts';
import type { Run } from '../../light/run.ts';
import { metaKey } from '../../store/keyspaces.ts';

export type ForkRecord = {
  /** The lowest height at which they are known to exclude each other. */
  readonly height: Height;
  /** Ours, or of the first of two members; undefined when our own block is pruned. */
  readonly first: Run | undefined;
  readonly second: Run;
};

const FORK = metaKey('fork');

export function forkWrite({ height, first, second }: ForkRecord): StoreWrite {
  const value = encode([height, first === undefined ? null : encodeRun(first), encodeRun(second)]);
  return { type: 'put', key: FORK, value };
}

export function readFork(store: Pick<Store, 'get'>): ForkRecord | undefined {
  const bytes = store.get(FORK);
  if (bytes === undefined) return undefined;
  const [height, first, second] = decodeOwn<[Height, Bytes | null, Bytes]>(bytes);
  const record = { height, first: first === null ? undefined : own(first), second: own(second)! };
  return record;
}

/** A person has said which side is right: what our chain says at the checkpoint is looked at elsewhere. */
export function isDecided(height: Height, checkpoint: Checkpoint | undefined): boolean {
  return checkpoint !== undefined && checkpoint.height >= height;
}

/** @returns what ends the node, for the person who has to act. */
export function forked({ height, first, second }: ForkRecord): Fault {
  const [one, two] = [first, second].map((run) => {
    if (run === undefined) return 'ours';
    const last = run.headers.at(-1)!;
    return `${toHex(namesOf(run).get(height) ?? run.finalization.hash)} (final by block ${last.height})`;
  });
  return new Fault(
    'ledger.forked',
    `two final blocks exclude each other at height ${height}: ${one} and ${two}. More authorities than the federation ` +
      'bears have signed both, or somebody has their keys. Nothing is believed until a person decides: ask the other ' +
      `operators which is right, and start with --checkpoint <height>:<hash> of block ${height} or a later one; a home ` +
      'that is on the other side, or has not come to that block, begins anew. ' +
      'Both certificates are kept: digitallib show-fork',
  );
}

/** What `show-fork` prints. */
export function forkJson({ height, first, second }: ForkRecord): Readonly<Record<string, unknown>> {
  const side = (run: Run | undefined) =>
    run && {
      hash: toHex(namesOf(run).get(height) ?? run.finalization.hash),
      finalisedHeight: run.headers.at(-1)!.height,
      epoch: run.finalization.epoch,
      view: run.finalization.view,
      signers: toHex(run.finalization.signers),
      proof: toHex(encodeRun(run)),
    };
  return { height, first: side(first) ?? null, second: side(second) };
}

function own(bytes: Bytes): Run {
  const run = decodeRun(bytes);
  if (run.kind !== 'accept') throw new Fault('store.failed', 'The evidence of a fork cannot be read.');
  return run.value;
}
