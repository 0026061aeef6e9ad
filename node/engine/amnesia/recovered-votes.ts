/**
 * @pure What others have kept for a node that has forgotten, on its way back into the journal: the certificate that
 * admits to the furthest view, and votes of ours in that view and above. Nothing that would contradict what stands
 * there: the journal of an honest authority never does (consensus/signer.ts).
 */
import { decodeRecord, encodeRecord, type JournalEntry } from '../../../consensus/journal-record.ts';
import type { Certificate, Vote } from '../../../consensus/messages.ts';
import type { Bytes } from '../../../core/bytes.ts';

export type RecoveredVotes = {
  readonly certificate: Certificate | undefined;
  readonly votes: readonly Vote[];
};
export type RecoveredRecord = { readonly view: number; readonly record: Bytes };

/** Where both were signed and shown to others, Nullify binds: nothing is lost by it, and the view can end. */
const ORDER = ['notarize', 'nullify', 'finalize'] as const;
const EXCLUDED = { notarize: undefined, nullify: 'finalize', finalize: 'nullify' } as const;

/** @param journal - its records. @returns what is to be added, in order. */
export function recordsOf(
  journal: readonly Bytes[],
  { certificate, votes }: RecoveredVotes,
): readonly RecoveredRecord[] {
  const held = new Set(journal.map(decodeRecord).filter(isVote).map(nameOf));
  const records: RecoveredRecord[] = [];
  if (certificate !== undefined) {
    records.push({ view: certificate.view, record: encodeRecord(certificate) });
  }
  for (const kind of ORDER) {
    for (const vote of votes.filter((one) => one.kind === kind)) {
      const excluded = EXCLUDED[kind];
      if (held.has(nameOf(vote))) continue;
      if (excluded !== undefined && held.has(nameOf({ ...vote, kind: excluded }))) continue;
      held.add(nameOf(vote));
      records.push({ view: vote.view, record: encodeRecord(vote) });
    }
  }
  return records;
}

function isVote(entry: JournalEntry): entry is Vote {
  return entry.kind === 'notarize' || entry.kind === 'nullify' || entry.kind === 'finalize';
}

function nameOf({ epoch, view, kind }: Pick<Vote, 'epoch' | 'view' | 'kind'>): string {
  return `${epoch}:${view}:${kind}`;
}
