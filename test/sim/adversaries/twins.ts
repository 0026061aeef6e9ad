/**
 * Two copies of one node with one key, each with its own disk, as after a careless restore: every other member
 * talks to one of them and believes that it is the only one (Twins: Bano et al., OPODIS 2021). Some hear both.
 */
import { type Bytes, toHex } from '../../../core/bytes.ts';
import type { MemberAddress, Network, NetworkHandlers, PeerKey } from '../../../core/ports.ts';
import type { Verdict } from '../../../core/verdict.ts';

/** The one line that both copies share. */
export class TwinLine {
  readonly #line: Network;
  readonly #sideOf: (peer: string) => number;
  readonly #handlers: NetworkHandlers[] = [];
  #started = false;

  /** @param sideOf - 0 or 1: whom a peer talks to. */
  constructor(line: Network, sideOf: (peer: string) => number) {
    this.#line = line;
    this.#sideOf = sideOf;
    line.handle({
      frame: (from, bytes) => this.#of(from)?.frame(from, bytes),
      gossip: (topic, from, bytes) => this.#gossip(topic, from, bytes),
      request: (protocol, from, bytes) => this.#of(from)!.request(protocol, from, bytes),
      connected: (peer) => this.#handlers.forEach((twin) => void twin.connected(peer)),
      disconnected: (peer) => this.#handlers.forEach((twin) => void twin.disconnected(peer)),
    });
  }

  /** The port of one copy. */
  port(side: number): Network {
    const line = this.#line;
    const talksTo = (peer: PeerKey): boolean => this.#sideOf(toHex(peer)) === side;
    return {
      handle: (handlers) => void this.#handlers.push(handlers),
      start: () => this.#start(),
      stop: async () => {},
      send: (to: PeerKey, bytes: Bytes) => talksTo(to) && line.send(to, bytes),
      publish: (topic, bytes) => line.publish(topic, bytes),
      request: (to, protocol, bytes) => line.request(to, protocol, bytes),
      peers: () => line.peers(),
      setMembers: (members: readonly MemberAddress[]) => line.setMembers(members),
    } as Network;
  }

  #of(peer: PeerKey): NetworkHandlers | undefined {
    return this.#handlers[this.#sideOf(toHex(peer))] ?? this.#handlers[0];
  }

  async #gossip(topic: string, from: PeerKey, bytes: Bytes): Promise<Verdict> {
    const verdicts = await Promise.all(this.#handlers.map((twin) => twin.gossip(topic, from, bytes)));
    return verdicts[0]!;
  }

  /** Both are open before the line is: the second one starts it. */
  async #start(): Promise<void> {
    if (this.#started || this.#handlers.length < 2) return;
    this.#started = true;
    await this.#line.start();
  }
}
