/** The archive and the torrents behind their ports, in memory. Torrents are texts that say what they are for. */

import { piecesRoot } from '../../client/pieces-root.ts';
import { type Bytes, concat, equalBytes, fromUtf8, toHex, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, InfoHash20, PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Announced, Archive, Described, Received, TorrentFormat, Torrents } from '../../rpc/ports.ts';

export class TinyArchive implements Archive, Torrents {
  readonly kept = new Map<string, Described>();
  /** By file and reader. */
  readonly #brought = new Map<string, Described>();
  /** Uploads that are neither kept nor discarded. */
  open = 0;
  full = false;
  /** What the node does with what is kept. */
  onKept: (described: Described, uploader: PublicKey32) => Promise<void> = async () => undefined;

  async receiveFile(bytes: AsyncIterable<Bytes>, announced: Announced): Promise<Verdict<Received>> {
    if (this.full) return reject('archive.full');
    const chunks: Bytes[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    const whole = concat(...chunks);
    const root = piecesRoot(whole);
    if (root === undefined || !equalBytes(root, announced.hash)) return reject('file.wrong-hash');
    return accept(this.#received(announced, whole.length, announced.name ?? 'nameless'));
  }

  /** "torrent <size> <name>". */
  async receiveTorrent(bytes: Bytes, announced: Announced): Promise<Verdict<Received>> {
    const [word, size, name] = (fromUtf8(bytes) ?? '').split(' ');
    if (word !== 'torrent' || name === undefined) return reject('torrent.malformed');
    return accept(this.#received(announced, Number(size), name));
  }

  async known(hash: Hash32, key: PublicKey32): Promise<Described | undefined> {
    return this.#brought.get(toHex(concat(hash, key)));
  }

  async torrent(hash: Hash32, key: PublicKey32, format: TorrentFormat): Promise<Verdict<Bytes>> {
    if (!this.kept.has(toHex(hash))) return reject('torrent.unknown');
    return accept(utf8(`${format} torrent of ${toHex(hash)} for ${toHex(key)}`));
  }

  #received({ hash, key }: Announced, size: number, name: string): Received {
    this.open += 1;
    const described = { hash, size: BigInt(size), name, infoHashes: infoHashes(hash, name) };
    return {
      ...described,
      keep: async () => {
        this.open -= 1;
        this.kept.set(toHex(hash), described);
        this.#brought.set(toHex(concat(hash, key)), described);
        await this.onKept(described, key);
      },
      discard: async () => {
        this.open -= 1;
      },
    };
  }
}

function infoHashes(hash: Hash32, name: string): InfoHash20[] {
  return ['v1', 'v2', 'hybrid v1', 'hybrid v2'].map((format) =>
    sha256(concat(hash, utf8(format + name))).slice(0, 20),
  );
}
