/**
 * Who has read the bytes of a file that is brought, and can show it. A sponsor says by its signature that it holds them;
 * before another library adds its word, the sponsor shows what only the bytes give: the SHA-1 of each piece. To a library
 * that has none of it, it gives the metainfo; to one that has, a hash over it that is good for this question only.
 *
 * So nobody who has sponsored an upload is given a metainfo of that file before the file is available: it has said that
 * it holds the bytes, and would show to the others what it was given just now. (As a member it may still fetch the bytes:
 * docs/decisions/uploads-and-rights.md, What remains.)
 */
import { file, pendingUploads } from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { type Bytes, concat, equalBytes, utf8 } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import type { Network, PeerKey, Random } from '../../core/ports.ts';
import type { Hash32, InfoHash20, PublicKey32, UnixMs } from '../../core/scalars.ts';
import { decodeMetainfo, infoHashes, type Metainfo } from '../../torrent/metainfo.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { orRefuse, type RequestHandler } from '../peers/protocol.ts';
import { HOLDS_PROTOCOL, METAINFO_PROTOCOL } from '../peers/protocol-names.ts';
import {
  decodeHash,
  decodeHoldsQuestion,
  encodeHoldsQuestion,
  HOLDS_NONCE_BYTES,
  type HoldsQuestion,
} from './messages.ts';
import type { MetainfoStore } from './metainfo-store.ts';

type Ports = {
  readonly ledger: Pick<Ledger, 'head' | 'genesis'>;
  readonly network: Pick<Network, 'request'>;
  readonly random: Random;
  readonly metainfos: Pick<MetainfoStore, 'get' | 'encoded'>;
  readonly self: PublicKey32;
};
/** What a pending upload says of a file. */
export type Said = {
  readonly sponsor: PublicKey32;
  readonly size: bigint;
  readonly name: string;
  readonly infoHashes: readonly InfoHash20[];
};

const HOLDS = utf8('digitallib/holds/1');
const NOTHING = new Uint8Array(0);

export class Holding {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** What members ask of files; an empty answer: there is none. */
  get protocols(): readonly RequestHandler[] {
    const costBytes = limits.answerCostBytes;
    return [
      {
        ...{ request: METAINFO_PROTOCOL, costBytes },
        answer: (from, question) => this.#metainfo(from, orRefuse(decodeHash(question))),
      },
      {
        ...{ request: HOLDS_PROTOCOL, costBytes },
        answer: (from, question) => this.#proof(from, orRefuse(decodeHoldsQuestion(question))),
      },
    ];
  }

  /** Of a file that this library has read: does the sponsor hold it as well? False when it does not answer, too. */
  async isHeldBy(sponsor: PeerKey, metainfo: Metainfo): Promise<boolean> {
    const { random, self } = this.#ports;
    const nonce = random.bytes(HOLDS_NONCE_BYTES);
    const question = encodeHoldsQuestion({ hash: metainfo.hash, nonce });
    const answer = await this.#ask(sponsor, HOLDS_PROTOCOL, question);
    const proof = answer && decodeHash(answer);
    if (proof?.kind !== 'accept') return false;
    return equalBytes(proof.value, proofOf(metainfo, { prover: sponsor, asker: self, nonce }));
  }

  /**
   * From the sponsor itself. Not to be kept: only that it fits what the sponsor says is known of it, not that it fits
   * the bytes. @returns undefined when it gives none that fits.
   */
  async metainfoOf(hash: Hash32, said: Said): Promise<Metainfo | undefined> {
    const bytes = await this.#ask(said.sponsor, METAINFO_PROTOCOL, hash);
    const metainfo = bytes && decodeMetainfo(bytes);
    if (metainfo?.kind !== 'accept' || !equalBytes(metainfo.value.hash, hash)) return undefined;
    return this.fits(metainfo.value, said) ? metainfo.value : undefined;
  }

  /** Does an upload say of the file what this metainfo says? */
  fits(
    metainfo: Metainfo,
    { size, name, infoHashes: wanted }: Pick<Said, 'size' | 'name' | 'infoHashes'>,
  ): boolean {
    if (BigInt(metainfo.size) !== size) return false;
    const { announced } = infoHashes({ ...metainfo, name }, this.#ports.ledger.genesis.name);
    return announced.every((own, index) => equalBytes(own, wanted[index]!));
  }

  #metainfo(asker: PeerKey, hash: Hash32): Bytes {
    return this.#mayLearn(hash, asker) ? (this.#ports.metainfos.encoded(hash) ?? NOTHING) : NOTHING;
  }

  #proof(asker: PeerKey, { hash, nonce }: HoldsQuestion): Bytes {
    const { metainfos, self } = this.#ports;
    const metainfo = metainfos.get(hash);
    return metainfo === undefined ? NOTHING : proofOf(metainfo, { prover: self, asker, nonce });
  }

  #mayLearn(hash: Hash32, member: PublicKey32): boolean {
    const { view, header } = this.#ports.ledger.head();
    if (file(view, hash) !== undefined) return true;
    // Before anything of it is on the ledger, nobody has to attest it.
    const isBrought = pendingUploads(view, hash, header.time).length > 0;
    return isBrought && !saysItHolds(view, hash, member, header.time);
  }

  async #ask(peer: PeerKey, protocol: string, request: Bytes): Promise<Bytes | undefined> {
    try {
      return await this.#ports.network.request(peer, protocol, request);
    } catch (error) {
      if (error instanceof Fault) return undefined; // out of reach
      throw error;
    }
  }
}

/** Has this member sponsored an upload of the file, which is not available yet? Then nobody gives it any of it. */
function saysItHolds(view: StateView, hash: Hash32, member: PublicKey32, time: UnixMs): boolean {
  return pendingUploads(view, hash, time).some(({ sponsor }) => equalBytes(sponsor, member));
}

/** @returns 32 bytes that nobody can make for another prover or asker, or from the proof of another moment. */
function proofOf(
  { hash, pieces }: Metainfo,
  {
    prover,
    asker,
    nonce,
  }: { readonly prover: PublicKey32; readonly asker: PublicKey32; readonly nonce: Bytes },
): Bytes {
  return sha256(concat(HOLDS, prover, asker, nonce, hash, pieces));
}
