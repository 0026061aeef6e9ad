/**
 * attest: a member says "I hold these bytes, and of this size and under this name they hash to this". When enough
 * members say so of one pending upload, the file becomes available as it says, and its reader is credited its size, once
 * for every file. It is said of an upload that says exactly the same, whoever sponsored it and in whatever order they came.
 *
 * A member has one attestation a file, the one it made last: who attests the earlier of two uploads takes back what
 * it said for the other, so that two libraries that were brought the same book at once do not wait for each other. Its
 * words stand on the ledger for everybody to copy: none happens twice (chain/transaction/seen.ts), and none that it gave before the
 * one that stands counts after it.
 */
import { equalBytes } from '../../core/bytes.ts';
import { accept, ignore, reject, type Verdict } from '../../core/verdict.ts';
import { isMember, parameters } from '../federation/federation.ts';
import { fileName, hash, infoHashes, member, once, reader, type Transacted, tokens } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Change, Rule, RuleContext } from '../kind/rule.ts';
import type { StateView } from '../state/state.ts';
import { makeAvailable } from './available.ts';
import {
  type Attestation,
  type Bringing,
  bringing,
  fileEntry,
  type PendingUpload,
  putBringing,
  saysTheSame,
} from './files.ts';

const fields = {
  hash,
  size: tokens,
  name: fileName,
  uploader: reader,
  /** As in an upload. */
  infoHashes,
  node: member,
  ...once,
};
export type Attest = Transacted<'attest', typeof fields>;

/**
 * @returns reject("member.unknown" | "upload.unknown" | "file.taken-down" | "attest.superseded" | "amount.too-much"),
 * ignore("attest.already-known") also when the file is available already.
 */
const rule: Rule<Attest> = (view, transaction, context) => {
  const { hash, size, name, uploader, infoHashes, node, expires } = transaction;
  if (!isMember(view, node)) return reject('member.unknown');
  const file = fileEntry(view, hash);
  const known = bringing(view, hash, context.time);
  const saying = { key: uploader, size, name, infoHashes };
  const upload = known.pending.find((one) => saysTheSame(one, saying));
  if (upload === undefined && file?.available === undefined) return reject('upload.unknown');
  if (file?.takenDown) return reject('file.taken-down');
  if (upload === undefined || file?.available !== undefined) return ignore('attest.already-known');
  return attestUpload(view, { hash, known, upload, node, expires }, context);
};

export const attest = declareKind({
  kind: 'attest',
  since: 1,
  fields,
  signer: 'node',
  events: ['attested', 'available'],
  rule,
});

/** What a member says of an upload that is pending. */
type Attested = Pick<Attest, 'hash' | 'node' | 'expires'> & {
  /** As it is without this attestation. */
  readonly known: Bringing;
  /** One of its pending uploads. */
  readonly upload: PendingUpload;
};

/** @returns reject("attest.superseded" | "amount.too-much"), ignore("attest.already-known"). */
export function attestUpload(
  view: StateView,
  { hash, known, upload, node, expires }: Attested,
  context: RuleContext,
): Verdict<Change> {
  const { key: uploader, sponsor } = upload;
  const isOf = (one: Attestation): boolean => equalBytes(one.sponsor, sponsor);
  const own: Attestation = { node, sponsor, expires };
  const before = known.attestations.find((one) => equalBytes(one.node, node));
  if (before !== undefined && expires < before.expires) return reject('attest.superseded');
  const others = known.attestations.filter((one) => one !== before);
  const attestations = before !== undefined && isOf(before) ? known.attestations : [...others, own];
  const equal = attestations.filter(isOf);
  const enough = equal.filter((one) => isMember(view, one.node)).length >= parameters(view).attestations;
  // A repeat is of use only when fewer attestations are asked for than when the last one came.
  if (!enough && attestations === known.attestations) return ignore('attest.already-known');
  if (!enough) {
    return accept((draft) => {
      putBringing(draft, hash, { ...known, attestations });
      return [{ kind: 'attested', hash, uploader, node }];
    });
  }
  const available = makeAvailable(view, hash, { ...upload, attestations: equal, salt: known.salt }, context);
  if (available.kind !== 'accept') return available;
  return accept((draft) => [{ kind: 'attested', hash, uploader, node }, ...available.value(draft)]);
}
