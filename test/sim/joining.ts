/** What a node does before it opens while it wants a state: node/sync/snapshot/join-stage.ts, over simulated ports. */
import type { Genesis } from '../../chain/block/genesis.ts';
import { ignore } from '../../core/verdict.ts';
import { KnownPeers } from '../../node/peers/known-peers.ts';
import { type JoinPorts, SnapshotJoin } from '../../node/sync/snapshot/join.ts';
import { readJoinMembers } from '../../node/sync/snapshot/join-record.ts';

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
