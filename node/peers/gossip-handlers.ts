/**
 * Hears what members tell all. An account for each topic: whoever passes on a flood of one must not be the reason to
 * miss another. Knows not what is told: that is a row of the room whose affair it is.
 */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, PeerKey } from '../../core/ports.ts';
import { ignore, reject, type Verdict } from '../../core/verdict.ts';
import { Allowance } from './allowance.ts';
import type { GossipHandler } from './protocol.ts';

const BOUNDS = { perSecond: limits.gossipPerPeerPerSecond, most: limits.gossipPerPeerMax };

export class GossipHandlers {
  readonly #clock: Clock;
  readonly #rows = new Map<string, { readonly row: GossipHandler; readonly allowance: Allowance }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(row: GossipHandler): void {
    assert(!this.#rows.has(row.topic), 'one room hears a topic');
    this.#rows.set(row.topic, { row, allowance: new Allowance(this.#clock, BOUNDS) });
  }

  has(topic: string): boolean {
    return this.#rows.has(topic);
  }

  /** @returns reject("request.not-found") for what nobody hears here, ignore("gossip.too-much"), or what the room says. */
  receive(topic: string, from: PeerKey, bytes: Bytes): Verdict | Promise<Verdict> {
    const heard = this.#rows.get(topic);
    if (heard === undefined) return reject('request.not-found');
    const { row, allowance } = heard;
    if (row.cost > 0 && !allowance.take(from, row.cost)) return ignore('gossip.too-much');
    return row.receive(from, bytes);
  }
}
