/**
 * How far a join by snapshot has come, in the store itself: every chunk is written in one batch with the progress
 * that it makes, so that a crash loses both or neither. While there is a record the store holds no ledger that could
 * be opened.
 */
import { assert } from '../../../core/assert.ts';
import type { Bytes } from '../../../core/bytes.ts';
import { decodeOwn, encode } from '../../../core/codec.ts';
import type { MemberAddress, PeerKey, Store, StoreWrite } from '../../../core/ports.ts';
import type { Height } from '../../../core/scalars.ts';
import { metaKey } from '../../../store/keyspaces.ts';
import type { Path } from './pages.ts';
import { decodeOffer, type Offer } from './protocol.ts';

/** Kept when it has come to `until`: what it lacked has come as blocks. Left for a state above `over` alone. */
export type KeptLedger = { readonly until: Height; readonly over: Height };
export type JoinRecord =
  /** No state is chosen yet; one at or below `above` would be a step back. `ledger`: there is one to be kept. */
  | { readonly phase: 'wanted'; readonly above: Height; readonly ledger?: KeptLedger }
  /** What an earlier attempt has left is being thrown away. */
  | { readonly phase: 'clearing'; readonly above: Height; readonly peer: PeerKey }
  | {
      readonly phase: 'pages';
      readonly above: Height;
      readonly peer: PeerKey;
      readonly path: Path;
      readonly leaves: number;
    }
  | {
      readonly phase: 'entries';
      readonly above: Height;
      readonly peer: PeerKey;
      readonly from: Bytes;
      readonly leaves: number;
      readonly entries: number;
    };

const RECORD = metaKey('join');
const OFFER = metaKey('join-offer');
const MEMBERS = metaKey('join-members');

export function readJoinRecord(store: Pick<Store, 'get'>): JoinRecord | undefined {
  const bytes = store.get(RECORD);
  if (bytes === undefined) return undefined;
  const record = decodeOwn<never>(bytes) as JoinRecord & { readonly path: Bytes };
  return record.phase === 'pages' ? { ...record, path: [...record.path] } : record;
}

export function joinRecordWrite(record: JoinRecord): StoreWrite {
  const stored = record.phase === 'pages' ? { ...record, path: Uint8Array.from(record.path) } : record;
  return { type: 'put', key: RECORD, value: encode(stored) };
}

/** The block whose state is being fetched, with its certificate: verified before it was written. */
export function readJoinOffer(store: Pick<Store, 'get'>): Offer {
  const bytes = store.get(OFFER);
  const offer = bytes && decodeOffer(bytes);
  assert(offer?.kind === 'accept', 'a join that has begun has an offer');
  return offer.value;
}

export function joinOfferWrite(answer: Bytes): StoreWrite {
  return { type: 'put', key: OFFER, value: answer };
}

/** Whom the library knew when a state was wanted: the genesis may be older than all who are left. */
export function joinMembersWrite(members: readonly MemberAddress[]): StoreWrite {
  const rows = members.map(({ key, addresses }) => [key, addresses] as const);
  return { type: 'put', key: MEMBERS, value: encode(rows) };
}

export function readJoinMembers(store: Pick<Store, 'get'>): readonly MemberAddress[] {
  const bytes = store.get(MEMBERS);
  const rows = bytes === undefined ? [] : decodeOwn<[PeerKey, string[]][]>(bytes);
  return rows.map(([key, addresses]) => ({ key, addresses }));
}

export function joinEndWrites(): StoreWrite[] {
  return [
    { type: 'del', key: RECORD },
    { type: 'del', key: OFFER },
    { type: 'del', key: MEMBERS },
  ];
}
