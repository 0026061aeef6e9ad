/**
 * What this library knows of how to make torrents of a file, whether it holds the bytes or not. A metainfo that
 * is not here is asked of the other members and checked against the ledger: under the name that the file has
 * there it must give the info hashes that it has there.
 */
import { LRUCache } from 'lru-cache';
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { Clock, Network, PeerKey, Store } from '../../core/ports.ts';
import type { Hash32, InfoHash20 } from '../../core/scalars.ts';
import { metainfoKey } from '../../store/keyspaces.ts';
import { decodeMetainfo, encodeMetainfo, infoHashes, type Metainfo } from '../../torrent/metainfo.ts';
import { firstAnswer } from '../peers/first-answer.ts';
import { METAINFO_PROTOCOL } from '../peers/protocol-names.ts';

type Ports = {
  readonly store: Store;
  readonly network: Network;
  readonly clock: Clock;
  readonly federation: string;
};
/** What the ledger says of a file. */
export type OnLedger = { readonly name: string; readonly infoHashes: readonly InfoHash20[] };

const CACHED_MAX = 256;

export class MetainfoStore {
  readonly #ports: Ports;
  readonly #cache = new LRUCache<string, Metainfo>({ max: CACHED_MAX });
  /** One search per file at a time, however many readers wait for it. */
  readonly #searches = new Map<string, Promise<Metainfo | undefined>>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get(hash: Hash32): Metainfo | undefined {
    const cached = this.#cache.get(toHex(hash));
    if (cached !== undefined) return cached;
    const bytes = this.#ports.store.get(metainfoKey(hash, 0));
    if (bytes === undefined) return undefined;
    const metainfo = decodeMetainfo(bytes);
    assert(metainfo.kind === 'accept', 'a stored metainfo decodes');
    this.#cache.set(toHex(hash), metainfo.value);
    return metainfo.value;
  }

  /** For other members that ask. */
  encoded(hash: Hash32): Bytes | undefined {
    return this.#ports.store.get(metainfoKey(hash, 0)); // as it was written: to fold its layer takes milliseconds
  }

  async put(metainfo: Metainfo): Promise<void> {
    const key = metainfoKey(metainfo.hash, 0);
    await this.#ports.store.write([{ type: 'put', key, value: encodeMetainfo(metainfo) }], { sync: true });
    this.#cache.set(toHex(metainfo.hash), metainfo);
  }

  /** From here, or from the first member that gives it. @returns undefined when nobody has. */
  async obtain(hash: Hash32, onLedger: OnLedger): Promise<Metainfo | undefined> {
    const here = this.get(hash);
    if (here !== undefined) return here;
    const name = toHex(hash);
    const search =
      this.#searches.get(name) ?? this.#search(hash, onLedger).finally(() => this.#searches.delete(name));
    this.#searches.set(name, search);
    return search;
  }

  async #search(hash: Hash32, onLedger: OnLedger): Promise<Metainfo | undefined> {
    const { clock, network } = this.#ports;
    const metainfo = await firstAnswer(clock, network.peers(), (peer) => this.#request(peer, hash, onLedger))
      .answer;
    if (metainfo !== undefined) await this.put(metainfo);
    return metainfo;
  }

  async #request(peer: PeerKey, hash: Hash32, onLedger: OnLedger): Promise<Metainfo | undefined> {
    try {
      const metainfo = decodeMetainfo(await this.#ports.network.request(peer, METAINFO_PROTOCOL, hash));
      const fits = metainfo.kind === 'accept' && this.#fits(hash, metainfo.value, onLedger);
      return fits ? metainfo.value : undefined;
    } catch (error) {
      if (error instanceof Fault) return undefined; // out of reach: another member may have it
      throw error;
    }
  }

  #fits(hash: Hash32, metainfo: Metainfo, { name, infoHashes: wanted }: OnLedger): boolean {
    if (!equalBytes(metainfo.hash, hash)) return false;
    const { announced } = infoHashes({ ...metainfo, name }, this.#ports.federation);
    return wanted.every((infoHash) => announced.some((own) => equalBytes(own, infoHash)));
  }
}
