/**
 * Do the offers that a joiner compares belong to one chain? A certificate alone does not say so: whoever has got hold of
 * the keys that authorities once had can sign another history, and a joiner has nothing of its own to see it by.
 * What does not fit together is a fork, and both sides are its proof; what is not shown to fit is not believed.
 */
import { type Header, headerHash } from '../../../chain/block/block.ts';
import type { Genesis } from '../../../chain/block/genesis.ts';
import type { Committee } from '../../../consensus/config.ts';
import { type Bytes, compareBytes, equalBytes } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Network, PeerKey } from '../../../core/ports.ts';
import type { Hash32, Height } from '../../../core/scalars.ts';
import { partAt, verifyAlone } from '../../../light/fork.ts';
import type { Seal } from '../../../light/light-proof.ts';
import type { Run } from '../../../light/run.ts';
import { trustGenesis, type VerifySignature } from '../../../light/trusted.ts';
import { decodeRange, encodeRangeRequest } from '../../ledger/messages.ts';
import { RANGE_PROTOCOL, SNAPSHOT_PROTOCOL } from '../../peers/protocol-names.ts';
import { runOf } from '../block-taker.ts';
import type { ForkRecord } from '../fork-record.ts';
import { cut, NO_REST } from '../segments.ts';
import { decodeHeaders, encodeSnapshotRequest } from './protocol.ts';
import type { TrustedOffer } from './trust.ts';

type Ports = {
  readonly network: Pick<Network, 'request'>;
  readonly clock: Clock;
  readonly verify: VerifySignature;
};
export type Offered = { readonly peer: PeerKey; readonly offer: TrustedOffer };
type Place = { readonly height: Height; readonly hash: Hash32 };
/** "elsewhere": by what the member itself gives. "not shown": it may be so, and nobody who was asked tells. */
export type Standing = 'stands' | 'elsewhere' | 'not shown';
export type Relation = 'one chain' | 'not shown' | ForkRecord;

export class OneChain {
  readonly #ports: Ports;
  readonly #genesis: Genesis;

  constructor(ports: Ports, genesis: Genesis) {
    this.#ports = ports;
    this.#genesis = genesis;
  }

  /** Of two offers, in any order. */
  async compare(one: Offered, other: Offered): Promise<Relation> {
    const [lower, upper] = [one, other].sort((a, b) => heightOf(a.offer) - heightOf(b.offer)) as [
      Offered,
      Offered,
    ];
    const fork = sealedApart(lower.offer.seals, upper.offer.seals) ?? apart(finalRun(lower), finalRun(upper));
    if (fork !== undefined) return fork;
    if (equalBytes(lower.offer.hash, upper.offer.hash)) return 'one chain';
    // What each says of the other's height, with a certificate.
    const runs = await Promise.all([this.#runAt(upper.peer, lower), this.#runAt(lower.peer, upper)]);
    for (const [index, known] of [lower, upper].entries()) {
      const run = runs[index];
      const found = run && apart(finalRun(known), run);
      if (found !== undefined) return found;
    }
    // Beside each other: one of them may be slow.
    let isShown = false;
    const leading = [upper, lower].map(async ({ peer }) => {
      const standing = await this.#leads(peer, placeOf(lower.offer), placeOf(upper.offer), () => isShown);
      return standing === 'stands';
    });
    isShown = await anyOf(leading);
    return isShown ? 'one chain' : 'not shown';
  }

  /** Does the offer stand on this block, or is it this block? */
  async standsOn(place: Place, { peer, offer }: Offered): Promise<Standing> {
    if (place.height === heightOf(offer)) return equalBytes(place.hash, offer.hash) ? 'stands' : 'elsewhere';
    return this.#leads(peer, place, placeOf(offer));
  }

  /** Headers from one block to the other, each the parent of the next; the first block itself may be pruned. */
  async #leads(peer: PeerKey, from: Place, to: Place, isShown = () => false): Promise<Standing> {
    if (to.height - from.height > limits.snapshotLinkBlocksMax) return 'not shown';
    const { clock } = this.#ports;
    const since = clock.now();
    let at = from;
    while (at.height < to.height) {
      const headers = await this.#headers(peer, at.height + 1);
      const isLate = clock.now() - since > limits.snapshotLinkMs;
      if (headers.length === 0 || isLate || isShown()) return 'not shown';
      for (const header of headers) {
        if (header.height !== at.height + 1) return 'not shown';
        if (!equalBytes(header.parentHash, at.hash)) return at === from ? 'elsewhere' : 'not shown';
        at = { height: header.height, hash: headerHash(header) };
        if (at.height === to.height) break;
      }
    }
    return equalBytes(at.hash, to.hash) ? 'stands' : 'not shown';
  }

  async #headers(peer: PeerKey, from: Height): Promise<readonly Header[]> {
    const answer = await this.#request(
      peer,
      SNAPSHOT_PROTOCOL,
      encodeSnapshotRequest({ kind: 'headers', from }),
    );
    const headers = answer && decodeHeaders(answer);
    return headers?.kind === 'accept' ? headers.value : [];
  }

  /** The block that a member has at the height of an offer, up to the certificate that makes it final. */
  async #runAt(peer: PeerKey, { offer }: Offered): Promise<Run | undefined> {
    const height = heightOf(offer);
    const request = encodeRangeRequest({ from: height, count: limits.rangeBlocksMax });
    const answer = await this.#request(peer, RANGE_PROTOCOL, request);
    const range = answer && decodeRange(answer);
    const found = range?.kind === 'accept' ? cut(NO_REST, height, range.value) : undefined;
    const [segment] = found?.kind === 'accept' ? found.value.segments : [];
    if (segment === undefined) return undefined;
    const run = runOf(segment);
    const verdict = verifyAlone(run, (epoch) => this.#committeeOf(epoch, offer.seals));
    return verdict.kind === 'accept' ? run : undefined;
  }

  #committeeOf(epoch: number, seals: readonly Seal[]): Committee | undefined {
    const authorities = epoch === 0 ? this.#genesis.authorities : seals[epoch - 1]?.authorities;
    if (authorities === undefined) return undefined;
    const sorted = [...authorities].sort(compareBytes);
    const { chainId } = trustGenesis(this.#genesis).header;
    return { chainId, epoch, authorities: sorted, verify: this.#ports.verify };
  }

  async #request(peer: PeerKey, protocol: string, bytes: Bytes): Promise<Bytes | undefined> {
    try {
      return await this.#ports.network.request(peer, protocol, bytes);
    } catch (error) {
      if (error instanceof Fault && error.code.startsWith('network.')) return undefined;
      throw error;
    }
  }
}

/** As soon as one holds; else when all are known. */
function anyOf(answers: readonly Promise<boolean>[]): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  for (const answer of answers) answer.then((holds) => holds && resolve(true), reject);
  Promise.all(answers).then(() => resolve(false), reject);
  return promise;
}

/** Both were verified (trust.ts), from genesis on: the first epoch that they end otherwise. */
export function sealedApart(one: readonly Seal[], other: readonly Seal[]): ForkRecord | undefined {
  for (let epoch = 0; epoch < Math.min(one.length, other.length); epoch++) {
    const fork = apart(sealRun(one[epoch]!), sealRun(other[epoch]!));
    if (fork !== undefined) return fork;
  }
  return undefined;
}

function apart(first: Run, second: Run): ForkRecord | undefined {
  const height = partAt(first, second);
  return height === undefined ? undefined : { height, first, second };
}

function sealRun({ header, finalization }: Seal): Run {
  return { headers: [header], finalization };
}

function finalRun({ offer }: Offered): Run {
  return { headers: [offer.block.header], finalization: offer.finalization };
}

function placeOf(offer: TrustedOffer): Place {
  return { height: heightOf(offer), hash: offer.hash };
}

function heightOf({ block }: TrustedOffer): Height {
  return block.header.height;
}
