/**
 * Whatever stands in the ledger can be played again, by anybody, for ever. For each kind: what keeps it from happening
 * twice, soon, later, and after a restart (docs/ledger.md, "Life of a transaction").
 */
import { expect } from 'chai';
import { account, attestedUpload, file, supply } from '../../../chain/queries.ts';
import { encodeChecked } from '../../../chain/transaction/signing.ts';
import { KINDS } from '../../../chain/transaction/transaction.ts';
import { type Bytes, toHex } from '../../../core/bytes.ts';
import { EXAMPLES } from '../examples.ts';
import { genesisOf, hashOf, keyOf, storedBy, World } from '../world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Within the hour; when memory has gone; when uploads and proposals are over; when sales are. */
const LATER_MS = [1_000, HOUR_MS / 2, 2 * HOUR_MS, 20 * DAY_MS, 40 * DAY_MS, 200 * DAY_MS];

/** Three attest a file, and four are there to do it. */
const newWorld = () => new World(genesisOf({ attestations: 3 }));

/** The same library with nothing in its memory but what the store holds. */
function restart(world: World): void {
  const { values, pages } = storedBy(world);
  const view = { get: (key: Bytes) => values.get(toHex(key)) };
  const tree = { node: (key: Bytes) => pages.get(toHex(key)) };
  world.state = { ...world.state, view, tree };
}

describe('what has happened does not happen again', () => {
  it('says of every kind what stops it', () => {
    expect(Object.keys(EXAMPLES)).to.have.members([...KINDS]);
  });

  for (const [kind, { first, stopped }] of Object.entries(EXAMPLES)) {
    it(`${kind}: not in the hour, not when all of it that has an end is forgotten, not after a restart`, () => {
      for (const lateMs of LATER_MS) {
        const world = newWorld();
        const transaction = first(world);
        expect(transaction.kind).to.equal(kind);
        world.run([transaction]);
        const played = () => world.code(transaction, 1);
        expect(played(), 'in the next block').to.be.oneOf([...stopped]);
        // Others come and take with them what is over: until nothing is left that could be.
        for (let i = 0; i < 40; i++) world.run([world.register(`late ${i}`)], i === 0 ? lateMs : 1);
        expect(played(), `${lateMs} ms later`).to.be.oneOf([...stopped]);
        expect(world.build([encodeChecked(transaction)]).refused, 'nor in a block').to.have.length(1);
        restart(world);
        expect(played(), `${lateMs} ms later, after a restart`).to.be.oneOf([...stopped]);
      }
    });
  }
});

describe('the word of a library', () => {
  /** Of two readers; by two sponsors. */
  function twoUploads(): World {
    const world = new World(genesisOf({ attestations: 3 }));
    world.run([world.register('other')]);
    world.run([
      world.upload('book', 5n),
      world.upload('book', 5n, 'other', { sponsor: keyOf('cid'), name: 'Another name' }),
    ]);
    return world;
  }
  const isOf = (world: World, node: string, sponsor: string): boolean => {
    const said = attestedUpload(world.state.view, hashOf('book'), keyOf(node), world.time);
    return said !== undefined && toHex(said.sponsor) === toHex(keyOf(sponsor));
  };

  it('transaction.repeated: nobody brings an old attestation forward to take the last one back', () => {
    const world = twoUploads();
    const first = world.attest('book', 'bob');
    world.run([first]);
    const last = world.attest('book', 'bob', 'other', 'book', { name: 'Another name' });
    world.run([last]);
    expect(isOf(world, 'bob', 'cid')).to.equal(true);
    expect(world.code(first)).to.equal('transaction.repeated');
    expect(world.code(first, 2 * HOUR_MS)).to.equal('transaction.expired');
    const signedAnew = { ...first, signature: new Uint8Array(64).fill(1) };
    expect(world.code(signedAnew), 'with another signature').to.equal('transaction.repeated');
  });

  it('transaction.repeated: nor the upload with which a library attested that of another', () => {
    const world = twoUploads();
    const same = world.upload('book', 5n, 'uploader', { sponsor: keyOf('bob') });
    world.run([same]);
    expect(isOf(world, 'bob', 'ann'), 'it says the same').to.equal(true);
    world.run([world.attest('book', 'bob', 'other', 'book', { name: 'Another name' })]);
    expect(isOf(world, 'bob', 'cid')).to.equal(true);
    expect(world.code(same)).to.equal('transaction.repeated');
    expect(world.code({ ...same, signature: new Uint8Array(64).fill(1) }, 2 * HOUR_MS)).to.equal(
      'transaction.expired',
    );
  });

  it('attest.superseded: one that was withheld does not count after a later one', () => {
    const world = twoUploads();
    const withheld = world.attest('book', 'bob');
    const sponsored = world.upload('book', 5n, 'uploader', { sponsor: keyOf('bob') });
    world.run([world.register('meanwhile')], 60_000);
    world.run([world.attest('book', 'bob', 'other', 'book', { name: 'Another name' })]);
    expect(world.code(withheld)).to.equal('attest.superseded');
    expect(world.code(sponsored), 'nor as an upload').to.equal('attest.superseded');
    expect(world.code(world.attest('book', 'bob')), 'but a new one does').to.equal('accept');
    expect(isOf(world, 'bob', 'cid')).to.equal(true);
  });

  it('does not make a false entry again from what made it, when the authorities have taken it back', () => {
    const world = newWorld();
    const made = [world.upload('book', 5n), world.attest('book', 'bob'), world.attest('book', 'cid')];
    world.run(made);
    expect(file(world.state.view, hashOf('book'))).not.to.equal(undefined);
    world.decide({ kind: 'reset-file', hash: hashOf('book') });
    for (const afterMs of [1, HOUR_MS / 20, 2 * HOUR_MS]) {
      const { executed, refused } = world.build(made.map(encodeChecked), afterMs);
      expect(refused).to.have.length(made.length);
      expect(file(executed.state.view, hashOf('book'))).to.equal(undefined);
      expect(supply(executed.state.view).minted).to.equal(0n);
    }
    expect(account(world.state.view, keyOf('uploader'))?.tokens).to.equal(0n);
    world.publish('book', 5n);
    expect(file(world.state.view, hashOf('book'))?.size, 'the true file comes').to.equal(5n);
  });
});
