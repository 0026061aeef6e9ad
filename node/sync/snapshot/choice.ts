/**
 * Of which member a joiner takes its state: asks in rounds (offers.ts), believes what seals and certificates show
 * (trust.ts), wants one chain (one-chain.ts) that fits what the operator has heard (checkpoint-fit.ts), and remembers whose
 * state was of no use.
 */
import type { Genesis } from '../../../chain/block/genesis.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import type { Code } from '../../../core/codes.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log, Network, PeerKey, Store } from '../../../core/ports.ts';
import type { Height } from '../../../core/scalars.ts';
import { accept, type Ignore, type Reject, reject, type Verdict } from '../../../core/verdict.ts';
import type { Checkpoint } from '../../../light/checkpoint.ts';
import type { VerifySignature } from '../../../light/trusted.ts';
import { readSeals } from '../../ledger/seals.ts';
import { type ForkRecord, forked, forkWrite, isDecided } from '../fork-record.ts';
import { reached } from '../range-fetcher.ts';
import { fitsCheckpoint } from './checkpoint-fit.ts';
import { OfferRound } from './offers.ts';
import { type Offered, OneChain, sealedApart } from './one-chain.ts';
import { askForOffer } from './trust.ts';

type Ports = {
  readonly store: Store;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly verify: VerifySignature;
  readonly checkpoint?: Checkpoint | undefined;
};
type Asked = Pick<Network, 'request'>;

/** More than there ever are. */
const EPOCHS_MAX = 1_000_000;
const UNSHOWN =
  'nobody has kept what leads from --checkpoint to the states that are offered, so that nobody can tell whether they stand on it: ask an operator whom you know for a checkpoint of today, or connect to a library that keeps all blocks';

export class StateChoice {
  readonly #ports: Ports;
  readonly #genesis: Genesis;
  /** Members whose snapshot was wrong, has gone, or came too slowly: until all are in here. */
  readonly #refused = new Set<string>();
  /** Who is asked last in the next round, hex: whom this one waited for, or, if it was in vain, whoever was asked. */
  #last: ReadonlySet<string> = new Set();
  /** So many are asked for an offer at once. */
  #atOnce: number = limits.askedAtOnceMax;
  #round: OfferRound | undefined;
  /** Whether somebody offers what nobody shows to stand on the checkpoint, and whether the operator was told. */
  #unshown: 'seen' | 'said' | undefined;
  #stopped = false;

  constructor(ports: Ports, genesis: Genesis) {
    this.#ports = ports;
    this.#genesis = genesis;
  }

  /** The operator was told that he can do something about it. */
  get isUnshown(): boolean {
    return this.#unshown === 'said';
  }

  stop(): void {
    this.#stopped = true;
    this.#round?.stop();
  }

  /**
   * The newest that some members offer: an old state is as true as a new one, and would have to be left again. All that
   * are compared should be one chain. When they are not shown to be, everybody is asked, and most voices count.
   *
   * @param above - a state at this height or below it would be a step back. @throws Fault("ledger.forked").
   */
  async best(above: Height): Promise<Offered | undefined> {
    const { network, clock, log } = this.#ports;
    const peers = await this.#inOrder();
    const round = new OfferRound(
      {
        ...{ network, clock },
        offer: (peer, asked) => this.#offerOf(peer, above, asked),
        compare: (one, other, asked) => this.#chain(asked).compare(one, other),
        forked: (record) => this.#stopAt(record),
      },
      { genesis: this.#genesis, above, peers, atOnce: this.#atOnce },
    );
    this.#round = round;
    if (this.#stopped) return undefined;
    const { best, others } = (await round.run()).chosen();
    if (this.#stopped) return undefined;
    this.#last = best === undefined ? round.asked : round.silent;
    // Where nobody has answered our own line may be the slow one.
    const isMute = round.asked.size > 0 && round.silent.size === round.asked.size;
    this.#atOnce = (isMute ? this.#atOnce >> 1 : 0) || limits.askedAtOnceMax;
    for (const { peer } of others) {
      const code: Code = 'proof.unavailable';
      const why = 'not shown to be of the chain that most offer: it may have pruned what leads there';
      log.warn('snapshot not taken', { peer: toHex(peer), code, why });
    }
    return best;
  }

  /** Nobody has anything to offer, some because they join themselves: everybody is asked again. */
  wasVain(): void {
    this.#refused.clear();
    // Nobody has done anything wrong: it is the operator who can do something.
    if (this.#unshown !== 'seen') return;
    this.#unshown = 'said';
    const code: Code = 'checkpoint.not-shown';
    this.#ports.log.warn(UNSHOWN, { code, height: this.#ports.checkpoint?.height });
  }

  refuse(peer: PeerKey, verdict: Ignore | Reject): void {
    this.leave(peer);
    if (verdict.code === 'checkpoint.not-shown') {
      this.#unshown ??= 'seen'; // no fault of its own
      return;
    }
    const why = verdict.kind === 'reject' ? verdict.detail : undefined;
    this.#ports.log.warn('snapshot refused', { peer: toHex(peer), code: verdict.code, why });
  }

  /** Another one is asked, as long as there is one. */
  leave(peer: PeerKey): void {
    this.#refused.add(toHex(peer));
  }

  hasAnotherThan(peer: PeerKey): boolean {
    return this.#notRefused().some((other) => !equalBytes(other, peer));
  }

  #notRefused(): PeerKey[] {
    return this.#ports.network.peers().filter((peer) => !this.#refused.has(toHex(peer)));
  }

  /** Authorities first, as far as is known here: of the others any number may be silent. */
  async #inOrder(): Promise<readonly PeerKey[]> {
    const latest = (await readSeals(this.#ports.store, 0, EPOCHS_MAX)).at(-1);
    const authorities = new Set((latest ?? this.#genesis).authorities.map(toHex));
    const rank = (name: string): number => (this.#last.has(name) ? 2 : 0) + (authorities.has(name) ? 0 : 1);
    return this.#notRefused().sort((a, b) => rank(toHex(a)) - rank(toHex(b)));
  }

  async #offerOf(peer: PeerKey, above: Height, network: Asked): Promise<Offered | 'nothing' | 'silent'> {
    const ports = { network, verify: this.#ports.verify };
    const offer = await reached(
      async () => (await askForOffer(ports, this.#genesis, peer, above)) ?? 'nothing',
    );
    if (this.#stopped || offer === undefined) return 'silent';
    if (offer === 'nothing') return offer;
    const verdict = offer.kind === 'accept' ? await this.#fits({ peer, offer: offer.value }, network) : offer;
    if (verdict.kind === 'accept') return verdict.value;
    this.refuse(peer, verdict);
    return 'nothing';
  }

  /** What the operator knows, and what this node knew already, comes first. */
  async #fits(offered: Offered, network: Asked): Promise<Verdict<Offered>> {
    const { store, checkpoint } = this.#ports;
    const { offer } = offered;
    const sealed = sealedApart(await readSeals(store, 0, offer.seals.length), offer.seals);
    if (sealed !== undefined) {
      await this.#stopAt(sealed);
      return reject('block.other-chain', 'an epoch of our own chain ends otherwise');
    }
    if (checkpoint === undefined || checkpoint.height === 0) return accept(offered);
    return fitsCheckpoint({ store, checkpoint, chain: this.#chain(network) }, offered);
  }

  #chain(network: Asked): OneChain {
    const { clock, verify } = this.#ports;
    return new OneChain({ network, clock, verify }, this.#genesis);
  }

  /** @throws Fault("ledger.forked"), unless the operator has decided: then it is only left. */
  async #stopAt(record: ForkRecord): Promise<void> {
    const { store, log, checkpoint } = this.#ports;
    if (this.#stopped || isDecided(record.height, checkpoint)) return;
    log.error('two final blocks exclude each other', { height: record.height });
    await store.write([forkWrite(record)], { sync: true });
    throw forked(record);
  }
}
