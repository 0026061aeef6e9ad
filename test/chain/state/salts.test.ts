/** What is a person's has neither a place nor a hash in the state tree that follows from what outsiders can know. */
import { expect } from 'chai';
import type { Genesis } from '../../../chain/block/genesis.ts';
import { genesisState } from '../../../chain/block/genesis.ts';
import { account, purchase } from '../../../chain/queries.ts';
import { figuresKey, purchaseKey, SPACES } from '../../../chain/state/keys.ts';
import { hashValue } from '../../../chain/state/page.ts';
import { publicSalt } from '../../../chain/state/salt.ts';
import type { Transaction } from '../../../chain/transaction/transaction.ts';
import { type Bytes, concat, toHex, utf8 } from '../../../core/bytes.ts';
import { sha256 } from '../../../core/hash.ts';
import { genesisOf, hashOf, idOf, keyOf, World } from '../world.ts';
import { OPENNESS, type Space } from './openness.ts';

const READERS = ['anna', 'ben', 'cleo'];
const GENESIS: Genesis = genesisOf({
  attestations: 2,
  uploadBytesPerKeyPerDay: 10_000,
  uploadBytesPerNodePerDay: 10_000,
  vestingPermille: 600,
  cardReleasePermille: 500,
});

type Put = { readonly space: Space; readonly key: Bytes; readonly value: Bytes };

/**
 * Everything that can happen to people happens to three of them.
 * @param secret - what outsiders do not know follows from it: signatures, nonces, receipts. All else is always the same.
 */
function tell(secret: string): World {
  const world = new World(GENESIS);
  let made = 0;
  const run = (...transactions: readonly Transaction[]): void => {
    world.run(transactions);
  };
  const hidden = <T extends Transaction>(transaction: T): T => {
    const drawn = (): Bytes => sha256(utf8(`${secret} ${made++}`));
    const sign = (): Bytes => concat(drawn(), drawn());
    return {
      ...transaction,
      signature: sign(),
      ...('sponsorSignature' in transaction ? { sponsorSignature: sign() } : {}),
      ...('nonce' in transaction ? { nonce: drawn().subarray(0, 16) } : {}),
      ...('receipt' in transaction ? { receipt: drawn() } : {}),
    };
  };
  const decide = (action: Parameters<World['propose']>[0]): void => {
    const proposal = hidden(world.propose(action));
    run(proposal, ...['bob', 'cid'].map((name) => hidden(world.approve(idOf(proposal), name))));
  };
  run(...READERS.map((name) => hidden(world.register(name))));
  run(hidden(world.upload('book', 100n, 'anna')));
  run(hidden(world.attest('book', 'bob', 'anna')));
  run(hidden(world.upload('second', 50n, 'ben')), hidden(world.attest('second', 'bob', 'ben')));
  run(hidden(world.upload('pending', 70n, 'ben')));
  run(hidden(world.buy('cleo', 500n, 'payment')));
  run(hidden(world.card('anna', 20n)), hidden(world.card('cleo', 10n)));
  run(hidden(world.download('book', 'cleo')), hidden(world.download('second', 'anna')));
  run(hidden(world.transfer('ben', 7n, 'cleo')));
  const sales = [1n, 2n, 3n, 4n].map((amount) => hidden(world.sell(amount, 'cleo')));
  run(...sales);
  const [settled, released, reclaimed] = sales.map(idOf);
  run(hidden(world.settle(settled!)), hidden(world.release(released!)));
  world.run([hidden({ ...world.reclaim(reclaimed!, 'cleo'), expires: expiresAfter(world) })], 2_000_000);
  decide({ kind: 'reset-file', hash: hashOf('second') });
  decide({ kind: 'upgrade', height: world.state.header.height + 20, version: 2 });
  world.knows = 2;
  run(hidden(world.propose({ kind: 'take-down', hash: hashOf('book') })));
  return world;
}

function expiresAfter(world: World): number {
  return Math.floor(world.time / 1_000) + 2_500;
}

/** Whatever was written, also what is gone again. */
function putsOf(world: World): readonly Put[] {
  const names = new Map<number, Space>(Object.entries(SPACES).map(([name, byte]) => [byte, name as Space]));
  return [genesisState(world.genesis), ...world.blocks].flatMap(({ writes }) =>
    writes.flatMap(({ key, value }) => (value ? [{ space: names.get(key[0]!)!, key, value }] : [])),
  );
}

/** Those whose salt everybody can compute. */
function publicPlaces(world: World): ReadonlySet<string> {
  const files = ['book', 'second', 'pending'];
  return new Set(
    GENESIS.accounts.flatMap(({ key }) => {
      const salt = publicSalt(world.chainId, key);
      return [figuresKey(key, salt), ...files.map((file) => purchaseKey(hashOf(file), key, salt))].map(toHex);
    }),
  );
}

describe('the state as outsiders see it', () => {
  const [one, other] = ['one secret', 'another'].map(tell) as [World, World];
  const known = publicPlaces(one);
  /** Since the genesis, which says all about itself. */
  const ofPeople = (world: World) =>
    putsOf(world)
      .slice(genesisState(GENESIS).writes.length)
      .filter(({ key }) => !known.has(toHex(key)));

  it('is filled by the history in every space', () => {
    const spaces = new Set(putsOf(one).map(({ space }) => space));
    expect(Object.keys(SPACES).filter((space) => !spaces.has(space as Space))).to.deep.equal([]);
  });

  it('hides where and what the entries of persons are: with other signatures they share no hash', () => {
    const seen = { places: new Set<string>(), values: new Set<string>() };
    const hashes = ({ key, value }: Put) => [toHex(sha256(key)), toHex(hashValue(key, value))] as const;
    for (const put of ofPeople(one)) {
      const [place, value] = hashes(put);
      if (OPENNESS[put.space] === 'nothing') seen.places.add(place);
      if (OPENNESS[put.space] !== 'open') seen.values.add(value);
    }
    let compared = 0;
    for (const put of ofPeople(other)) {
      const [place, value] = hashes(put);
      if (OPENNESS[put.space] === 'open') continue;
      compared += 1;
      expect(seen.values.has(value), `what an entry of ${put.space} says`).to.equal(false);
      if (OPENNESS[put.space] === 'nothing')
        expect(seen.places.has(place), `where an entry of ${put.space} lies`).to.equal(false);
    }
    expect(compared).to.be.greaterThan(40);
  });

  it('names no reader in what is open', () => {
    const readers = READERS.map((name) => toHex(keyOf(name)));
    for (const { space, key, value } of putsOf(one)) {
      if (OPENNESS[space] !== 'open') continue;
      const text = toHex(concat(key, value));
      expect(
        readers.filter((reader) => text.includes(reader)),
        space,
      ).to.deep.equal([]);
    }
  });

  it('never changes the entry of a key, and has none of figures that came with it', () => {
    const of = (name: Space) =>
      one.blocks.map(({ writes }) => writes.filter(({ key }) => key[0] === SPACES[name]));
    const [first, ...later] = of('account').map((writes) => writes.length);
    expect(first).to.equal(READERS.length);
    expect(later.every((count) => count === 0)).to.equal(true);
    expect(of('figures')[0]).to.deep.equal([]);
    expect(account(one.blocks[0]!.state.view, keyOf('anna'))).to.include({ tokens: 0n, uploaded: 0n });
  });

  it('says the same to members whatever the salts are', () => {
    for (const name of [...READERS, 'billing']) {
      const [here, there] = [one, other].map(({ state }) => account(state.view, keyOf(name)));
      expect(here).to.deep.equal(there).and.not.to.equal(undefined);
    }
    expect(purchase(one.state.view, hashOf('book'), keyOf('cleo'))).to.equal(true);
    expect(purchase(one.state.view, hashOf('book'), keyOf('ben'))).to.equal(false);
    expect(purchase(one.state.view, hashOf('book'), keyOf('nobody'))).to.equal(false);
  });
});
