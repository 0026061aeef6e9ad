/** Questions that cost the library more than the asker: accounts, files, proofs, members, the next page and the next. */
import { randomBytes } from 'node:crypto';
import { createWallet } from '../../../client/wallet.ts';
import type { Attack, Ground } from '../attack.ts';

const PER_SECOND = 200;
const AT_ONCE = 64;

export const reads: Attack = {
  name: 'reads',
  what: `${PER_SECOND} a second: account, file, proof, fetch, upload-state, inclusion, members, proposals, status, pages of all files`,
  run: (ground) =>
    ground.pace(PER_SECOND, AT_ONCE, () => KINDS[Math.floor(Math.random() * KINDS.length)]!(ground)),
};

const stranger = createWallet(new Uint8Array(randomBytes(32)));
let cursor: string | undefined;

const KINDS: readonly ((ground: Ground) => Promise<string>)[] = [
  async ({ caller, library, free }) => {
    await caller()
      .client(library())
      .account(free.key()?.wallet ?? stranger);
    return 'account';
  },
  async ({ caller, library, book }) => {
    await caller().client(library()).file(book().hash);
    return 'file';
  },
  async ({ caller, library, book, free }) => {
    await caller()
      .client(library())
      .proof(free.key()?.wallet ?? stranger, book().hash);
    return 'proof';
  },
  async ({ caller, library, book, free }) => {
    await caller()
      .client(library())
      .fetch(free.key()?.wallet ?? stranger, book().hash);
    return "A TORRENT OF ANOTHER'S BOOK";
  },
  async ({ caller, library, book, free }) => {
    await caller()
      .client(library())
      .uploadState(free.key()?.wallet ?? stranger, book().hash);
    return 'the state of an upload';
  },
  async ({ caller, library }) => {
    await caller()
      .client(library())
      .inclusion(randomBytes(32).toString('hex'), 1 + Math.floor(Math.random() * 100));
    return 'inclusion';
  },
  async ({ caller, library }) => {
    await caller().operator(library()).members();
    return 'members';
  },
  async ({ caller, library }) => {
    await caller().operator(library()).proposals();
    return 'proposals';
  },
  async ({ caller, library }) => {
    await caller().client(library()).status();
    return 'status';
  },
  async ({ caller, library }) => {
    const page = await caller()
      .client(library())
      .search('', { limit: 100, ...(cursor !== undefined && { cursor }) });
    ({ cursor } = page);
    return 'page';
  },
];
