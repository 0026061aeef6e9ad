/**
 * The dearest form of each call that we know, as whoever may make it would: by a registered key that owns what is dear
 * (dear-things.ts), signed as it must be, so that the library does all that there is to do.
 */
import { randomBytes } from 'node:crypto';
import bencode from 'bencode';
import { signSeat, signTransaction } from '../../chain/transaction/signing.ts';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import { piecesRoot } from '../../client/pieces-root.ts';
import { createWallet, type Wallet } from '../../client/wallet.ts';
import { compareBytes, hexToBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { publicKeyOf } from '../../core/sign.ts';
import type { DearThings } from './dear-things.ts';
import { numbered } from './large-state.ts';
import type { Asked } from './networks.ts';

export type DearCall = {
  readonly what: string;
  /** Of a right answer: another one would be that of another call. */
  readonly status: number;
  /** @param round - from 0 on: nobody registers, buys or brings the same thing twice. */
  ask(round: number): Asked | Promise<Asked>;
};
type Surroundings = {
  readonly chain: string;
  /** In the catalogue. */
  readonly files: number;
  readonly height: number;
  /** In seconds. */
  readonly now: number;
  readonly owner: Wallet;
  readonly things: DearThings;
};
type Fields = Readonly<Record<string, string | number>>;

const FILE_BYTES = 2 ** 20;
/** For trackers and the rest of it, beside the pieces: with as many values as a torrent may have. */
const TRACKERS = 4_000;
const BOUNDARY = 'bench-calls';

export function dearCalls(around: Surroundings): readonly DearCall[] {
  return [
    ...lookUps(around),
    ...ofTheOwner(around),
    ...uploads(around),
    ...submissions(around),
    ...searches(),
  ];
}

function lookUps({ files, height, things }: Surroundings): DearCall[] {
  const hash = toHex(numbered('file', files - 1));
  const firstEvent = `${height + 1 - limits.eventsBlocksMax}:0`;
  return [
    {
      what: 'a body of 256 KiB of fields',
      status: 413,
      ask: () => ({ path: '/api/file', body: manyFields() }),
    },
    call('status', 'status', 200, () => ({})),
    call('account, of somebody', 'account', 200, () => ({ public_key: toHex(numbered('reader', 7)) })),
    call('file', 'file', 200, () => ({ hash })),
    call('members', 'members', 200, () => ({})),
    call('proposals', 'proposals', 200, () => ({})),
    call(`evidence, ${limits.evidenceMax} of two proposals`, 'evidence', 200, () => ({})),
    call(`inclusion, in a block of ${things.transactions.length} uploads`, 'inclusion', 200, () => {
      return { transaction: things.lastId, height };
    }),
    call('events, of 1,000 blocks in which nothing is that is asked for', 'events', 200, () => {
      return { kinds: 'reset', from: firstEvent };
    }),
    call('events, a page of 1,000', 'events', 200, () => ({ limit: limits.eventsPageMax, from: firstEvent })),
    call('register, a new key', 'register', 200, () => ({ public_key: someWallet().publicKey })),
  ];
}

/** Signed by a key that is registered, has a history, and owns one of the largest files. */
function ofTheOwner({ chain, files, now, owner, things }: Surroundings): DearCall[] {
  const expires = now + 3_000;
  const of = (hash: string, signed_hash: string) => ({ hash, public_key: owner.publicKey, signed_hash });
  const hashOf = (i: number): string => toHex(things.books[i]!.hash);
  const fetches = (format: string) => async (): Promise<Fields> => {
    return { ...of(hashOf(0), await owner.signFetch(chain, hashOf(0), expires)), expires, format };
  };
  const proves = (hash: string) => async (): Promise<Fields> => of(hash, await owner.signProof(chain, hash));
  return [
    call('account, with its figures', 'account', 200, async () => {
      return { public_key: owner.publicKey, expires, signed_hash: await owner.signHistory(chain, expires) };
    }),
    call('fetch, v1 of 64 GiB', 'fetch', 200, fetches('v1')),
    call('fetch, hybrid of 64 GiB', 'fetch', 200, fetches('hybrid')),
    call('download, hybrid of 64 GiB, bought now', 'download', 200, async (round) => {
      const hash = hashOf(1 + round);
      return { ...of(hash, await owner.signDownload(chain, hash)), format: 'hybrid' };
    }),
    call('proof, of a purchase', 'proof', 200, proves(hashOf(0))),
    call('proof, that there is none', 'proof', 200, proves(toHex(numbered('file', files - 1)))),
  ];
}

/** Forms with a file or a torrent, and what is asked of them afterwards. */
function uploads({ chain, now, owner }: Surroundings): DearCall[] {
  const expires = now + 14 * 86_400;
  const soon = now + 3_000;
  const torrentName = 'Never brought.bin';
  const size = limits.uploadBytesMax;
  const brought: string[] = [];
  const claim = async (hash: string, name: string, bytes: number): Promise<Fields> => {
    const written = { size: BigInt(bytes), name, expires };
    const signed_hash = await owner.signUpload(chain, hash, written);
    return { hash, public_key: owner.publicKey, signed_hash, expires, size: bytes, name };
  };
  return [
    {
      what: 'upload, a form with a file of 1 MiB',
      status: 200,
      async ask(round) {
        const bytes = new Uint8Array(randomBytes(FILE_BYTES));
        const fields = await claim(toHex(piecesRoot(bytes)!), `Brought ${round}.bin`, FILE_BYTES);
        return form(fields, 'file', bytes);
      },
    },
    {
      what: 'upload, a torrent of 1 MiB for 64 GiB',
      status: 200,
      async ask() {
        const hash = randomBytes(32).toString('hex');
        brought.push(hash);
        return form(await claim(hash, torrentName, size), 'torrent', largestTorrent(torrentName, size));
      },
    },
    call('upload, the torrent of 64 GiB once more', 'upload', 200, () =>
      claim(brought[0]!, torrentName, size),
    ),
    call('upload-state, of 64 GiB', 'upload-state', 200, async () => {
      const [hash] = brought as [string];
      const signed_hash = await owner.signFetch(chain, hash, soon);
      return { hash, public_key: owner.publicKey, signed_hash, expires: soon };
    }),
  ];
}

function submissions({ chain, now }: Surroundings): DearCall[] {
  return [
    {
      what: 'submit, bytes that are none',
      status: 400,
      ask: () => submit(new Uint8Array(limits.transactionBytesMax).fill(0x9f)),
    },
    {
      what: `submit, an election of ${limits.authoritiesMax} who have all signed`,
      status: 403,
      ask: () => submit(election(chain, now)),
    },
  ];
}

/** By somebody who is no authority: that is known last. */
function election(chain: string, now: number): Uint8Array {
  const chainId = hexToBytes(chain);
  const expires = now + 600;
  const seats = Array.from({ length: limits.authoritiesMax }, () => new Uint8Array(randomBytes(32)))
    .map((seed) => signSeat(chainId, { key: publicKeyOf(seed), epoch: 0, expires }, seed))
    .sort((a, b) => compareBytes(a.key, b.key));
  const seed = new Uint8Array(randomBytes(32));
  const action = { kind: 'set-authorities', keys: seats.map(({ key }) => key), seats } as const;
  const once = { nonce: new Uint8Array(randomBytes(16)), expires };
  const unsigned = { kind: 'propose', action, proposer: publicKeyOf(seed), ...once } as const;
  return encodeTransaction(signTransaction<'propose'>(chainId, unsigned, seed));
}

function searches(): DearCall[] {
  const found = (query: string) => ({ query, limit: limits.searchResultsMax });
  const everyWord = 'volume of the collected works pdf 1 2 3 4 5 6 7 8 9 0';
  const batch = Array.from({ length: 20 }, (_, id) => {
    return { jsonrpc: '2.0', id, method: 'library_v1_search', params: found(everyWord) };
  });
  return [
    call('search, one word that all have', 'search', 200, () => found('volume')),
    call('search, all words of all files', 'search', 200, () => found('volume of the collected works pdf')),
    call('search, a beginning of one letter', 'search', 200, () => found('w')),
    call('search, words that never meet', 'search', 200, () => found('volume 1 2')),
    call('search, sixteen of them', 'search', 200, () => found(everyWord)),
    call('search, newest first', 'search', 200, () => found('')),
    {
      what: 'a batch of twenty searches',
      status: 200,
      ask: () => ({ path: '/rpc', body: JSON.stringify(batch) }),
    },
  ];
}

function call(
  what: string,
  path: string,
  status: number,
  fields: (round: number) => Fields | Promise<Fields>,
): DearCall {
  return {
    ...{ what, status },
    ask: async (round) => ({ path: `/api/${path}`, body: JSON.stringify(await fields(round)) }),
  };
}

function submit(transaction: Uint8Array): Asked {
  return {
    path: '/api/submit',
    body: JSON.stringify({ transaction: Buffer.from(transaction).toString('base64') }),
  };
}

function form(fields: Fields, part: 'file' | 'torrent', bytes: Uint8Array): Asked {
  const named = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${part}"; filename="x"\r\n\r\n`;
  const tail = `\r\n--${BOUNDARY}--\r\n`;
  const body = Buffer.concat([Buffer.from(named.join('') + head), bytes, Buffer.from(tail)]);
  return { path: '/api/upload', body, type: `multipart/form-data; boundary=${BOUNDARY}` };
}

/** As large as a torrent may be: its pieces, and trackers that nobody will ever ask. */
function largestTorrent(name: string, size: number): Uint8Array {
  const pieceLength = 16 * 2 ** 20;
  const pieces = randomBytes(20 * Math.ceil(size / pieceLength));
  const info = { length: size, name, 'piece length': pieceLength, pieces };
  const left = limits.torrentBytesMax - bencode.encode({ 'announce-list': [], info }).length;
  // A list around it, and the digits of its length.
  const urlBytes = Math.floor(left / TRACKERS) - 6;
  const urls = Array.from({ length: TRACKERS }, (_, i) => [`http://127.0.0.1:9/${i}/`.padEnd(urlBytes, 'x')]);
  return bencode.encode({ 'announce-list': urls, info });
}

function manyFields(): string {
  let text = '{';
  for (let i = 0; text.length < limits.bodyBytesMax - 20; i++) text += `"${i.toString(36)}":1,`;
  return `${text.slice(0, -1)}}`;
}

function someWallet(): Wallet {
  return createWallet(new Uint8Array(randomBytes(32)));
}
