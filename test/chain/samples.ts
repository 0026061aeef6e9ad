/** One signed transaction of every kind, the same bytes every time. */

import { signTransaction, signUpload, sponsorUpload } from '../../chain/transaction/signing.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { hashOf, infoHashesOf, keyOf, seedOf } from './world.ts';

const once = { nonce: hashOf('nonce').subarray(0, 16), expires: 1_750_000_600 };

export function samplesFor(chainId: Hash32): readonly Transaction[] {
  const [key, ann, billing] = [keyOf('reader'), keyOf('ann'), keyOf('billing')];
  const [reader, node, money] = [seedOf('reader'), seedOf('ann'), seedOf('billing')];
  const hash = hashOf('file');
  const expires = undefined;
  const written = { hash, size: 2n ** 60n, name: 'Bücher.epub', key, expires: 1_750_000_600 };
  const upload = {
    kind: 'upload',
    ...written,
    infoHashes: infoHashesOf('file'),
    signature: signUpload(chainId, written, reader),
    sponsor: ann,
    sponsorExpires: once.expires,
  } as const;
  const member = {
    key: keyOf('eve'),
    name: 'Eve',
    addresses: ['/ip4/127.0.0.1/tcp/4645'],
    tracker: 'http://127.0.0.1:6969',
    api: '',
  };
  const attest = {
    kind: 'attest',
    hash,
    size: written.size,
    name: written.name,
    uploader: key,
    infoHashes: infoHashesOf('file'),
    node: ann,
    ...once,
  } as const;
  return [
    signTransaction<'register'>(chainId, { kind: 'register', key, sponsor: ann }, node),
    sponsorUpload(chainId, upload, node),
    signTransaction<'attest'>(chainId, attest, node),
    signTransaction<'download'>(chainId, { kind: 'download', hash, key, expires }, reader),
    signTransaction<'transfer'>(chainId, { kind: 'transfer', to: billing, amount: 5n, key, ...once }, reader),
    signTransaction<'buy'>(
      chainId,
      { kind: 'buy', to: key, amount: 5n, receipt: hashOf('receipt'), billing, ...once },
      money,
    ),
    signTransaction<'sell'>(
      chainId,
      { kind: 'sell', payee: hashOf('payee'), amount: 5n, rate: '0.10 EUR/GB', billing, key, ...once },
      reader,
    ),
    signTransaction<'settle'>(chainId, { kind: 'settle', sale: hashOf('sale'), billing, ...once }, money),
    signTransaction<'release'>(chainId, { kind: 'release', sale: hashOf('sale'), billing, ...once }, money),
    signTransaction<'reclaim'>(chainId, { kind: 'reclaim', sale: hashOf('sale'), key, ...once }, reader),
    signTransaction<'propose'>(
      chainId,
      { kind: 'propose', action: { kind: 'add-member', member }, proposer: ann, ...once },
      node,
    ),
    signTransaction<'approve'>(
      chainId,
      { kind: 'approve', proposal: hashOf('proposal'), authority: ann },
      node,
    ),
  ];
}
