/** Says again what was said before, by whomever, to whomever, out of time. */
import type { Bytes } from '../../../core/bytes.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { Disguise } from './disguise.ts';

const REMEMBERED = 400;
const SHARE = 0.3;

export class Replayer extends Disguise {
  #heard: Bytes[] = [];

  override hear(from: PeerKey, bytes: Bytes, pass: (bytes: Bytes) => void): void {
    this.#remember(bytes);
    pass(bytes);
    this.#replay(from);
  }

  override send(to: PeerKey, bytes: Bytes): void {
    this.#remember(bytes);
    super.send(to, bytes);
  }

  #remember(bytes: Bytes): void {
    const { random } = this.node;
    if (this.#heard.length < REMEMBERED) this.#heard.push(bytes);
    else if (random.chance(SHARE)) this.#heard[random.below(REMEMBERED)] = bytes;
  }

  #replay(to: PeerKey): void {
    const { random } = this.node;
    if (!random.chance(SHARE)) return;
    this.node.coverage.count('replays');
    const peers = this.peers();
    this.inner.send(
      random.chance(0.5) || peers.length === 0 ? to : random.pick(peers),
      random.pick(this.#heard),
    );
  }
}
