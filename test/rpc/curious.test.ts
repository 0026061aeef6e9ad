/**
 * Nobody reads the ledger by proofs of his own: a key that costs nothing asks for proofs about hashes that it has
 * chosen so that the answer shows the leaf beside which it guesses somebody's entry.
 */
import { strict as assert } from 'node:assert';
import { expect } from 'chai';
import { file } from '../../chain/queries.ts';
import { SPACES } from '../../chain/state/keys.ts';
import type { OtherLeaf } from '../../chain/state/proof.ts';
import { type Client, createClient } from '../../client/index.ts';
import { type Bytes, concat, equalBytes, hexToBytes, toHex, utf8 } from '../../core/bytes.ts';
import { type Encodable, encode } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { decodeLightProof } from '../../light/light-proof.ts';
import { bookOf, downloadFields, get, postForm, uploadParts } from './calls.ts';
import type { SyncWallet } from './sync-wallet.ts';
import { START, seedOf, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

/** Leading hex digits of a position that are searched for: a tree of this size is no deeper. */
const DIGITS = 3;
const byte = (space: keyof typeof SPACES): Bytes => Uint8Array.of(SPACES[space]);

describe('nobody reads the ledger by proofs about others’ entries', () => {
  let library: TinyLibrary;
  let spy: Spy;
  const [anna, ben, poor, mallory] = ['anna', 'ben', 'poor', 'mallory'].map(walletOf) as [
    SyncWallet,
    SyncWallet,
    SyncWallet,
    SyncWallet,
  ];
  const people = [anna, ben, poor];
  const thick = bookOf('thick.txt', 'a thick book '.repeat(50));
  const thin = bookOf('thin.txt', 'a thin book');
  const books = [thick, thin];

  beforeEach(async () => {
    library = await startLibrary();
    for (const { publicKey } of [...people, mallory])
      await get(library, '/api/register', { public_key: publicKey });
    await postForm(library, uploadParts(library, ben, thick));
    await postForm(library, uploadParts(library, anna, thin));
    expect((await get(library, '/api/download', downloadFields(library, ben, thin.hash))).status).to.equal(
      200,
    );
    spy = await Spy.of(library, mallory);
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  it('has a spy who finds what he can compute: with the salt of the buyer he names purchase and height', async () => {
    const { salt } = await Spy.of(library, ben);
    const place = concat(byte('purchase'), sha256(concat(hexToBytes(thin.hash), ben.key, salt)));
    const found = await spy.beside(sha256(place));
    const heights = Array.from({ length: library.ledger.head().height + 1 }, (_, height) => encode(height));
    const height = heights.findIndex((value) => equalBytes(sha256(concat(place, value)), found!.valueHash));
    expect(height).to.equal(library.ledger.head().height);
    // So he does with an account: everybody may know that a key is registered.
    expect(await spy.beside(sha256(concat(byte('account'), ben.key)))).not.to.equal(undefined);
  });

  it('shows no leaf of a person that he could guess: not who bought what, nor when', async () => {
    for (const place of placesOf(purchaseGuesses())) expect(await spy.beside(place)).to.equal(undefined);
    spy.expectNothingGuessed(placesOf(purchaseGuesses()), valueGuesses());
  });

  it('shows nothing that he could guess in any leaf that there is', async () => {
    for (let digits = 0; digits < 256; digits++) {
      await spy.beside(concat(Uint8Array.of(digits), new Uint8Array(31)), 2);
    }
    expect(spy.seen.size).to.be.greaterThan(15);
    const figures = people.flatMap(({ key }) => salted(key).flatMap(figurePlaces));
    spy.expectNothingGuessed(placesOf([...purchaseGuesses(), ...figures]), valueGuesses());
  });

  it('shows no figures of an account, nor what it brought in a day', async () => {
    const guesses = people.flatMap(({ key }) => salted(key).flatMap((tail) => figurePlaces(tail)));
    for (const place of guesses.map(sha256)) expect(await spy.beside(place)).to.equal(undefined);
    for (const { key } of people) await spy.beside(sha256(concat(byte('account'), key)));
    spy.expectNothingGuessed(guesses.map(sha256), valueGuesses());
  });

  it('does not tell who brought a file, nor by the supply which was bought', async () => {
    for (const { hash } of books) {
      const found = await spy.beside(sha256(concat(byte('bringing'), hexToBytes(hash))));
      expect(found, 'he sees that somebody brought it').not.to.equal(undefined);
    }
    expect(await spy.beside(sha256(byte('supply')))).not.to.equal(undefined);
    spy.expectNothingGuessed([], valueGuesses());
  });

  /** All that he could take for the tail of a key of a person's entry, without its salt. */
  function salted(...parts: readonly Bytes[]): Bytes[] {
    const key = parts.at(-1)!;
    const chain = library.ledger.chainId;
    const guessed = sha256(concat(utf8('digitallib/salt/1'), chain, key));
    return [concat(...parts), sha256(concat(...parts)), sha256(concat(...parts, guessed))];
  }

  function purchaseGuesses(): Bytes[] {
    return people.flatMap(({ key }) =>
      books.flatMap(({ hash }) =>
        salted(hexToBytes(hash), key).map((tail) => concat(byte('purchase'), tail)),
      ),
    );
  }

  function figurePlaces(tail: Bytes): Bytes[] {
    return [concat(byte('figures'), tail), concat(byte('keyBytesOfDay'), tail)];
  }

  /** Every value that he could think of, under no key and under every key that he could think of. */
  function valueGuesses(): ReadonlySet<string> {
    const sums = [0, thick.size, thin.size, thick.size + thin.size];
    const numbers = sums.flatMap((up) => sums.map((down): Encodable => [up - down, 0, up, down]));
    const days = sums.map((sum): Encodable => [Math.floor(START / 86_400_000), sum]);
    const heights = Array.from(
      { length: library.ledger.head().height + 1 },
      (_, height): Encodable => height,
    );
    const { genesis, minted } = { genesis: 2_000_000, minted: thick.size + thin.size };
    const supplies = sums.flatMap((sum): Encodable[] => [
      [genesis, minted, sum],
      [genesis, minted, sum, null],
    ]);
    const node = publicKeyOf(seedOf('node'));
    const brought = people.flatMap(({ key }) =>
      books.flatMap(({ hash }) => {
        const { infoHashes } = file(library.ledger.view(), hexToBytes(hash))!;
        return [[key, [], [[node, key, sha256(encode(infoHashes))]]] as Encodable];
      }),
    );
    const values = [...numbers, ...days, ...heights, ...supplies, ...brought].map((value) => encode(value));
    const keys = [
      new Uint8Array(0),
      byte('supply'),
      ...people.flatMap(({ key }) => [concat(byte('account'), key), ...salted(key).flatMap(figurePlaces)]),
      ...purchaseGuesses(),
      ...books.map(({ hash }) => concat(byte('bringing'), hexToBytes(hash))),
    ];
    return new Set(keys.flatMap((key) => values.map((value) => toHex(sha256(concat(key, value))))));
  }

  function placesOf(keys: readonly Bytes[]): Hash32[] {
    return keys.map(sha256);
  }
});

/** A key that has paid nothing, and asks for proofs about itself only. */
class Spy {
  /** Every leaf that an answer has shown, by the hash of its key. */
  readonly seen = new Map<string, OtherLeaf>();
  readonly #client: Client;
  readonly #wallet: SyncWallet;
  readonly salt: Hash32;

  private constructor(client: Client, wallet: SyncWallet, salt: Hash32) {
    this.#client = client;
    this.#wallet = wallet;
    this.salt = salt;
  }

  static async of(library: TinyLibrary, wallet: SyncWallet): Promise<Spy> {
    const client = createClient({ url: library.url, now: () => START });
    const [salt] = await proofsOf(client, wallet, new Uint8Array(32));
    assert(salt?.value !== undefined, 'the key is registered');
    return new Spy(client, wallet, salt.value);
  }

  /** Asks about a hash whose purchase would lie next to it. @returns the leaf that lies there, if it is shown. */
  async beside(place: Hash32, digits = DIGITS): Promise<OtherLeaf | undefined> {
    for (const { other } of await proofsOf(this.#client, this.#wallet, this.#hashBeside(place, digits))) {
      if (other !== undefined) this.seen.set(toHex(other.keyHash), other);
    }
    return this.seen.get(toHex(place));
  }

  expectNothingGuessed(places: readonly Hash32[], values: ReadonlySet<string>): void {
    const guessed = places.map(toHex).filter((place) => this.seen.has(place));
    expect(guessed, 'where something lies').to.deep.equal([]);
    const read = [...this.seen.values()].filter(({ valueHash }) => values.has(toHex(valueHash)));
    expect(read, 'what something says').to.deep.equal([]);
  }

  #hashBeside(place: Hash32, count: number): Hash32 {
    const digits = toHex(place).slice(0, count);
    const hash = new Uint8Array(32);
    for (let n = 0; ; n++) {
      new DataView(hash.buffer).setUint32(0, n);
      const own = concat(byte('purchase'), sha256(concat(hash, this.#wallet.key, this.salt)));
      if (toHex(sha256(own)).startsWith(digits)) return hash;
    }
  }
}

async function proofsOf(client: Client, wallet: SyncWallet, hash: Hash32) {
  const decoded = decodeLightProof(await client.proof(wallet.wallet, toHex(hash)));
  assert(decoded.kind === 'accept' && decoded.value.subject?.kind === 'state');
  return decoded.value.subject.proofs;
}
