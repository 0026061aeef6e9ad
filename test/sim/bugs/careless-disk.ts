/** Planted bugs between a node and its disk. Each is what some project has really shipped. */
import { SPACES } from '../../../chain/state/keys.ts';
import type { StoreWrite } from '../../../core/ports.ts';
import { KEYSPACES } from '../../../store/keyspaces.ts';
import { isJournalRecord } from '../judge-disk.ts';
import type { Wrap } from '../node.ts';

/** Votes leave while the journal is still on its way to the disk. */
export const sendsBeforePersisting: Wrap = {
  store: (inner) => ({
    ...inner,
    write(batch, options) {
      const written = inner.write(batch, options);
      const movesHead = batch.some(({ key }) => key[0] === KEYSPACES.meta);
      return movesHead || !batch.some(({ key }) => isJournalRecord(key)) ? written : Promise.resolve();
    },
  }),
};

/** Everything is written, nothing is synced. */
export const neverSyncs: Wrap = {
  store: (inner) => ({ ...inner, write: (batch) => inner.write(batch, { sync: false }) }),
};

/** The journal is there after a restart, and nobody reads it; nor is there a witness to notice. */
export const forgetsItsJournal: Wrap = {
  ports: (ports) => ({ ...ports, watermark: undefined }),
  store: (inner) => ({
    ...inner,
    range: async (range) => (range.from[0] === KEYSPACES.journal ? [] : inner.range(range)),
  }),
};

/** Votes that are in one batch with a final block never reach the disk. */
export const losesVotesInCommits: Wrap = {
  store: (inner) => ({ ...inner, write: (batch, options) => inner.write(withoutVotes(batch), options) }),
};

function withoutVotes(batch: readonly StoreWrite[]): readonly StoreWrite[] {
  const commits = batch.some(({ type, key }) => type === 'put' && key[0] === KEYSPACES.height);
  return commits ? batch.filter(({ key }) => !isJournalRecord(key)) : batch;
}

/** One account gets a token with every block that touches it. */
export const mintsInSecret: Wrap = {
  store: (inner) => ({
    ...inner,
    write: (batch, options) => inner.write(batch.map(enriched), options),
  }),
};

/** Figures begin with the number of tokens, as a CBOR integer of up to two bytes: 0x19 and two bytes. */
function enriched(write: StoreWrite): StoreWrite {
  const isAccount = write.key[0] === KEYSPACES.state && write.key[1] === SPACES.figures;
  if (write.type !== 'put' || !isAccount || write.value[1] !== 0x19) return write;
  const value = write.value.slice();
  value[3]! ^= 1;
  return { ...write, value };
}
