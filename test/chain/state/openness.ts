/** What outsiders may know of the state, space by space: the table of docs/decisions/salts.md. */
import type { SPACES } from '../../../chain/state/keys.ts';

export type Space = keyof typeof SPACES;
/** What outsiders may know of the entries of a space, but for those of accounts that the genesis names. */
type Openness =
  /** Where it lies and what it says: names no reader. */
  | 'open'
  /** Where it lies. */
  | 'place'
  | 'nothing';
export const OPENNESS: { readonly [S in Space]: Openness } = {
  account: 'place',
  file: 'open',
  bringing: 'place',
  purchase: 'nothing',
  receipt: 'nothing',
  sale: 'nothing',
  seen: 'place',
  seenQueue: 'open',
  seenMinute: 'place',
  proposal: 'open',
  proposalsOpen: 'open',
  member: 'open',
  memberKeys: 'open',
  billing: 'open',
  authorities: 'open',
  parameters: 'open',
  supply: 'place',
  upgrade: 'open',
  signals: 'open',
  dueQueue: 'open',
  due: 'open',
  figures: 'nothing',
  registrationsOfDay: 'open',
  keyBytesOfDay: 'nothing',
  nodeBytesOfDay: 'open',
  minting: 'nothing',
  card: 'nothing',
  lent: 'open',
};
