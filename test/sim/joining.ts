/**
 * What a node does before it opens while it wants a state (node/sync/snapshot/join-stage.ts, over simulated ports), and what
 * the judge hears of it.
 */
import type { Genesis } from '../../chain/block/genesis.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import type { StoreWrite } from '../../core/ports.ts';
import { ignore } from '../../core/verdict.ts';
import { KnownPeers } from '../../node/peers/known-peers.ts';
import { SNAPSHOT_PROTOCOL } from '../../node/peers/protocol-names.ts';
import { type JoinPorts, SnapshotJoin } from '../../node/sync/snapshot/join.ts';
import { readJoinMembers, readJoinOffer, readJoinRecord } from '../../node/sync/snapshot/join-record.ts';
import { decodeSnapshotRequest } from '../../node/sync/snapshot/protocol.ts';
import { fromBigEndian, metaKey } from '../../store/keyspaces.ts';
import type { Leaving } from './judge-memory.ts';

const BASE = metaKey('base');

/** Resolves when the store holds a ledger. The network is started here, and stopped by whoever made it. */
export async function joinByState(ports: JoinPorts, genesis: Genesis): Promise<boolean> {
  const { store, network } = ports;
  const latest = readJoinMembers(store);
  network.handle({
    frame() {},
    gossip: () => ignore('transaction.known'),
    request: async () => new Uint8Array(0),
    connected() {},
    disconnected() {},
  });
  network.setMembers(new KnownPeers([]).beside(latest.length > 0 ? latest : genesis.members));
  await network.start();
  return new SnapshotJoin(ports, genesis).run();
}

/** @returns the lowest block that is kept from this batch on. */
export function baseIn(batch: readonly StoreWrite[]): number | undefined {
  const base = valueIn(batch, BASE);
  return base && fromBigEndian(base);
}

/** @returns undefined when no ledger is thrown away with this batch. */
export function leavingIn(batch: readonly StoreWrite[]): Leaving | undefined {
  const written = { get: (key: Bytes) => valueIn(batch, key) };
  const record = readJoinRecord(written);
  if (record?.phase !== 'clearing') return undefined;
  const { block, finalization } = readJoinOffer(written);
  return { above: record.above, offered: block.header.height, block: toHex(finalization.hash) };
}

/** @returns the hash, in hex, of the block whose state begins with this answer. */
export function openedIn(protocol: string, question: Bytes, answer: Bytes): string | undefined {
  if (protocol !== SNAPSHOT_PROTOCOL || answer.length === 0) return undefined;
  const request = decodeSnapshotRequest(question);
  const isFirst =
    request.kind === 'accept' && request.value.kind === 'pages' && request.value.path.length === 0;
  return isFirst ? toHex(request.value.block) : undefined;
}

function valueIn(batch: readonly StoreWrite[], key: Bytes): Bytes | undefined {
  const write = batch.find((one) => equalBytes(one.key, key));
  return write?.type === 'put' ? write.value : undefined;
}
