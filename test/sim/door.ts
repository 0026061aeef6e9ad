/**
 * The network port of one life of a node: what it sends is shown to the judge first, what reaches it passes through
 * its life. An adversary's disguise stands between the node and this door.
 */
import type { Bytes } from '../../core/bytes.ts';
import type { MemberAddress, Network, NetworkHandlers, PeerKey } from '../../core/ports.ts';
import { ignore, type Verdict } from '../../core/verdict.ts';
import type { Life } from './life.ts';

export type Watch = {
  /** Before a frame leaves. */
  sending(bytes: Bytes): void;
  /** After it has left: the moment to die between two sends. */
  sent(): void;
  /** The same after a question or a rumour. */
  asked(): void;
  /** What a member has answered. */
  answered(protocol: string, question: Bytes, answer: Bytes): void;
};

export class Door implements Network {
  readonly #inner: Network;
  readonly #life: Life;
  readonly #watch: Watch;

  constructor(inner: Network, life: Life, watch: Watch) {
    this.#inner = inner;
    this.#life = life;
    this.#watch = watch;
  }

  handle(handlers: NetworkHandlers): void {
    const life = this.#life;
    this.#inner.handle({
      frame: (from, bytes) => life.run(() => handlers.frame(from, bytes)),
      gossip: (topic, from, bytes) => this.#judged(() => handlers.gossip(topic, from, bytes)),
      request: (protocol, from, bytes) =>
        new Promise((resolve, reject) => {
          life.run(() => void life.bring(handlers.request(protocol, from, bytes)).then(resolve, reject));
        }),
      connected: (peer) => life.run(() => handlers.connected(peer)),
      disconnected: (peer) => life.run(() => handlers.disconnected(peer)),
    });
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  stop(): Promise<void> {
    return this.#inner.stop();
  }

  send(to: PeerKey, bytes: Bytes): void {
    if (!this.#life.alive) return;
    this.#watch.sending(bytes);
    this.#inner.send(to, bytes);
    this.#watch.sent();
  }

  publish(topic: string, bytes: Bytes): void {
    if (!this.#life.alive) return;
    this.#inner.publish(topic, bytes);
    this.#watch.asked();
  }

  request(to: PeerKey, protocol: string, bytes: Bytes): Promise<Bytes> {
    if (!this.#life.alive) return new Promise(() => {});
    const { asked, answered } = this.#watch;
    const answer = this.#life.bring(this.#inner.request(to, protocol, bytes));
    asked();
    return answer.then((given) => {
      answered(protocol, bytes, given);
      return given;
    });
  }

  peers(): readonly PeerKey[] {
    return this.#inner.peers();
  }

  setMembers(members: readonly MemberAddress[]): void {
    if (this.#life.alive) this.#inner.setMembers(members);
  }

  /** A dead node's verdict comes never, and whatever it throws is nobody's. */
  #judged(gossip: () => Verdict | Promise<Verdict>): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      this.#life.run(() => {
        Promise.resolve(gossip()).then(resolve, (error) => {
          if (this.#life.alive) reject(error);
          else resolve(ignore('transaction.known'));
        });
      });
    });
  }
}
