/**
 * What comes in over the direct streams of peers, before anything of it is believed: pays for it from what the peer
 * has left, puts bodies aside, and hands on what claims to be a message of consensus. The other end of egress.ts.
 */
import type { Effect } from '../../consensus/effect.ts';
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, PeerKey } from '../../core/ports.ts';
import { Allowance } from '../peers/allowance.ts';
import type { Bodies } from './bodies.ts';
import { decodeFrame } from './frames.ts';

export class Ingress {
  readonly #bodies: Bodies;
  readonly #allowance: Allowance;

  constructor(ports: { readonly clock: Clock; readonly bodies: Bodies }) {
    this.#bodies = ports.bodies;
    const bounds = { perSecond: limits.framesPerPeerPerSecond, most: limits.framesPerPeerMax };
    this.#allowance = new Allowance(ports.clock, bounds);
  }

  /** @param isAuthority - only those have bodies to offer. @returns what may be a message of consensus. */
  open(from: PeerKey, bytes: Bytes, isAuthority: boolean): Bytes | undefined {
    if (!this.#allowance.take(from, 1)) return undefined;
    const frame = decodeFrame(bytes);
    if (frame?.kind === 'body' && isAuthority) this.#bodies.offer(from, frame.bytes);
    if (frame?.kind !== 'consensus' || frame.bytes.length > limits.consensusMessageBytesMax) return undefined;
    return frame.bytes;
  }

  /** Has this peer sent so much that is wrong that the rest is not looked at? */
  isSpent(from: PeerKey): boolean {
    return this.#allowance.left(from) < 0;
  }

  /** What came from it had these effects: each answer is encoded and sent. @param number - of this authority. */
  answered(from: PeerKey, effects: readonly Effect[], number: number): void {
    const answers = effects.filter((effect) => effect.kind === 'send' && effect.to === number);
    this.#allowance.charge(from, Math.floor(answers.length / limits.answersPerFrame));
  }

  /** What came from it was wrong, and looking at it cost signatures. */
  wrong(from: PeerKey): void {
    this.#allowance.charge(from, limits.frameWrongCost);
  }
}
