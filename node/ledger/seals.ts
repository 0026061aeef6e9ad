/**
 * The ends of epochs as a node keeps them: one a seal, for ever, whatever else is pruned. Joiners and outsiders
 * follow the sets of authorities along them, from genesis to now.
 */
import { sealsEpoch } from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import { authorities } from '../../chain/queries.ts';
import type { StateWrite } from '../../chain/state/state.ts';
import { decodeMessage } from '../../consensus/messages.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, compareBytes, equalBytes } from '../../core/bytes.ts';
import type { Store, StoreWrite } from '../../core/ports.ts';
import { decodeSeal, encodeSeal, type Seal } from '../../light/light-proof.ts';
import { prefixRange, sealKey } from '../../store/keyspaces.ts';

/** What a final block adds to them: nothing, or the seal that it is. @param certificate - of this very block. */
export function sealWrites(
  { block, writes }: Pick<Executed, 'block' | 'writes'>,
  certificate: Bytes | undefined,
): StoreWrite[] {
  const { header } = block;
  if (!sealsEpoch(header)) return [];
  assert(certificate !== undefined, 'the block that ends an epoch has a certificate of its own');
  const message = decodeMessage(certificate);
  assert(message.kind === 'accept' && message.value.kind === 'finalization', 'a certificate decodes');
  const keys = [...authorities({ get: (key) => valueIn(writes, key) })].sort(compareBytes);
  return [sealWrite({ header, finalization: message.value, authorities: keys })];
}

export function sealWrite(seal: Seal): StoreWrite {
  return { type: 'put', key: sealKey(seal.header.epoch), value: encodeSeal(seal) };
}

/** Those of the epochs from `from` on, in order. */
export async function readSeals(
  store: Pick<Store, 'range'>,
  from: number,
  count: number,
): Promise<readonly Seal[]> {
  const { to } = prefixRange(sealKey(0).subarray(0, 1));
  const rows = await store.range({ from: sealKey(from), to, limit: count });
  return rows.map(([, bytes]) => own(bytes));
}

/** Of the epoch before this one. */
export function sealBefore(store: Pick<Store, 'get'>, epoch: number): Seal | undefined {
  const bytes = epoch === 0 ? undefined : store.get(sealKey(epoch - 1));
  return bytes && own(bytes);
}

function own(bytes: Bytes): Seal {
  const seal = decodeSeal(bytes);
  assert(seal.kind === 'accept', 'a stored seal decodes');
  return seal.value;
}

function valueIn(writes: readonly StateWrite[], key: Bytes): Bytes | undefined {
  return writes.find((write) => equalBytes(write.key, key))?.value;
}
