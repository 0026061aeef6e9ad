/** One text happens once: the signer can make any number of valid signatures for it, and so of transactions. */
import { etc, Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { expect } from 'chai';
import { RULES_VERSION } from '../../../chain/block/version.ts';
import { account } from '../../../chain/queries.ts';
import {
  checkTransaction,
  encodeChecked,
  signedHash,
  signTransaction,
} from '../../../chain/transaction/signing.ts';
import { encodeTransaction, type Transaction } from '../../../chain/transaction/transaction.ts';
import { assert } from '../../../core/assert.ts';
import { type Bytes, concat, toHex } from '../../../core/bytes.ts';
import type { Seed32 } from '../../../core/scalars.ts';
import { hashOf, idOf, keyOf, READER_TOKENS, seedOf, World } from '../world.ts';

/** The order of the base point (RFC 8032, section 5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

describe('a second signature over the same text', () => {
  it('transaction.repeated: a payment happens once, whatever it is signed with', () => {
    const world = new World();
    const unsigned = { kind: 'transfer', to: keyOf('uploader'), amount: 5n, key: keyOf('reader') } as const;
    const { nonce, expires } = world.once();
    const first = signTransaction<'transfer'>(
      world.chainId,
      { ...unsigned, nonce, expires },
      seedOf('reader'),
    );
    const hash = signedHash(world.chainId, first);
    const others = ['one', 'two'].map((chance) => ({
      ...first,
      signature: signAnew(seedOf('reader'), hash, chance),
    }));
    for (const other of others) {
      expect(
        checkTransaction(world.chainId, encodeTransaction(other), RULES_VERSION).kind,
        'it is valid',
      ).to.equal('accept');
      expect(toHex(idOf(other))).not.to.equal(toHex(idOf(first)));
    }
    const { refused } = world.build([first, ...others].map(encodeChecked));
    expect(refused.map(({ verdict }) => verdict.code)).to.deep.equal(Array(2).fill('transaction.repeated'));
    world.run([first]);
    expect(others.map((other) => world.code(other))).to.deep.equal(Array(2).fill('transaction.repeated'));
    expect(account(world.state.view, keyOf('reader'))?.tokens).to.equal(READER_TOKENS - 5n);
  });

  it('transaction.repeated: nor does anything else that carries a nonce happen twice', () => {
    const world = new World();
    const sold = world.sell(5n);
    const proposal = world.propose({ kind: 'remove-member', key: keyOf('dan') });
    const bought = world.buy('reader', 5n, 'receipt');
    for (const transaction of [sold, proposal, bought] satisfies Transaction[]) {
      world.run([transaction]);
      const again = { ...transaction, signature: new Uint8Array(64).fill(1) };
      expect(world.code(again), transaction.kind).to.equal('transaction.repeated');
    }
  });
});

/** Valid for RFC 8032, section 5.1.7, with another random part than the custom one. @param hash - 32 bytes that are signed. */
function signAnew(seed: Seed32, hash: Bytes, chance: string): Bytes {
  const secret = sha512(seed).subarray(0, 32);
  secret[0]! &= 248;
  secret[31]! = (secret[31]! & 127) | 64;
  const random = littleEndian(hashOf(chance)) % ORDER;
  const commitment = Point.BASE.multiply(random).toBytes();
  const publicKey = Point.BASE.multiply(littleEndian(secret) % ORDER).toBytes();
  const challenge = littleEndian(sha512(concat(commitment, publicKey, hash))) % ORDER;
  const answer = etc.mod(random + challenge * littleEndian(secret), ORDER);
  assert(answer > 0n, 'a number of the group');
  const response = Uint8Array.from({ length: 32 }, (_, index) =>
    Number((answer >> BigInt(8 * index)) & 0xffn),
  );
  return concat(commitment, response);
}

function littleEndian(bytes: Bytes): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
}
