/**
 * What leaves for the other authorities: held back until the tick that asked for it is durable, then sent in order.
 * A proposal goes with its body, the body first.
 */
import { encodeMessage, type Message } from '../../consensus/messages.ts';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import type { Network, PeerKey } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { encodeOffer } from './bodies.ts';
import { encodeFrame } from './frames.ts';

type Ports = {
  readonly network: Network;
  readonly self: PeerKey;
  /** The encoded block of this hash, unless it is final already: who lacks it then asks. */
  body(hash: Hash32): Bytes | undefined;
};

export class Egress {
  readonly #ports: Ports;
  #waiting: { readonly to: PeerKey; readonly frame: Bytes }[] = [];

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  broadcast(authorities: readonly PeerKey[], message: Message): void {
    const others = authorities.filter((key) => !equalBytes(key, this.#ports.self));
    if (message.kind === 'proposal') {
      const { hash } = message.block;
      const body = this.#ports.body(hash);
      if (body !== undefined) this.#put(others, encodeFrame('body', encodeOffer(hash, body)));
    }
    this.#put(others, encodeFrame('consensus', encodeMessage(message)));
  }

  send(to: PeerKey, message: Message): void {
    this.#put([to], encodeFrame('consensus', encodeMessage(message)));
  }

  /** What is put in from now on belongs to the next tick. @returns sends what was put in until now. */
  seal(): () => void {
    const sealed = this.#waiting;
    this.#waiting = [];
    return () => {
      for (const { to, frame } of sealed) this.#ports.network.send(to, frame);
    };
  }

  #put(to: readonly PeerKey[], frame: Bytes): void {
    for (const key of to) this.#waiting.push({ to: key, frame });
  }
}
