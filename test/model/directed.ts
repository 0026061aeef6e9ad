/** Histories for rules that chance does not reach. */
import { SeededRandom } from '../sim/random.ts';
import { makeGenesis } from './author-genesis.ts';
import { FILES, infoHashesOf, LIBRARIES, READERS, STRANGERS } from './cast.ts';
import { ChainSide } from './chain-side.ts';
import { type History, START_MS, type Step } from './history.ts';
import { sha256 } from './ledger-encoding.ts';
import { type Transaction, textOf } from './ledger-kinds.ts';
import { DAY_MS, TOKENS_MAX } from './ledger-state.ts';
import type { Transfer } from './ledger-tokens.ts';

const SHELF_MAX = 1_024;
const SHELVES = 1_024;

export function directed(): readonly { readonly name: string; readonly history: History }[] {
  const { chain } = new ChainSide(GENESIS);
  return [
    { name: 'a full shelf', history: fullShelf(chain) },
    { name: 'a hundred proposals', history: hundredProposals() },
    { name: 'one library too many', history: oneLibraryTooMany() },
    { name: 'a full account that may yet earn', history: fullAccount() },
  ];
}

/**
 * 1,024 transactions whose texts lie on one shelf of one minute; one more of them, one of the shelf beside it, and one
 * of the same shelf a minute later. @param chain - the id of the chain with `GENESIS`.
 */
function fullShelf(chain: string): History {
  const steps: Step[] = [{ kind: 'block', time: START_MS + 60_000 }];
  const expires = Math.floor(START_MS / 60_000) * 60 + 600; // a minute begins
  const nonces = nonceSource();
  const add = (shelf: number, ends: number): void => {
    for (;;) {
      const transaction = transferOf(nonces(), ends);
      if (Number.parseInt(sha256(textOf(chain, transaction)).slice(0, 4), 16) % SHELVES !== shelf) continue;
      steps.push({ kind: 'transaction', transaction });
      return;
    }
  };
  for (let count = 0; count < SHELF_MAX; count++) {
    // A block takes no more than a thousand (core/limits.ts).
    if (count === SHELF_MAX / 2) steps.push({ kind: 'block', time: START_MS + 60_001 });
    add(7, expires + (count % 2));
  }
  add(7, expires + 59);
  add(8, expires + 59);
  add(7, expires + 60);
  return { genesis: GENESIS, steps };
}

/** Fourteen authorities that propose eight things each, and agree to none. */
function hundredProposals(): History {
  const genesis = makeGenesis(new SeededRandom(1), 'crowded');
  const steps: Step[] = [{ kind: 'block', time: START_MS + 60_000 }];
  const nonces = nonceSource();
  for (const proposer of genesis.authorities) {
    for (let count = 0; count < 8; count++) {
      const action = { kind: 'take-down', hash: FILES[0]!.hash } as const;
      const once = { nonce: nonces(), expires: START_MS / 1_000 + 600, signature: '00'.repeat(64) };
      steps.push({ kind: 'transaction', transaction: { kind: 'propose', action, proposer, ...once } });
    }
  }
  return { genesis, steps };
}

/** 299 or 300 members, and two more that are voted for. */
function oneLibraryTooMany(): History {
  const genesis = makeGenesis(new SeededRandom(1), 'full');
  const [proposer] = genesis.authorities;
  const nonces = nonceSource();
  const steps: Step[] = [{ kind: 'block', time: START_MS + 60_000 }];
  for (const { key, name } of STRANGERS.slice(0, 2)) {
    const action = {
      kind: 'add-member',
      member: { key, name, addresses: [], tracker: '', api: '' },
    } as const;
    const once = { nonce: nonces(), expires: START_MS / 1_000 + 600, signature: '00'.repeat(64) };
    steps.push({
      kind: 'transaction',
      transaction: { kind: 'propose', action, proposer: proposer!, ...once },
    });
  }
  return { genesis, steps };
}

/** A file that mints nothing at once, of a reader who has all that there can be; three others read it on cards, and he gives away tokens between. */
function fullAccount(): History {
  const [owner, ...others] = READERS;
  const sponsor = LIBRARIES[0]!.key;
  const { hash, size } = FILES[0]!;
  const own = makeGenesis(new SeededRandom(1), 'plain');
  const economy = { vestingPermille: 1_000, cardBytesPerNodePerDay: 10_000, cardReleasePermille: 1_000 };
  const parameters = { ...own.parameters, ...economy, attestations: 1, cardStartDays: 10 };
  const accounts = READERS.map(({ key }) => ({ key, tokens: key === owner!.key ? TOKENS_MAX : 0n }));
  const genesis = { ...own, accounts, billing: [], parameters };
  const nonces = nonceSource();
  const expires = START_MS / 1_000 + 600;
  const signature = '00'.repeat(64);
  const transactions: Transaction[] = [
    {
      ...{ kind: 'upload', hash, size, name: 'a book', infoHashes: infoHashesOf(hash), key: owner!.key },
      ...{ expires, signature, sponsor, sponsorExpires: expires, sponsorSignature: signature },
    },
  ];
  for (const { key } of others.slice(0, 3)) {
    const terms = { allowance: size / 10n, ceiling: size, until: Math.floor(START_MS / DAY_MS / 30) };
    const once = { nonce: nonces(), expires, signature };
    transactions.push(
      { kind: 'card', key, ...terms, sponsor, ...once },
      { kind: 'download', hash, key, expires: undefined, signature },
      { ...transferOf(nonces(), expires), amount: size - 1n },
    );
  }
  const steps = transactions.map((transaction) => ({ kind: 'transaction', transaction }) as const);
  return { genesis, steps: [{ kind: 'block', time: START_MS + 60_000 }, ...steps] };
}

/** A reader with tokens enough for a thousand transfers. */
const GENESIS: History['genesis'] = {
  ...makeGenesis(new SeededRandom(1), 'plain'),
  accounts: READERS.map(({ key }) => ({ key, tokens: 10_000n })),
  billing: [],
};

function transferOf(nonce: string, expires: number): Transfer {
  const [from, to] = READERS;
  return {
    kind: 'transfer',
    to: to!.key,
    amount: 1n,
    key: from!.key,
    nonce,
    expires,
    signature: '00'.repeat(64),
  };
}

function nonceSource(): () => string {
  let count = 0;
  return () => String(count++).padStart(32, '0');
}
