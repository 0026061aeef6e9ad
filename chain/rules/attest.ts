/**
 * attest: a member says "I hold these bytes and they hash to this". When enough distinct members have attested the
 * same info hashes for one reader's upload, the file becomes available and the reader is credited its size, once
 * for every file. The first upload to get there wins; attestations of others change nothing any more.
 */
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { makeAvailable } from '../credit.ts';
import { isMember, parameters } from '../federation.ts';
import { fileEntry, putUploadEntry, uploadEntry } from '../records.ts';
import type { Change, Rule } from '../rule.ts';
import type { Attest } from '../transaction.ts';

/**
 * @returns reject("member.unknown" | "upload.unknown" | "file.taken-down" | "amount.too-much"),
 * ignore("attest.already-known") also when the file is available already.
 */
export const attest: Rule<Attest> = (view, { hash, uploader, infoHashes, node }, context) => {
  if (!isMember(view, node)) return reject('member.unknown');
  const entry = uploadEntry(view, hash, uploader);
  if (entry === undefined) return reject('upload.unknown');
  const file = fileEntry(view, hash);
  if (file?.takenDown) return reject('file.taken-down');
  if (file?.available !== undefined) return ignore('attest.already-known');

  const digest = sha256(encode(infoHashes));
  const own = entry.attestations.find((attestation) => equalBytes(attestation.node, node));
  const attestations = own === undefined ? [...entry.attestations, { node, digest }] : entry.attestations;
  const count = attestations.filter(
    (one) => equalBytes(one.digest, digest) && isMember(view, one.node),
  ).length;
  const enough = count >= parameters(view).attestations && isFor(own, digest);
  // A repeat is of use only when fewer attestations are asked for than when the last one came.
  if (own !== undefined && !enough) return ignore('attest.already-known');

  const record: Change = (draft) => {
    putUploadEntry(draft, hash, uploader, { ...entry, attestations });
    return own === undefined ? [{ kind: 'attested', hash, uploader, node }] : [];
  };
  if (!enough) return accept(record);
  const { size, name } = entry;
  const available = makeAvailable(view, hash, { size, name, infoHashes, uploader }, context);
  if (available.kind !== 'accept') return available;
  return accept((draft) => [...record(draft), ...available.value(draft)]);
};

/** A member speaks once: what it said first counts. */
function isFor(own: { readonly digest: Bytes } | undefined, digest: Bytes): boolean {
  return own === undefined || equalBytes(own.digest, digest);
}
