/**
 * Passes as they come: each is opened once and kept (cache.ts), and to open one its signature is verified in the event
 * loop. The keys of members are public, so that anybody can make up passes that are wrong only there; so verifying is paid
 * for, and whoever has used up what he may, comes back later. What is known costs nothing.
 */
import { type Address, clientAddressOf, clientNetworkOf } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import type { PublicKey32, UnixMs } from '../../core/scalars.ts';
import { type Payer, SharedBucket } from '../../core/shared-bucket.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { PassCache } from './cache.ts';
import { open, type Pass } from './pass.ts';

export class PassOpener {
  readonly #chainId: string;
  readonly #isMember: (key: PublicKey32) => boolean;
  readonly #cache = new PassCache(limits.passCacheMax);
  readonly #shared = new SharedBucket({
    own: { perSecond: limits.passesOwnPerSecond, most: limits.passesOwnMax },
    network: { perSecond: 2 * limits.passesOwnPerSecond, most: 2 * limits.passesOwnMax },
    beyond: { perSecond: limits.passesBeyondPerSecond, most: limits.passesBeyondMax },
    shared: { perSecond: limits.passesSharedPerSecond, most: limits.passesSharedMax },
  });

  /** @param chainId - 64 hex characters. @param isMember - now. */
  constructor(chainId: string, isMember: (key: PublicKey32) => boolean) {
    this.#chainId = chainId;
    this.#isMember = isMember;
  }

  /**
   * @param from - undefined: nobody knows where it comes from; they all are one.
   * @returns reject("pass.missing" | "pass.malformed" | "pass.expired" | "pass.forged" | "tracker.full").
   */
  open(text: string, from: Address | undefined, now: UnixMs): Verdict<Pass> {
    if (text === '') return reject('pass.missing');
    const cached = this.#cache.get(text);
    if (cached !== undefined) return accept(cached);
    const mayVerify = () => this.#shared.pay(payerAt(from), 1, now);
    const opened = open(text, this.#chainId, now, this.#isMember, mayVerify);
    if (opened.kind !== 'accept') return opened;
    this.#cache.put(text, opened.value);
    return opened;
  }
}

function payerAt(from: Address | undefined): Payer {
  if (from === undefined) return { client: '', network: '', hasOwn: true };
  return { client: clientAddressOf(from), network: clientNetworkOf(from), hasOwn: true };
}
