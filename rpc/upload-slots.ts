/**
 * Who is uploading now. The places of the archive are few, and an upload may last for hours. Keys that have paid have
 * places of their own, by key; strangers, which anybody can have as many of as he likes, have others, by key, address
 * and network. Where a bound is full, an upload that comes more slowly than a stated pace loses its place.
 */
import type { IncomingMessage } from 'node:http';
import { type Address, sourceAddress } from '../core/address.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { type Bound, type Holder, onceCrowded, Places } from '../core/places.ts';
import type { Clock } from '../core/ports.ts';
import type { PublicKey32 } from '../core/scalars.ts';
import { clientName, networkName } from './client-name.ts';

export type Uploader = {
  readonly key: PublicKey32;
  readonly from: Address | undefined;
  /** Somebody else's page may have sent it: such pages leave places to the reader who sits there. */
  readonly byPage: boolean;
  /** right.ts */
  readonly paid: boolean;
};

type Waiting = {
  readonly uploader: Uploader;
  readonly holder: Holder;
  answer(leave: Leave | undefined): void;
};
/** Gives the place back. */
type Leave = () => void;

/** How often it is looked whether one has become slow meanwhile. */
const LOOK_MS = 1_000;

export class UploadSlots {
  readonly #clock: Clock;
  readonly #places = new Places();
  /** In the order in which they came. */
  readonly #queue = new Set<Waiting>();
  readonly #placesInQueue = new Places();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whoever has paid waits for a while when there is no place; a stranger, who can be many, is told to come again.
   * @param gone - the sender has broken off. @returns undefined when there is none.
   */
  take(uploader: Uploader, holder: Holder, gone: AbortSignal): Promise<Leave | undefined> {
    const leave = this.#takeNow(uploader, holder);
    if (leave !== undefined || !uploader.paid) return Promise.resolve(leave);
    const inQueue = this.#placesInQueue.take(boundsInQueue(uploader), STAYS);
    if (inQueue === undefined) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<Leave | undefined>();
    const giveUp = (): void => waiting.answer(undefined);
    const cancel = this.#clock.after(limits.uploadWaitsMs, giveUp);
    gone.addEventListener('abort', giveUp);
    const waiting: Waiting = {
      uploader,
      holder,
      answer: (place) => {
        cancel();
        gone.removeEventListener('abort', giveUp);
        inQueue.leave();
        this.#queue.delete(waiting);
        resolve(place);
      },
    };
    this.#queue.add(waiting);
    this.#lookLater();
    return promise;
  }

  #takeNow(uploader: Uploader, holder: Holder): Leave | undefined {
    const place = this.#places.take(boundsOf(uploader), holder);
    if (place === undefined) return undefined;
    return () => {
      place.leave();
      this.#serve();
    };
  }

  #serve(): void {
    for (const waiting of this.#queue) {
      const leave = this.#takeNow(waiting.uploader, waiting.holder);
      if (leave !== undefined) waiting.answer(leave);
    }
  }

  #lookLater(): void {
    this.#cancel ??= this.#clock.after(LOOK_MS, () => {
      this.#cancel = undefined;
      this.#serve();
      if (this.#queue.size > 0) this.#lookLater();
    });
  }
}

/** Nobody waits for long. */
const STAYS = { slack: () => undefined, lost: () => undefined };

function boundsOf({ key, from, byPage, paid }: Uploader): readonly Bound[] {
  const own = { name: `key ${toHex(key)}`, max: limits.uploadsPerKeyMax };
  const network = networkName(from, false);
  if (paid) {
    const readers = { name: 'readers', max: limits.uploadsOfReadersMax };
    const here = { name: `readers in ${network}`, max: limits.uploadsOfReadersPerNetworkMax };
    return [own, readers, onceCrowded(readers, here)];
  }
  return [
    own,
    { name: 'strangers', max: limits.uploadsOfStrangersMax },
    { name: `address ${clientName(from, false)}`, max: limits.uploadsPerAddressMax },
    { name: `network ${network}`, max: limits.uploadsPerNetworkMax },
    ...(byPage ? [{ name: `pages in ${network}`, max: limits.uploadsOfPagesMax }] : []),
  ];
}

function boundsInQueue({ key, from }: Uploader): readonly Bound[] {
  const all = { name: 'all', max: limits.uploadsWaitingMax };
  const network = { name: `in ${networkName(from, false)}`, max: limits.uploadsWaitingPerNetworkMax };
  return [{ name: `key ${toHex(key)}`, max: limits.uploadsPerKeyMax }, all, onceCrowded(all, network)];
}

/** Where a request comes from; what stands in front of the API is not counted as one client when it tells more. */
export function clientOf(request: IncomingMessage, trustedProxies: number): Address | undefined {
  const header = trustedProxies === 0 ? undefined : request.headers['x-forwarded-for'];
  const forwarded = Array.isArray(header) ? header.join() : header;
  const { remoteAddress } = request.socket;
  return (
    sourceAddress(remoteAddress, forwarded, trustedProxies) ?? sourceAddress(remoteAddress, undefined, 0)
  );
}
