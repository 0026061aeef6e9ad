/** What the fields of calls are for, by their names: one word means one thing, whichever call has it. */
import type { CALLS, CallName } from './calls.ts';
import type { LIVE_CALLS, LiveCallName } from './subscriptions.ts';

export type FieldName =
  | { [N in CallName]: keyof (typeof CALLS)[N]['fields']['shape'] }[CallName]
  | { [N in LiveCallName]: keyof (typeof LIVE_CALLS)[N]['fields']['shape'] }[LiveCallName];

export const MEANING: Readonly<Record<FieldName, string>> = {
  public_key: 'Whose: the key of the reader.',
  hash: 'Of the file; for `block`, of the block.',
  id: 'Of the transaction.',
  to: 'The key that gets it.',
  amount: 'Tokens.',
  kind: 'Of what: `purchase` takes hash, public_key and signed_hash; `account` public_key, expires and signed_hash; `file` a hash; `parameters` nothing.',
  signed_hash: 'The signature of the key over the text of the call.',
  expires: 'Until when what was signed is good, in seconds since 1970; it stands in the text, too.',
  format: 'Of the torrent.',
  size: 'Of the file in bytes, as it was signed; with `expires`.',
  name: 'Of the file, as it was signed, with `expires`; or for the name of the part in the form.',
  query: 'Words, or the beginnings of words.',
  limit: 'How many results at most; for `events` and `history`, how many of them.',
  cursor: 'What the page before has given for the next one.',
  from: 'Of proofs: height of the block that is trusted already; the genesis when it is left out. Of `events`: the first one that is wanted, as `next` named it; the oldest that is kept when it is left out.',
  kinds: 'Names of kinds of events, joined by commas; all kinds when it is left out.',
  file: 'The hash of a file: only what happened to it.',
  wait: 'Where there is nothing yet: so many seconds at most for something to happen.',
  height: 'Of the block.',
  transaction: 'Its id for `inclusion`; the transaction itself for `submit`.',
  work: 'What was found when `register.work-needed` was the answer.',
  code: 'Of the librarian: where `register.code-needed` was the answer, or one that lends a card.',
  nonce: 'Of the request: drawn anew for each, and good once.',
  by: 'The key of who brought it, where several wait with this hash.',
  mark: 'Of what you were shown, as it stands there: what has changed since is not decided.',
  reader: 'The key of the reader who is lent a card.',
  count: 'How many.',
  days: 'For so many days each is good.',
  subscription: 'Its name over this connection, as `subscribe` has given it.',
  reason: 'What the uploader is told: one line of text that shows what it is.',
};
