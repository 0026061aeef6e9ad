/**
 * Places for fetches of what readers bring. Keys that have paid have places of their own, by key; strangers, of which
 * anybody can have as many as he likes, have others, by network. Where a bound is full, a fetch of which next to nothing
 * comes loses its place to the one that asks. The same rule as for uploads in the body of a request (rpc/upload-slots.ts).
 */
import { networkOfClientAddress } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { Pace } from '../../core/pace.ts';
import { type Bound, type Holder, onceCrowded } from '../../core/places.ts';
import type { Clock } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import type { Running } from './download.ts';

export type Bringer = {
  readonly key: PublicKey32;
  /** From where it was announced: core/address.ts, clientAddressOf. */
  readonly address: string;
  /** Has this key paid, with bytes brought or bought? */
  readonly paid: boolean;
  /** Nothing of the claim has been fetched yet. */
  readonly isFirst?: boolean;
};

export function boundsOf({ key, address, paid }: Bringer): readonly Bound[] {
  const own = { name: `key ${toHex(key)}`, max: limits.broughtPerKeyMax };
  const network = networkOfClientAddress(address);
  if (paid) {
    const readers = { name: 'readers', max: limits.broughtOfReadersMax };
    const here = { name: `readers in ${network}`, max: limits.broughtOfReadersPerNetworkMax };
    return [own, readers, onceCrowded(readers, here)];
  }
  return [
    own,
    { name: 'strangers', max: limits.broughtOfStrangersMax },
    { name: `network ${network}`, max: limits.broughtPerNetworkMax },
  ];
}

/** Bytes a second. */
const PACE_MIN = (limits.fetchTurnBytesMin * 1_000) / limits.fetchTurnMs;

export class BroughtSlot implements Holder {
  readonly #clock: Clock;
  readonly #pace: Pace;
  #running: Running | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pace = new Pace(limits.fetchTurnMs, clock.now());
  }

  readonly begun = (running: Running): void => {
    this.#running = running;
  };

  /** undefined: it is fast enough, or all has come and is read now. */
  slack(): number | undefined {
    const received = this.#running?.received();
    if (received === undefined) return undefined;
    const speed = this.#pace.read(this.#clock.now(), received);
    return speed !== undefined && speed < PACE_MIN ? -speed : undefined;
  }

  lost(): void {
    this.#running?.lose();
  }
}
