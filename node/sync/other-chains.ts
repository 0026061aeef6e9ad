/** Until a library has come to its checkpoint, whoever has another block there is not followed to it. */
import { decodeBlock, headerHash } from '../../chain/block/block.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Network, PeerKey } from '../../core/ports.ts';
import { decodeRange, encodeRangeRequest } from '../ledger/messages.ts';
import { RANGE_PROTOCOL } from '../peers/protocol-names.ts';
import type { CheckpointWatch } from './checkpoint-watch.ts';
import { reached } from './range-fetcher.ts';

type Ports = {
  readonly network: Network;
  readonly clock: Clock;
  readonly checkpoint: Pick<CheckpointWatch, 'ahead' | 'isContradicted'>;
};

/** @returns whom not to ask: who has another block there, and who has not answered in time. */
export async function onOtherChains({ network, clock, checkpoint }: Ports): Promise<readonly PeerKey[]> {
  if (checkpoint.ahead === undefined) return [];
  const { height } = checkpoint.ahead;
  const request = encodeRangeRequest({ from: height, count: 1 });
  const elsewhere: PeerKey[] = [];
  const silent = new Map(network.peers().map((peer) => [toHex(peer), peer]));
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  let patient = true;
  const cancel = clock.after(limits.rangePatienceMs, () => {
    patient = false;
    if (silent.size < all.length) resolve();
  });
  const all = network.peers().map(async (peer) => {
    const range = await reached(async () =>
      decodeRange(await network.request(peer, RANGE_PROTOCOL, request)),
    );
    silent.delete(toHex(peer));
    if (!patient) resolve();
    const block = range?.kind === 'accept' && range.value[0] ? decodeBlock(range.value[0].block) : undefined;
    if (block?.kind !== 'accept') return;
    const { header } = block.value;
    if (checkpoint.isContradicted(peer, header.height, headerHash(header))) elsewhere.push(peer);
  });
  // What a silent one has there nobody knows; it is asked in the next run, and keeps this one no longer.
  await Promise.race([Promise.all(all), enough]).finally(cancel);
  return [...elsewhere, ...silent.values()];
}
