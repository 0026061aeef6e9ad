/** Transactions of every kind that name a key, by whoever cannot sign for it: what a stranger can give to `submit`. */
import {
  KINDS,
  type Kind,
  type Transaction,
  type TransactionOf,
} from '../../chain/transaction/transaction.ts';
import type { Hash32, InfoHash20, PublicKey32, Signature64 } from '../../core/scalars.ts';

type About = {
  /** Of a file that is available, or whatever else has 32 bytes. */
  readonly hash: Hash32;
  readonly infoHashes: readonly InfoHash20[];
  /** Whoever else is to be named. */
  readonly stranger: PublicKey32;
  /** Of the right form, and nobody's for this. */
  readonly signature: Signature64;
  /** Unix time in seconds, within the hour. */
  readonly expires: number;
};
export type Forgery = {
  readonly kind: Kind;
  /** In words: as what the key is named. */
  readonly as: string;
  make(key: PublicKey32): Transaction;
};

/** Every kind in every part that a key can have in it. */
export function forgeries({ hash, infoHashes, stranger, signature, expires }: About): readonly Forgery[] {
  const once = { nonce: new Uint8Array(16), expires, signature };
  const content = { hash, size: 5n, name: 'a', infoHashes };
  const amount = 1n;
  const upload = (key: PublicKey32, sponsor: PublicKey32): TransactionOf<'upload'> => ({
    kind: 'upload',
    ...content,
    ...{ key, expires: undefined, signature },
    ...{ sponsor, sponsorExpires: expires, sponsorSignature: signature },
  });
  const sell = { kind: 'sell', payee: hash, amount, rate: '1 EUR', ...once } as const;
  const grant = { kind: 'grant-role', role: 'billing' } as const;
  const all: { readonly [K in Kind]: Record<string, (key: PublicKey32) => TransactionOf<K>> } = {
    register: {
      key: (key) => ({ kind: 'register', key, sponsor: stranger, signature }),
      sponsor: (key) => ({ kind: 'register', key: stranger, sponsor: key, signature }),
    },
    upload: { uploader: (key) => upload(key, stranger), sponsor: (key) => upload(stranger, key) },
    attest: {
      uploader: (key) => ({ kind: 'attest', ...content, uploader: key, node: stranger, ...once }),
      node: (key) => ({ kind: 'attest', ...content, uploader: stranger, node: key, ...once }),
    },
    download: { buyer: (key) => ({ kind: 'download', hash, key, expires: undefined, signature }) },
    transfer: {
      receiver: (key) => ({ kind: 'transfer', to: key, amount, key: stranger, ...once }),
      giver: (key) => ({ kind: 'transfer', to: stranger, amount, key, ...once }),
    },
    buy: {
      receiver: (key) => ({ kind: 'buy', to: key, amount, receipt: hash, billing: stranger, ...once }),
      billing: (key) => ({ kind: 'buy', to: stranger, amount, receipt: hash, billing: key, ...once }),
    },
    sell: {
      seller: (key) => ({ ...sell, billing: stranger, key }),
      billing: (key) => ({ ...sell, billing: key, key: stranger }),
    },
    settle: { billing: (key) => ({ kind: 'settle', sale: hash, billing: key, ...once }) },
    release: { billing: (key) => ({ kind: 'release', sale: hash, billing: key, ...once }) },
    reclaim: { seller: (key) => ({ kind: 'reclaim', sale: hash, key, ...once }) },
    propose: {
      proposer: (key) => ({ kind: 'propose', action: { ...grant, key: stranger }, proposer: key, ...once }),
      subject: (key) => ({ kind: 'propose', action: { ...grant, key }, proposer: stranger, ...once }),
      seat: (key) => ({
        kind: 'propose',
        ...{ proposer: stranger, ...once },
        action: { kind: 'set-authorities', keys: [key], seats: [{ key, epoch: 0, expires, signature }] },
      }),
    },
    approve: { authority: (key) => ({ kind: 'approve', proposal: hash, authority: key, signature }) },
  };
  const made: { readonly [K in Kind]: Record<string, (key: PublicKey32) => Transaction> } = all;
  return KINDS.flatMap((kind) => Object.entries(made[kind]).map(([as, make]) => ({ kind, as, make })));
}
