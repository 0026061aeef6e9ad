/** To what the ledger gives a key the right, and an upload that is brought here: asked as a tracker asks. */
import { expect } from 'chai';
import { equalBytes } from '../../../core/bytes.ts';
import { createRights } from '../../../node/content/rights.ts';
import type { Intake } from '../../../node/content/uploads/intake.ts';
import type { Intakes } from '../../../node/content/uploads/intakes.ts';
import type { Ledger } from '../../../node/ledger/ledger.ts';
import { genesisOf, hashOf, infoHashesOf, keyOf, World } from '../../chain/world.ts';

const HASH = hashOf('book');

describe('whoever brings a file', () => {
  let world: World;
  let brought: readonly Intake[];
  const rightsAt = (own: () => readonly Intake[]) => {
    const ledger = { head: () => world.state } as unknown as Ledger;
    const intakes = {
      get: (hash: Uint8Array, key: Uint8Array) =>
        own().find((one) => equalBytes(one.hash, hash) && equalBytes(one.key, key)),
      of: (hash: Uint8Array) => own().filter((one) => equalBytes(one.hash, hash)),
    } as unknown as Intakes;
    return createRights(ledger, intakes, { memberAt: () => true }, keyOf('library'));
  };
  const here = rightsAt(() => brought);
  const elsewhere = rightsAt(() => []);
  const intake = (state: Intake['state'], code?: Intake['code']) =>
    ({
      hash: HASH,
      key: keyOf('uploader'),
      state,
      code,
      infoHashes: infoHashesOf('book'),
    }) as unknown as Intake;
  const found = () =>
    [here, elsewhere].map((rights) => [
      rights.right(keyOf('uploader'), HASH),
      rights.infoHashes(HASH, keyOf('uploader')).length,
    ]);

  beforeEach(() => {
    world = new World(genesisOf({ attestations: 2 }));
    brought = [];
  });

  it('has the right to bring it, at the library that takes it in alone, before and beside the ledger', () => {
    expect(found()).to.deep.equal([
      ['none', 0],
      ['none', 0],
    ]);
    for (const state of ['fetching', 'waiting', 'on-ledger'] as const) {
      brought = [intake(state)];
      if (state === 'on-ledger') world.run([world.upload('book', 5n)]);
      expect(found(), state).to.deep.equal([
        ['intake', 4],
        ['none', 0],
      ]);
      expect(here.right(keyOf('reader'), HASH), 'nobody else has it').to.equal('none');
      expect(here.infoHashes(HASH, keyOf('reader'))).to.deep.equal([]);
    }
  });

  it('is a reader everywhere when it is available, and nothing when it is taken down or reset', () => {
    brought = [intake('available')];
    world.publish('book', 5n);
    expect(found().map(([right]) => right)).to.deep.equal(['reader', 'reader']);
    world.decide({ kind: 'take-down', hash: HASH });
    expect(found().map(([right]) => right)).to.deep.equal(['none', 'none']);
    world.decide({ kind: 'restore', hash: HASH });
    world.decide({ kind: 'reset-file', hash: HASH });
    expect(found().map(([right]) => right)).to.deep.equal(['none', 'none']);
  });

  it('has no right when the federation has taken down what is still pending', () => {
    brought = [intake('on-ledger')];
    world.run([world.upload('book', 5n)]);
    world.decide({ kind: 'take-down', hash: HASH });
    expect(found().map(([right]) => right)).to.deep.equal(['none', 'none']);
  });

  it('has no place in a swarm when it was refused, or has to sign again: nothing is brought then', () => {
    for (const code of ['upload.already-available', 'upload.sign-again'] as const) {
      brought = [intake('refused', code)];
      expect(found(), code).to.deep.equal([
        ['none', 0],
        ['none', 0],
      ]);
    }
  });
});
