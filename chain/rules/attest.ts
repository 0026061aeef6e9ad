/**
 * attest: a member says "I hold these bytes and they hash to this". When enough members say the same info hashes for
 * one reader's upload, the file becomes available and the reader is credited its size, once for every file.
 *
 * A member has one attestation a file, the one it made last: who attests the earlier of two uploads takes back what
 * it said for the other, so that two libraries that were brought the same book at once do not wait for each other.
 */
import { equalBytes } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import { accept, ignore, reject, type Verdict } from '../../core/verdict.ts';
import { makeAvailable } from '../credit.ts';
import { isMember, parameters } from '../federation.ts';
import {
  type Attestation,
  type Bringing,
  bringing,
  fileEntry,
  type PendingUpload,
  putBringing,
} from '../files.ts';
import type { Change, Rule, RuleContext } from '../rule.ts';
import type { StateView } from '../state.ts';
import type { Attest } from '../transaction.ts';

/**
 * @returns reject("member.unknown" | "upload.unknown" | "file.taken-down" | "amount.too-much"),
 * ignore("attest.already-known") also when the file is available already.
 */
export const attest: Rule<Attest> = (view, { hash, uploader, infoHashes, node }, context) => {
  if (!isMember(view, node)) return reject('member.unknown');
  const file = fileEntry(view, hash);
  const known = bringing(view, hash, context.time);
  const upload = known.pending.find(({ key }) => equalBytes(key, uploader));
  if (upload === undefined && file?.available === undefined) return reject('upload.unknown');
  if (file?.takenDown) return reject('file.taken-down');
  if (upload === undefined || file?.available !== undefined) return ignore('attest.already-known');
  return attestUpload(view, { hash, known, upload, infoHashes, node }, context);
};

/** What a member says of an upload that is pending. */
type Saying = Pick<Attest, 'hash' | 'infoHashes' | 'node'> & {
  /** As it is without this attestation. */
  readonly known: Bringing;
  /** One of its pending uploads. */
  readonly upload: PendingUpload;
};

/** @returns reject("amount.too-much"), ignore("attest.already-known"). */
export function attestUpload(
  view: StateView,
  { hash, known, upload, infoHashes, node }: Saying,
  context: RuleContext,
): Verdict<Change> {
  const uploader = upload.key;
  const own: Attestation = { node, uploader, digest: sha256(encode(infoHashes)) };
  const before = known.attestations.find((one) => equalBytes(one.node, node));
  const others = known.attestations.filter((one) => one !== before);
  const attestations = before !== undefined && isSame(before, own) ? known.attestations : [...others, own];
  const equal = attestations.filter((one) => isSame(one, own));
  const enough = equal.filter((one) => isMember(view, one.node)).length >= parameters(view).attestations;
  // A repeat is of use only when fewer attestations are asked for than when the last one came.
  if (!enough && attestations === known.attestations) return ignore('attest.already-known');
  if (!enough) {
    return accept((draft) => {
      putBringing(draft, hash, { ...known, attestations });
      return [{ kind: 'attested', hash, uploader, node }];
    });
  }
  const available = makeAvailable(
    view,
    hash,
    { ...upload, infoHashes, attestations: equal, salt: known.salt },
    context,
  );
  if (available.kind !== 'accept') return available;
  return accept((draft) => [{ kind: 'attested', hash, uploader, node }, ...available.value(draft)]);
}

/** The same info hashes for the same reader's upload. */
function isSame(a: Attestation, b: Attestation): boolean {
  return equalBytes(a.uploader, b.uploader) && equalBytes(a.digest, b.digest);
}
