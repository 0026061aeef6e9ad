/** A request for each call that a library answers well. A call without one does not compile. */
import { type CallName, methodOf, type SentFields } from '../../api/calls.ts';
import { signTransaction } from '../../chain/transaction/signing.ts';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import { toBase64 } from '../../core/base64.ts';
import { toHex, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { type Book, bookOf, chainOf, fetchFields, libraryOf, postForm, uploadParts } from '../rpc/calls.ts';
import type { SyncWallet } from '../rpc/sync-wallet.ts';
import { START, seedOf, type TinyLibrary, walletOf } from '../rpc/tiny-library.ts';

export type Scene = {
  readonly library: TinyLibrary;
  /** Has brought `book`, and brings `seeded` by a torrent. */
  readonly owner: SyncWallet;
  readonly book: Book;
  readonly seeded: Book;
  /** Another one each time. */
  next(): number;
};

/** What is signed is good until then. */
const EXPIRES = START / 1_000 + 600;

export async function sceneOf(library: TinyLibrary): Promise<Scene> {
  const owner = walletOf('rich');
  const [book, seeded] = [bookOf('book.txt'), bookOf('seeded.txt')];
  await postForm(library, uploadParts(library, owner, book));
  const torrent = new File([`torrent ${seeded.size} ${seeded.name}`], 't');
  await postForm(library, uploadParts(library, owner, seeded).with(3, ['torrent', torrent]));
  let count = 0;
  return { library, owner, book, seeded, next: () => ++count };
}

type Good = { readonly [N in CallName]: (scene: Scene) => SentFields<N> | Promise<SentFields<N>> };

export const GOOD: Good = {
  register: ({ next }) => ({ public_key: walletOf(`reader ${next()}`).publicKey }),
  search: () => ({ query: 'book', limit: 3 }),
  async download({ library, owner, next }) {
    const book = bookOf(`book ${next()}.txt`);
    await postForm(library, uploadParts(library, owner, book));
    const buyer = walletOf('richer');
    const signed_hash = buyer.signDownload(chainOf(library), book.hash, EXPIRES);
    const claim = { hash: book.hash, public_key: buyer.publicKey, signed_hash };
    return { ...claim, expires: EXPIRES, format: 'hybrid' };
  },
  upload({ library, owner, seeded: { hash, name, size } }) {
    const written = { size: BigInt(size), name, expires: EXPIRES };
    const signed_hash = owner.signUpload(chainOf(library), hash, written);
    return { hash, public_key: owner.publicKey, signed_hash, ...written, size, format: 'v1' };
  },
  'upload-begin'({ library, owner, next }) {
    const { hash, name, size } = bookOf(`in parts ${next()}.txt`);
    const written = { size: BigInt(size), name, expires: EXPIRES };
    const signed_hash = owner.signUpload(chainOf(library), hash, written);
    return { hash, public_key: owner.publicKey, signed_hash, ...written, size };
  },
  fetch: ({ library, owner, book }) => ({ ...ownedBy(owner, library, book), format: 'v2' }),
  'upload-state': ({ library, owner, seeded }) => ownedBy(owner, library, seeded),
  'take-card'({ library, owner }) {
    const signed_hash = owner.signTakeCard(chainOf(library), EXPIRES);
    return { public_key: owner.publicKey, expires: EXPIRES, signed_hash };
  },
  account({ library, owner }) {
    const signed_hash = owner.signHistory(chainOf(library), EXPIRES);
    return { public_key: owner.publicKey, expires: EXPIRES, signed_hash };
  },
  history({ library, owner }) {
    const signed_hash = owner.signHistory(chainOf(library), EXPIRES);
    return { public_key: owner.publicKey, cursor: '9:0', limit: 2, expires: EXPIRES, signed_hash };
  },
  proof({ library, owner, book }) {
    const signed_hash = owner.signProof(chainOf(library), book.hash, EXPIRES);
    const asked = { kind: 'purchase' as const, hash: book.hash, from: 0 };
    return { ...asked, public_key: owner.publicKey, signed_hash, expires: EXPIRES };
  },
  inclusion({ library }) {
    const [first] = library.ledger.blocks;
    return { transaction: toHex(first!.transactions[0]!.id), height: 1, from: 0 };
  },
  async transfer({ library, owner, next }) {
    const nonce = new Uint8Array(16).fill(next());
    const order = { to: walletOf('richer').publicKey, amount: 7n, nonce, expires: EXPIRES };
    const signed_hash = await owner.signTransfer(chainOf(library), order);
    const asked = { ...order, amount: 7, nonce: toHex(nonce), signed_hash };
    return { ...asked, public_key: owner.publicKey };
  },
  file: ({ book }) => ({ hash: book.hash }),
  events({ library, owner, book }) {
    const signed_hash = owner.signHistory(chainOf(library), EXPIRES);
    const asked = { from: '1:0', kinds: 'uploaded,available', file: book.hash, limit: 3, wait: 0 };
    return { ...asked, public_key: owner.publicKey, expires: EXPIRES, signed_hash };
  },
  head: () => ({}),
  block: () => ({ height: 1 }),
  transaction({ library }) {
    const [first] = library.ledger.blocks;
    return { id: toHex(first!.transactions[0]!.id), height: 1 };
  },
  authorities: () => ({}),
  parameters: () => ({}),
  peers: () => ({}),
  limits: () => ({}),
  status: () => ({}),
  members: () => ({}),
  proposals: () => ({}),
  evidence: () => ({}),
  submit({ library, owner, next }) {
    const once = { nonce: new Uint8Array(16).fill(next()), expires: EXPIRES };
    const transfer = {
      kind: 'transfer' as const,
      to: walletOf('richer').key,
      amount: 5n,
      key: owner.key,
      ...once,
    };
    const signed = signTransaction<'transfer'>(library.ledger.chainId, transfer, seedOf('rich'));
    return { transaction: toBase64(encodeTransaction(signed)) };
  },
  // As text: so they are the same in a query as in a body, and so is what is signed.
  'review-list'({ library, next }) {
    const params = { limit: '3', cursor: 'more' };
    return { ...params, ...signedAtDesk(library, next(), 'desk_v1_review_list', params) };
  },
  'review-show': atDesk('review-show'),
  'review-accept': atDesk('review-accept'),
  'review-decline': atDesk('review-decline', { reason: 'Not this one.' }),
  'card-give'({ library, next }) {
    const params = { reader: walletOf(`given ${next()}`).publicKey };
    return { ...params, ...signedAtDesk(library, next(), 'desk_v1_card_give', params) };
  },
  'card-invite'({ library, next }) {
    const params = { count: '2', days: '7' };
    return { ...params, ...signedAtDesk(library, next(), 'desk_v1_card_invite', params) };
  },
  'card-list'({ library, next }) {
    const params = { limit: '3', cursor: '00'.repeat(32) };
    return { ...params, ...signedAtDesk(library, next(), 'desk_v1_card_list', params) };
  },
  async 'card-withdraw'({ library, next }) {
    const reader = walletOf(`withdrawn ${next()}`);
    await library.ports.cards.lend(reader.key);
    const params = { reader: reader.publicKey };
    return { ...params, ...signedAtDesk(library, next(), 'desk_v1_card_withdraw', params) };
  },
};

/** Signs what its librarian asks of a file that waits. */
function atDesk<N extends 'review-show' | 'review-accept' | 'review-decline'>(
  name: N,
  more: { readonly reason?: string } = {},
) {
  return ({ library, next }: Scene): SentFields<N> => {
    const hash = sha256(utf8(`waits ${next()}`));
    const by = walletOf('reader').key;
    const like = [{ hash: sha256(utf8('like')), name: 'like', available: true }];
    const waits = {
      since: START,
      until: START + 1_000,
      sameSize: like,
      nearTitle: like,
      declinedBefore: false,
    };
    const mark = new Uint8Array(16).fill(7);
    library.review.waiting.push({ hash, name: 'a', size: 5n, brought: true, by, mark, ...waits });
    const seen = name === 'review-show' ? {} : { mark: toHex(mark) };
    const params = { hash: toHex(hash), by: walletOf('reader').publicKey, ...seen, ...more };
    return {
      ...params,
      ...signedAtDesk(library, next(), methodOf(name), params),
    } as unknown as SentFields<N>;
  };
}

function signedAtDesk(library: TinyLibrary, count: number, method: string, params: object) {
  const librarian = walletOf('librarian');
  const nonce = new Uint8Array(16).fill(count);
  new DataView(nonce.buffer).setUint32(0, count);
  const order = { library: libraryOf(library), method, params: { ...params }, nonce, expires: EXPIRES };
  const signed_hash = librarian.signDesk(chainOf(library), order);
  return { public_key: librarian.publicKey, nonce: toHex(nonce), expires: String(EXPIRES), signed_hash };
}

function ownedBy(owner: SyncWallet, library: TinyLibrary, { hash }: Book): SentFields<'upload-state'> {
  return fetchFields(library, owner, hash) as SentFields<'upload-state'>;
}
