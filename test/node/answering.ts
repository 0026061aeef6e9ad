/** A member that answers what it is asked, and does nothing else: frames and gossip are lost on it. */
import type { Bytes } from '../../core/bytes.ts';
import type { MemberAddress, Network } from '../../core/ports.ts';
import type { MemoryHub } from '../../network/memory.ts';
import { PROTOCOLS, TOPICS } from '../../node/peers/protocol-names.ts';
import { keyOf } from '../chain/world.ts';

/** @param members - whom it lets in. @returns its network, which has started. */
export async function answering(
  hub: MemoryHub,
  name: string,
  members: readonly MemberAddress[],
  answer: (protocol: string, question: Bytes) => Promise<Bytes>,
): Promise<Network> {
  const network = hub.network(keyOf(name), { topics: TOPICS, protocols: PROTOCOLS, members });
  network.handle({
    frame() {},
    gossip: () => ({ kind: 'ignore', code: 'transaction.known' }),
    request: (protocol, _from, question) => answer(protocol, question),
    connected() {},
    disconnected() {},
  });
  await network.start();
  return network;
}
