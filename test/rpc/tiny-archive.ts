/** The archive and the torrents behind their ports, in memory. Torrents are texts that say what they are for. */

import { checkFileName } from '../../chain/files/file-name.ts';
import { piecesRoot } from '../../client/pieces-root.ts';
import { type Bytes, concat, equalBytes, fromUtf8, toHex, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, InfoHash20, PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { TorrentFormat, Torrents } from '../../rpc/ports.ts';
import type { Announced, Archive, Received, SignedUpload, UploadStanding } from '../../rpc/upload-ports.ts';

/** What an upload says of a file. */
export type Described = {
  readonly hash: Hash32;
  readonly size: bigint;
  readonly name: string;
  readonly infoHashes: readonly InfoHash20[];
};

export class TinyArchive implements Archive, Torrents {
  readonly kept = new Map<string, Described>();
  /** By file and reader. */
  readonly #standings = new Map<string, UploadStanding>();
  /** Uploads that are neither settled nor discarded. */
  open = 0;
  full = false;
  othersAttest = true;
  /** What the node does with what it has read: puts it on its ledger. */
  submit: (described: Described, claim: SignedUpload) => Promise<Pick<UploadStanding, 'state' | 'code'>> =
    async () => ({
      state: 'waiting',
      code: undefined,
    });

  async receiveFile(bytes: AsyncIterable<Bytes>, announced: Announced): Promise<Verdict<Received>> {
    const { claim, name = 'nameless' } = announced;
    if (this.full) return reject('archive.full');
    const chunks: Bytes[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    const whole = concat(...chunks);
    const root = piecesRoot(whole);
    if (root === undefined) return reject('file.empty');
    if (!equalBytes(root, claim.hash)) return reject('file.wrong-hash');
    const size = BigInt(whole.length);
    if (claim.written !== undefined && claim.written.size !== size) return reject('upload.size-mismatch');
    const described = { hash: claim.hash, size, name, infoHashes: infoHashes(claim.hash, name) };
    return accept(this.#received(claim, described, () => this.submit(described, claim)));
  }

  /** "torrent <size> <name>". It stays as it is: nobody seeds it. */
  async receiveTorrent(bytes: Bytes, { claim }: Announced): Promise<Verdict<Received>> {
    const [word, size, name] = (fromUtf8(bytes) ?? '').split(' ');
    if (word !== 'torrent' || name === undefined) return reject('torrent.malformed');
    if (size === '0') return reject('file.empty');
    const named = checkFileName(name);
    if (named.kind !== 'accept') return named;
    const described = {
      hash: claim.hash,
      size: BigInt(size!),
      name,
      infoHashes: infoHashes(claim.hash, name),
    };
    return accept(this.#received(claim, described, async () => ({ state: 'fetching', code: undefined })));
  }

  standing(hash: Hash32, key: PublicKey32): UploadStanding | undefined {
    return this.#standings.get(toHex(concat(hash, key)));
  }

  async signAgain({ hash, key }: SignedUpload): Promise<UploadStanding | undefined> {
    return this.standing(hash, key);
  }

  async torrent(hash: Hash32, key: PublicKey32, format: TorrentFormat): Promise<Verdict<Bytes>> {
    if (!this.kept.has(toHex(hash))) return reject('torrent.unknown');
    return accept(utf8(`${format} torrent of ${toHex(hash)} for ${toHex(key)}`));
  }

  #received(
    { hash, key }: SignedUpload,
    described: Described,
    go: () => Promise<Pick<UploadStanding, 'state' | 'code'>>,
  ): Received {
    this.open += 1;
    return {
      outcome: async () => {
        const { name } = described;
        const standing = { ...(await go()), name, until: 2_000_000_000_000 };
        this.open -= 1;
        if (standing.state !== 'refused') this.kept.set(toHex(hash), described);
        this.#standings.set(toHex(concat(hash, key)), standing);
        return { ...standing, caused: true };
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
