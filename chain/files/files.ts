/**
 * What the state says about files, in two entries of each hash: a public one that can be proved to anybody and names
 * no reader, and a private one that says who brings and who brought it, and which libraries have said that they hold
 * it. No rule lives here.
 */
import { assert } from '../../core/assert.ts';
import { equalBytes } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import type {
  Hash32,
  Height,
  InfoHash20,
  PublicKey32,
  Tokens,
  UnixMs,
  UnixSeconds,
} from '../../core/scalars.ts';
import { bringingKey, fileKey } from '../state/keys.ts';
import type { Draft, Integer, StateView } from '../state/state.ts';

/** A file that is available, or taken down, or both. */
export type FileEntry = {
  readonly takenDown: boolean;
  /** Undefined until enough libraries have attested it. */
  readonly available: Available | undefined;
};
export type Available = {
  readonly size: Tokens;
  readonly name: string;
  readonly infoHashes: readonly InfoHash20[];
  /** Has the reader signed size and name? If not, the name is the word of the library that sponsored the upload. */
  readonly nameSigned: boolean;
  /** Of the block that made it available. */
  readonly height: Height;
};

export function fileEntry(view: StateView, hash: Hash32): FileEntry | undefined {
  const bytes = view.get(fileKey(hash));
  if (bytes === undefined) return undefined;
  const [takenDown, stored] =
    decodeOwn<[boolean, [Integer, string, InfoHash20[], boolean, Height] | null]>(bytes);
  if (stored === null) return { takenDown, available: undefined };
  const [size, name, infoHashes, nameSigned, height] = stored;
  return { takenDown, available: { size: BigInt(size), name, infoHashes, nameSigned, height } };
}

/** An entry that says nothing goes. */
export function putFileEntry(draft: Draft, hash: Hash32, { takenDown, available }: FileEntry): void {
  if (!takenDown && available === undefined) {
    draft.delete(fileKey(hash));
    return;
  }
  const stored = available && [
    available.size,
    available.name,
    available.infoHashes,
    available.nameSigned,
    available.height,
  ];
  draft.put(fileKey(hash), encode([takenDown, stored ?? null]));
}

/** Who brings a file and who brought it. */
export type Bringing = {
  /** Stands in the entry so that nobody guesses the rest, as long as the entry lives; undefined: there is none. */
  readonly salt: Hash32 | undefined;
  /** Who was credited for it: defined when the file is available. */
  readonly uploader: PublicKey32 | undefined;
  /** In the order in which they came, one of each sponsor, no two that say the same. */
  readonly pending: readonly PendingUpload[];
  /** One of each member at most: what it said last. */
  readonly attestations: readonly Attestation[];
};
export type PendingUpload = {
  readonly key: PublicKey32;
  readonly size: Tokens;
  readonly name: string;
  /** As the sponsor said. */
  readonly infoHashes: readonly InfoHash20[];
  readonly sponsor: PublicKey32;
  readonly nameSigned: boolean;
  /** Time of the block that holds it. */
  readonly since: UnixMs;
};
export type Attestation = {
  readonly node: PublicKey32;
  /** Whose pending upload it speaks of: a sponsor has one a file. When that is over, this goes with it. */
  readonly sponsor: PublicKey32;
  /** As the member signed it: of two words the one with the later end is the later one. */
  readonly expires: UnixSeconds;
};

const NOTHING: Bringing = { salt: undefined, uploader: undefined, pending: [], attestations: [] };

/** Who was credited for the available file. */
export function uploaderOf(view: StateView, hash: Hash32): PublicKey32 | undefined {
  return bringing(view, hash, 0).uploader;
}

/** Without what is over at this time: a pending upload after limits.uploadPendingMs, and what was attested of it. */
export function bringing(view: StateView, hash: Hash32, time: UnixMs): Bringing {
  const bytes = view.get(bringingKey(hash));
  if (bytes === undefined) return NOTHING;
  const [salt, uploader, storedPending, storedAttestations] =
    decodeOwn<[Hash32, PublicKey32 | null, StoredPending[], StoredAttestation[]]>(bytes);
  const pending = storedPending.map(readPending).filter(({ since }) => time <= pendingUntil(since));
  const attestations = storedAttestations
    .map(([node, sponsor, expires]) => ({ node, sponsor, expires }))
    .filter((one) => uploader !== null || pending.some(({ sponsor }) => equalBytes(sponsor, one.sponsor)));
  return { salt, uploader: uploader ?? undefined, pending, attestations };
}

/** An entry that says nothing goes. */
export function putBringing(draft: Draft, hash: Hash32, entry: Bringing): void {
  const { salt, uploader, pending, attestations } = entry;
  const key = bringingKey(hash);
  if (uploader === undefined && pending.length === 0) {
    draft.delete(key);
    return;
  }
  assert(salt !== undefined, 'an upload has brought the salt');
  draft.put(
    key,
    encode([
      salt,
      uploader ?? null,
      pending.map((one) => [
        one.key,
        one.size,
        one.name,
        one.infoHashes,
        one.sponsor,
        one.nameSigned,
        one.since,
      ]),
      attestations.map((one) => [one.node, one.sponsor, one.expires]),
    ]),
  );
}

/** What one says of a file who brings it, or who has read it. Two that say the same in all of it say the same. */
export type Saying = Pick<PendingUpload, 'key' | 'size' | 'name' | 'infoHashes'>;

/** Info hashes alone would not do: that they fit a name and a size is a sponsor's word until somebody has read the bytes. */
export function saysTheSame(a: Saying, b: Saying): boolean {
  return (
    equalBytes(a.key, b.key) &&
    a.size === b.size &&
    a.name === b.name &&
    a.infoHashes.length === b.infoHashes.length &&
    a.infoHashes.every((infoHash, index) => equalBytes(infoHash, b.infoHashes[index]!))
  );
}

/** The last moment at which an upload of then is pending. */
export function pendingUntil(since: UnixMs): UnixMs {
  return since + limits.uploadPendingMs;
}

/** Writes the entry anew without what is over. */
export function forgetUploads(draft: Draft, hash: Hash32, time: UnixMs): void {
  putBringing(draft, hash, bringing(draft, hash, time));
}

type StoredPending = readonly [
  key: PublicKey32,
  size: Integer,
  name: string,
  infoHashes: InfoHash20[],
  sponsor: PublicKey32,
  nameSigned: boolean,
  since: UnixMs,
];

type StoredAttestation = readonly [node: PublicKey32, sponsor: PublicKey32, expires: UnixSeconds];

function readPending([
  key,
  size,
  name,
  infoHashes,
  sponsor,
  nameSigned,
  since,
]: StoredPending): PendingUpload {
  return { key, size: BigInt(size), name, infoHashes, sponsor, nameSigned, since };
}
