/** What a file mints for its uploader: at once, as others pay for it, or never. The rules are docs/ledger.md, "attest" and "download". */
import { expect } from 'chai';
import { account, minting, supply } from '../../../chain/queries.ts';
import { SPACES } from '../../../chain/state/keys.ts';
import { TOKENS_MAX } from '../../../core/scalars.ts';
import { genesisOf, hashOf, keyOf, World } from '../world.ts';

type Tuned = Parameters<typeof genesisOf>[0];

function published(parameters: Tuned, size = 100n): World {
  const world = new World(genesisOf({ cardBytesPerNodePerDay: 1_000, ...parameters }));
  world.run(['ben', 'cleo', 'dora', 'emil'].map((name) => world.register(name)));
  for (const name of ['ben', 'cleo', 'dora']) world.run([world.buy(name, 10n * size, `for ${name}`)]);
  world.publish('f', size);
  return world;
}
const uploader = ({ state }: World) => account(state.view, keyOf('uploader'));
const ofFile = ({ state }: World) => minting(state.view, hashOf('f'));

describe('what a file mints', () => {
  it('is its size at once where nothing is held back, and leaves no entry', () => {
    const world = published({});
    expect(uploader(world)).to.include({ tokens: 100n, uploaded: 100n, pending: 0n });
    expect(ofFile(world)).to.deep.equal({ minted: 100n, mayYet: 0n, stock: false });
    world.run([world.download('f', 'ben')]);
    expect(uploader(world)).to.include({ tokens: 100n, pending: 0n });
    const written = world.blocks.flatMap(({ writes }) => writes.map(({ key }) => key[0]));
    expect(written).not.to.include(SPACES.minting);
  });

  it('is held back as the federation says, and comes by half with each purchase', () => {
    const world = published({ vestingPermille: 1_000 });
    expect(uploader(world)).to.include({ tokens: 0n, uploaded: 100n, pending: 100n });
    expect(supply(world.state.view)).to.include({ minted: 0n });
    const { events } = world.run([world.download('f', 'ben')]);
    expect(events.at(-1)).to.deep.equal({
      ...{ kind: 'earned', hash: hashOf('f'), uploader: keyOf('uploader'), amount: 50n },
    });
    expect(uploader(world)).to.include({ tokens: 50n, pending: 50n });
    world.run([world.download('f', 'cleo')]);
    expect(ofFile(world)).to.deep.equal({ minted: 100n, mayYet: 0n, stock: false });
    const third = world.run([world.download('f', 'dora')]);
    expect(third.events.map(({ kind }) => kind)).to.deep.equal(['purchased']);
    expect(uploader(world)).to.include({ tokens: 100n, pending: 0n });
    expect(supply(world.state.view)).to.include({ minted: 100n, burned: 300n });
  });

  it('rounds down what comes at once, and never below one token what was paid for', () => {
    const world = published({ vestingPermille: 999, releasePermille: 0 }, 1_999n);
    expect(ofFile(world)).to.include({ minted: 1n, mayYet: 1_998n });
    world.run([world.download('f', 'ben')]);
    expect(ofFile(world)).to.include({ minted: 2n, mayYet: 1_997n });
  });

  it('follows what was paid, not what the file is large: nothing for a card, or the share that cards release', () => {
    for (const [cardReleasePermille, amount] of [
      [0, 10n],
      [500, 50n],
    ] as const) {
      const world = published({ vestingPermille: 1_000, cardReleasePermille });
      world.run([world.card('ben', 8n)]);
      world.run([world.download('f', 'ben')]);
      expect(uploader(world), `80 on a card, 20 in tokens, ${cardReleasePermille}`).to.include({
        tokens: amount,
      });
    }
    const world = published({ vestingPermille: 1_000 });
    world.run([world.card('emil', 10n)]);
    const { events } = world.run([world.download('f', 'emil')]);
    expect(
      events.map(({ kind }) => kind),
      'all of it on a card',
    ).to.deep.equal(['purchased']);
    expect(uploader(world)).to.include({ tokens: 0n, pending: 100n });
  });

  it('waits where the uploader has no room for it, and the purchase stands', () => {
    const start = genesisOf({ vestingPermille: 500 });
    const [billing, reader] = start.accounts;
    const rest = billing!.tokens + reader!.tokens;
    const full = { key: keyOf('uploader'), tokens: TOKENS_MAX - rest };
    const world = new World({ ...start, accounts: [billing!, reader!, full] });
    world.publish('f', 500n);
    world.run([world.upload('of the reader', 2_000n, 'reader')]);
    world.run([
      world.buy('uploader', billing!.tokens, 'all'),
      world.transfer('uploader', reader!.tokens - 350n),
    ]);
    expect(uploader(world)).to.include({ tokens: TOKENS_MAX - 100n, pending: 250n });
    const { events } = world.run([world.download('f'), world.register('ben')]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['purchased', 'registered']);
    expect(uploader(world)).to.include({ tokens: TOKENS_MAX - 100n, pending: 250n });
    world.run([world.transfer('ben', 600n, 'uploader')]);
    world.run([world.download('f', 'ben')]);
    expect(uploader(world)).to.include({ tokens: TOKENS_MAX - 450n, pending: 0n });
  });

  it('is lost when the file is taken down, and does not come back with it', () => {
    const world = published({ vestingPermille: 1_000 });
    world.run([world.download('f', 'ben')]);
    world.decide({ kind: 'take-down', hash: hashOf('f') });
    expect(uploader(world)).to.include({ tokens: 50n, pending: 0n });
    world.decide({ kind: 'restore', hash: hashOf('f') });
    world.run([world.download('f', 'cleo')]);
    expect(uploader(world)).to.include({ tokens: 50n, pending: 0n });
    expect(ofFile(world)).to.deep.equal({ minted: 50n, mayYet: 0n, stock: false });
    world.decide({ kind: 'reset-file', hash: hashOf('f') });
    expect(uploader(world)).to.include({ tokens: 0n, uploaded: 0n, pending: 0n });
    expect(supply(world.state.view).minted).to.equal(0n);
  });

  it('is taken back with a false entry: what was minted, not the size, and what was to come', () => {
    const world = published({ vestingPermille: 600 });
    world.run([world.transfer('uploader', 7n, 'ben')]);
    world.decide({ kind: 'reset-file', hash: hashOf('f') });
    expect(uploader(world)).to.include({ tokens: 7n, uploaded: 0n, pending: 0n });
    expect(supply(world.state.view).minted).to.equal(0n);
    expect(ofFile(world)).to.equal(undefined);
    world.publish('f', 100n);
    expect(ofFile(world), 'the true file begins anew').to.include({ minted: 40n, mayYet: 60n });
  });
});

describe('stock', () => {
  const stock = (world: World, file = 's', more = {}) => world.upload(file, 100n, 'ann', more);

  it('is what a library brings itself: it mints nothing, waits for nothing, needs no account', () => {
    const world = new World(genesisOf({ vestingPermille: 500 }));
    const before = supply(world.state.view);
    const { events } = world.run([stock(world)]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['uploaded', 'attested', 'available']);
    expect(minting(world.state.view, hashOf('s'))).to.deep.equal({ minted: 0n, mayYet: 0n, stock: true });
    expect(account(world.state.view, keyOf('ann'))).to.equal(undefined);
    expect(supply(world.state.view)).to.deep.equal(before);
    const sold = world.run([world.download('s')]);
    expect(sold.events.map(({ kind }) => kind)).to.deep.equal(['purchased']);
    expect(account(world.state.view, keyOf('reader'))).to.include({ tokens: 900n });
  });

  it('changes no account of a library that is registered as a reader, and none when it is reset', () => {
    const world = new World(genesisOf());
    world.run([world.register('ann')]);
    world.run([world.buy('ann', 5n, 'payment')]);
    world.run([stock(world)]);
    const nothing = { tokens: 5n, uploaded: 0n, pending: 0n };
    expect(account(world.state.view, keyOf('ann'))).to.include(nothing);
    world.decide({ kind: 'take-down', hash: hashOf('s') });
    world.decide({ kind: 'reset-file', hash: hashOf('s') });
    expect(account(world.state.view, keyOf('ann'))).to.include(nothing);
    world.publish('s', 100n);
    expect(uploader(world)).to.include({ tokens: 100n });
  });

  it('counts for no cap of a day', () => {
    const world = new World(genesisOf({ uploadBytesPerKeyPerDay: 50, uploadBytesPerNodePerDay: 50 }));
    world.run([stock(world)]);
    world.run([stock(world, 't')]);
    expect(world.code(world.upload('v', 50n)), 'of the day nothing is used').to.equal('accept');
  });

  it('upload.stock-of-another: no other library makes it mint with what its owner has signed', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.run([world.register('ann')]);
    expect(world.code(stock(world, 's', { sponsor: keyOf('bob') }))).to.equal('upload.stock-of-another');
    world.run([stock(world)]);
    world.run([world.attest('s', 'bob', 'ann')]);
    expect(minting(world.state.view, hashOf('s'))).to.include({ stock: true });
    world.decide({ kind: 'reset-file', hash: hashOf('s') });
    expect(world.code(stock(world, 's', { sponsor: keyOf('bob') }))).to.equal('upload.stock-of-another');
  });
});
