/** The rules for readers, files and payments: one test for each code. */
import { expect } from 'chai';
import {
  account,
  attestation,
  attestedUpload,
  file,
  pendingUpload,
  purchase,
  right,
  supply,
  uploaderOf,
} from '../../chain/queries.ts';
import { fileKey, SUPPLY } from '../../chain/state/keys.ts';
import { prove } from '../../chain/state/proof.ts';
import { check } from '../../chain/transaction/rules.ts';
import type { TransactionOf } from '../../chain/transaction/transaction.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import { TOKENS_MAX } from '../../core/scalars.ts';
import { genesisOf, hashOf, infoHashesOf, keyOf, READER_TOKENS, World } from './world.ts';

describe('rules for readers and files', () => {
  it('registers a key once; register.already-known for a repeat, whoever sponsors it', () => {
    const world = new World();
    const { events } = world.run([world.register('new')]);
    expect(events).to.deep.equal([{ kind: 'registered', key: keyOf('new') }]);
    expect(account(world.state.view, keyOf('new'))?.tokens).to.equal(0n);
    expect(world.code(world.register('new', 'bob'))).to.equal('register.already-known');
    expect(world.verdict(world.register('new')).kind).to.equal('ignore');
  });

  it('member.unknown: only a member sponsors and attests', () => {
    const world = new World();
    expect(world.code(world.register('new', 'reader'))).to.equal('member.unknown');
    expect(world.code(world.upload('f', 1n, 'reader', { sponsor: keyOf('reader') }))).to.equal(
      'member.unknown',
    );
    expect(world.code(world.attest('f', 'reader'))).to.equal('member.unknown');
  });

  it('register.daily-cap: a member registers so many keys a day, and each member has its own', () => {
    const world = new World(genesisOf({ registrationsPerNodePerDay: 2 }));
    world.run([world.register('one'), world.register('two')]);
    expect(world.code(world.register('three'))).to.equal('register.daily-cap');
    expect(world.code(world.register('one')), 'a repeat costs nothing').to.equal('register.already-known');
    expect(world.code(world.register('three', 'bob'))).to.equal('accept');
    world.run([], midnightAfter(world) - world.time - 1);
    expect(world.code(world.register('three'), 1)).to.equal('accept');
    world.run([world.register('three'), world.register('four')]);
    expect(world.code(world.register('five'))).to.equal('register.daily-cap');
  });

  it('upload.daily-cap: of what a stolen key signs in a day no more is credited than to one key, and by one member', () => {
    const world = new World(genesisOf({ uploadBytesPerKeyPerDay: 100, uploadBytesPerNodePerDay: 150 }));
    const code = (size: bigint, key = 'uploader', sponsor = 'ann') =>
      world.code(world.upload('next', size, key, sponsoredBy(sponsor)));
    world.run([world.upload('a', 60n)]);
    expect(code(41n)).to.equal('upload.daily-cap');
    expect(code(40n)).to.equal('accept');
    expect(code(41n, 'uploader', 'bob'), 'whoever sponsors it').to.equal('upload.daily-cap');
    world.run([world.upload('b', 90n, 'reader')]);
    expect(code(1n), 'the member has had its share').to.equal('upload.daily-cap');
    expect(code(10n, 'reader', 'bob')).to.equal('accept');
    expect(account(world.state.view, keyOf('uploader'))?.tokens).to.equal(60n);
    world.run([], midnightAfter(world) - world.time - 1);
    expect(code(100n)).to.equal('accept');
    expect(code(101n)).to.equal('upload.daily-cap');
  });

  it('upload.daily-cap: counts an upload once, however many libraries attest it', () => {
    const world = new World(genesisOf({ attestations: 2, uploadBytesPerKeyPerDay: 100 }));
    world.run([world.upload('a', 60n)]);
    world.run([world.upload('a', 60n, 'uploader', sponsoredBy('bob'))]);
    expect(account(world.state.view, keyOf('uploader'))?.tokens).to.equal(60n);
    expect(world.code(world.upload('b', 40n))).to.equal('accept');
    expect(world.code(world.upload('b', 41n))).to.equal('upload.daily-cap');
  });

  it('is not exhausted by one entry: after the largest file there is room for thousands more', () => {
    const world = new World(genesisOf({ fileBytesMax: 2 ** 50 }));
    world.run([world.upload('huge', 2n ** 50n)]);
    expect(world.code(world.upload('book', 1_000_000n))).to.equal('accept');
    expect(world.code(world.upload('book', 2n ** 50n, 'reader'))).to.equal('accept');
    expect(supply(world.state.view).minted * 8_191n < TOKENS_MAX).to.equal(true);
  });

  it('key.unacceptable: a key of small order is not registered', () => {
    const world = new World();
    const small = { ...world.register('new'), key: Uint8Array.of(1, ...new Uint8Array(31)) };
    expect(world.code(small)).to.equal('key.unacceptable');
  });

  it('reader.unknown: a key that is not registered neither uploads, downloads, pays nor is paid', () => {
    const world = new World();
    world.publish('f', 10n);
    expect(world.code(world.upload('g', 1n, 'stranger'))).to.equal('reader.unknown');
    expect(world.code(world.download('f', 'stranger'))).to.equal('reader.unknown');
    expect(world.code(world.transfer('stranger', 1n))).to.equal('reader.unknown');
    expect(world.code(world.transfer('reader', 1n, 'stranger'))).to.equal('reader.unknown');
    expect(world.code(world.buy('stranger', 1n, 'r'))).to.equal('reader.unknown');
    expect(world.code(world.sell(1n, 'stranger'))).to.equal('reader.unknown');
  });

  it('file.wrong-name: an upload has a plain file name', () => {
    const world = new World();
    expect(world.code(world.upload('a/b', 1n))).to.equal('file.wrong-name');
    expect(world.code(world.upload('a b.epub', 1n))).to.equal('accept');
  });

  it('file.wrong-size: a file is as large as the federation lets it; file.empty, file.of-64-bytes: and what is neither file nor part', () => {
    const world = new World();
    expect(world.code(world.upload('f', 0n))).to.equal('file.empty');
    expect(world.code(world.upload('f', 1n))).to.equal('accept');
    expect(world.code(world.upload('f', 63n))).to.equal('accept');
    expect(world.code(world.upload('f', 64n))).to.equal('file.of-64-bytes');
    expect(world.code(world.upload('f', 65n))).to.equal('accept');
    expect(world.code(world.upload('f', 2n ** 40n))).to.equal('accept');
    expect(world.code(world.upload('f', 2n ** 40n + 1n))).to.equal('file.wrong-size');
    expect(world.code(world.upload('f', TOKENS_MAX + 1n))).to.equal('file.wrong-size');
  });

  it('takes an upload for the first attestation: with one wanted the file is available; upload.already-known for a repeat', () => {
    const world = new World();
    const { events } = world.run([world.upload('f', 5n)]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['uploaded', 'attested', 'available']);
    expect(account(world.state.view, keyOf('uploader'))).to.include({ tokens: 5n, uploaded: 5n });
    expect(world.verdict(world.upload('f', 5n))).to.deep.equal({
      kind: 'ignore',
      code: 'upload.already-known',
    });
    expect(world.code(world.upload('f', 5n, 'reader', sponsoredBy('bob')))).to.equal('upload.already-known');
  });

  it('upload.size-mismatch: an available file does not change its size', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.publish('f', 5n);
    expect(world.code(world.upload('f', 6n, 'reader', sponsoredBy('cid')))).to.equal('upload.size-mismatch');
    expect(world.code(world.upload('f', 6n))).to.equal('upload.size-mismatch');
  });

  describe('lets nobody who was first stand in the way of the true upload of a key', () => {
    /** What a liar says first, with the signature of the same reader: it stands in public as soon as it was sent. */
    const lies = {
      'another size': { size: 7n },
      'another name': { name: 'a slander.txt' },
      'other info hashes': { infoHashes: infoHashesOf('made up') },
    };
    for (const [what, lie] of Object.entries(lies)) {
      it(what, () => {
        const world = new World(genesisOf({ attestations: 2 }));
        world.run([world.upload('f', 5n, 'uploader', { ...sponsoredBy('dan'), ...lie })]);
        expect(
          world.code(world.upload('f', 5n, 'uploader', { ...sponsoredBy('dan') })),
          'it has said so',
        ).to.equal('upload.already-sponsored');
        const { events } = world.run([world.upload('f', 5n)]);
        expect(events.map(({ kind }) => kind)).to.deep.equal(['uploaded', 'attested']);
        expect(attestedUpload(world.state.view, hashOf('f'), keyOf('dan'), world.time)).to.deep.include(lie);
        world.run([world.attest('f', 'bob', 'uploader', 'f', { size: 5n })]);
        const { size, name, infoHashes } = file(world.state.view, hashOf('f'))!;
        expect({ size, name, infoHashes }).to.deep.equal({
          size: 5n,
          name: 'f',
          infoHashes: infoHashesOf('f'),
        });
        expect(account(world.state.view, keyOf('uploader'))?.tokens).to.equal(5n);
      });
    }
  });

  it('upload.unknown: an attestation is of what an upload says, and of nothing that no upload says', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.run([world.upload('f', 5n)]);
    const code = (more: Partial<TransactionOf<'attest'>>): string =>
      world.code(world.attest('f', 'bob', 'uploader', 'f', more));
    expect(code({ size: 6n })).to.equal('upload.unknown');
    expect(code({ name: 'g' })).to.equal('upload.unknown');
    expect(code({ infoHashes: infoHashesOf('g') })).to.equal('upload.unknown');
    expect(code({})).to.equal('accept');
  });

  it('upload.unknown: nobody attests what no library has sponsored', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.run([world.upload('f', 5n)]);
    expect(world.code(world.attest('g', 'bob'))).to.equal('upload.unknown');
    expect(world.code(world.attest('f', 'bob', 'reader'))).to.equal('upload.unknown');
    expect(world.code(world.attest('f', 'bob'))).to.equal('accept');
  });

  it('upload.already-sponsored: one pending upload of a hash a library, so that 10,000 keys make no more', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.run([world.upload('f', 5n)]);
    expect(world.code(world.upload('f', 5n, 'reader'))).to.equal('upload.already-sponsored');
    expect(world.code(world.upload('f', 5n, 'reader', sponsoredBy('bob')))).to.equal('accept');
    expect(world.code(world.attest('f', 'ann'))).to.equal('attest.already-known');
  });

  it('makes a file available and credits it when enough libraries say the same; attest.already-known for a repeat', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    const other = { infoHashes: infoHashesOf('other bytes') };
    world.run([world.upload('f', 5n, 'uploader', other)]);
    expect(world.code(world.attest('f', 'ann', 'uploader', 'other bytes'))).to.equal('attest.already-known');
    world.run([world.upload('f', 5n, 'uploader', sponsoredBy('bob'))]);
    expect(file(world.state.view, hashOf('f')), 'they do not say the same').to.equal(undefined);
    const { events } = world.run([world.attest('f', 'cid')]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['attested', 'available']);
    expect(file(world.state.view, hashOf('f'))?.infoHashes).to.deep.equal(infoHashesOf('f'));
    expect(account(world.state.view, keyOf('uploader'))).to.include({ tokens: 5n, uploaded: 5n });
    expect(supply(world.state.view).minted).to.equal(5n);
    expect(world.verdict(world.attest('f', 'dan')).kind).to.equal('ignore');
  });

  it('takes an upload that says the same for an attestation of the one that was there', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.run([world.upload('f', 5n)]);
    const { events } = world.run([world.upload('f', 5n, 'uploader', sponsoredBy('bob'))]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['attested', 'available']);
    expect(account(world.state.view, keyOf('uploader'))?.tokens).to.equal(5n);
  });

  it('lets two libraries that were brought the same book at once agree: the last word of each counts', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.run([world.upload('f', 5n), world.upload('f', 5n, 'reader', sponsoredBy('bob'))]);
    expect(file(world.state.view, hashOf('f'))).to.equal(undefined);
    const { events } = world.run([world.attest('f', 'bob')]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['attested', 'available']);
    expect(uploaderOf(world.state.view, hashOf('f'))).to.deep.equal(keyOf('uploader'));
    expect(account(world.state.view, keyOf('reader'))?.tokens, 'no credit for the later one').to.equal(
      READER_TOKENS,
    );
  });

  it('takes back what a library has said of another upload when it attests one, and back again', () => {
    const world = new World(genesisOf({ attestations: 3 }));
    world.run([world.upload('f', 5n), world.upload('f', 5n, 'reader', sponsoredBy('bob'))]);
    const saidBy = (name: string) =>
      attestedUpload(world.state.view, hashOf('f'), keyOf(name), world.time)?.key;
    expect(saidBy('bob')).to.deep.equal(keyOf('reader'));
    world.run([world.attest('f', 'bob')]);
    expect(saidBy('bob')).to.deep.equal(keyOf('uploader'));
    world.run([world.attest('f', 'ann', 'reader'), world.attest('f', 'cid', 'reader')]);
    expect(file(world.state.view, hashOf('f')), 'ann and cid for one, bob for the other').to.equal(undefined);
    world.run([world.attest('f', 'bob', 'reader')]);
    expect(uploaderOf(world.state.view, hashOf('f'))).to.deep.equal(keyOf('reader'));
  });

  it('forgets an upload that is not available after 30 days, and what was said of it', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.run([world.upload('f', 5n)]);
    world.run([], limits.uploadPendingMs - 1);
    expect(world.code(world.attest('f', 'bob'), 1)).to.equal('accept');
    expect(world.code(world.attest('f', 'bob'), 2)).to.equal('upload.unknown');
    expect(world.code(world.download('f'), 2)).to.equal('file.unknown');
    expect(world.code(world.upload('f', 6n, 'reader'), 2), 'its sponsor is free').to.equal('accept');
    world.run([world.upload('f', 6n, 'uploader', sponsoredBy('bob'))], 2);
    expect(pendingUpload(world.state.view, hashOf('f'), keyOf('uploader'), world.time)?.size).to.equal(6n);
    expect(attestation(world.state.view, hashOf('f'), keyOf('ann'), world.time)).to.equal(undefined);
    expect(file(world.state.view, hashOf('f')), 'what ann said is over').to.equal(undefined);
  });

  it('says whose word the name is: the reader’s in the form with an expiry, else the library’s', () => {
    const world = new World();
    const expires = world.time / 1_000 + 100;
    world.run([world.upload('f', 5n), world.upload('g', 5n, 'uploader', { expires })]);
    expect(file(world.state.view, hashOf('f'))?.nameSigned).to.equal(false);
    expect(file(world.state.view, hashOf('g'))?.nameSigned).to.equal(true);
  });

  it('proves a file to anybody without a word of who uploaded it', () => {
    const world = new World();
    world.run([world.upload('f', 5n)]);
    const { value } = prove(world.state, fileKey(hashOf('f')));
    expect(toHex(value!)).to.include(toHex(infoHashesOf('f')[0]!));
    expect(toHex(value!)).not.to.include(toHex(keyOf('uploader')));
    expect(toHex(value!)).not.to.include(toHex(keyOf('ann')));
  });

  it('credits a file once for ever, whoever brings it later', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.publish('f', 5n);
    expect(world.code(world.upload('f', 5n, 'reader', sponsoredBy('cid')))).to.equal('upload.already-known');
    expect(world.code(world.attest('f', 'cid', 'reader'))).to.equal('attest.already-known');
    expect(account(world.state.view, keyOf('reader'))?.tokens).to.equal(READER_TOKENS);
  });

  it('counts only those that are still members, and a repeat when fewer are asked for', () => {
    const world = new World(genesisOf({ attestations: 3 }));
    world.run([world.upload('f', 5n, 'uploader', sponsoredBy('dan')), world.attest('f', 'ann')]);
    world.decide({ kind: 'remove-member', key: keyOf('dan') });
    world.run([world.attest('f', 'bob')]);
    expect(file(world.state.view, hashOf('f'))).to.equal(undefined);
    world.decide({ kind: 'set-parameters', parameters: { ...world.genesis.parameters, attestations: 2 } });
    world.run([world.attest('f', 'bob')]);
    expect(file(world.state.view, hashOf('f'))?.size).to.equal(5n);
  });

  it('amount.too-much: no balance and no minting passes 2^63-1', () => {
    const start = genesisOf();
    const [billing, reader] = start.accounts;
    const rest = billing!.tokens + reader!.tokens;
    const rich = { key: keyOf('uploader'), tokens: TOKENS_MAX - rest };
    const world = new World({ ...start, accounts: [billing!, reader!, rich] });
    expect(world.code(world.upload('f', rest))).to.equal('accept');
    expect(world.code(world.upload('f', rest + 1n))).to.equal('amount.too-much');
    world.run([world.upload('f', rest)]);
    expect(world.code(world.transfer('uploader', 1n))).to.equal('amount.too-much');
    expect(world.code(world.upload('g', 1n, 'reader'))).to.equal('accept');
    const minted = encode([rest, TOKENS_MAX - 4n, 0n]);
    const get = (key: Uint8Array) => (equalBytes(key, SUPPLY) ? minted : world.state.view.get(key));
    const context = { chainId: world.chainId, height: 2, time: world.time + 1, epoch: 0, version: 1 };
    const mint = (size: bigint) => check({ get }, world.upload('g', size, 'reader'), context);
    expect(mint(4n).kind).to.equal('accept');
    expect(mint(5n)).to.include({ kind: 'reject', code: 'amount.too-much' });
  });

  it('file.unknown, then file.not-available until a library holds it', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    expect(world.code(world.download('f'))).to.equal('file.unknown');
    world.run([world.upload('f', 5n)]);
    expect(world.code(world.download('f'))).to.equal('file.not-available');
    world.run([world.attest('f', 'bob')]);
    expect(world.code(world.download('f'))).to.equal('accept');
  });

  it('sells a file once to a key; download.already-owned for a repeat and for the uploader', () => {
    const world = new World();
    world.publish('f', 5n);
    const { events } = world.run([world.download('f')]);
    expect(events).to.deep.equal([
      { kind: 'purchased', hash: hashOf('f'), key: keyOf('reader'), size: 5n, card: 0n },
    ]);
    expect(purchase(world.state.view, hashOf('f'), keyOf('reader'))).to.equal(true);
    expect(account(world.state.view, keyOf('reader'))).to.include({ tokens: 995n, downloaded: 5n });
    expect(supply(world.state.view).burned).to.equal(5n);
    expect(world.verdict(world.download('f')).kind).to.equal('ignore');
    expect(world.code(world.download('f'))).to.equal('download.already-owned');
    expect(world.code(world.download('f', 'uploader'))).to.equal('download.already-owned');
  });

  it('download.not-enough-tokens: one token short is short', () => {
    const world = new World();
    world.publish('f', READER_TOKENS + 1n);
    expect(world.code(world.download('f'))).to.equal('download.not-enough-tokens');
    world.publish('g', READER_TOKENS);
    expect(world.code(world.download('g'))).to.equal('accept');
  });

  it('file.taken-down: no upload, attestation or download until it is restored', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.publish('f', 5n);
    world.run([world.download('f'), world.upload('pending', 1n)]);
    world.decide({ kind: 'take-down', hash: hashOf('f') });
    world.decide({ kind: 'take-down', hash: hashOf('pending') });
    expect(world.code(world.download('f'))).to.equal('file.taken-down');
    expect(world.code(world.upload('f', 5n, 'reader'))).to.equal('file.taken-down');
    expect(world.code(world.attest('pending', 'bob'))).to.equal('file.taken-down');
    expect(right(world.state.view, keyOf('reader'), hashOf('f'))).to.equal('none');
    expect(right(world.state.view, keyOf('ann'), hashOf('f'))).to.equal('member');
    world.decide({ kind: 'restore', hash: hashOf('f') });
    world.decide({ kind: 'restore', hash: hashOf('pending') });
    expect(world.code(world.attest('pending', 'bob')), 'it stayed pending').to.equal('accept');
    expect(right(world.state.view, keyOf('reader'), hashOf('f'))).to.equal('reader');
  });

  it('says who may enter a swarm', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    const rights = () =>
      ['uploader', 'reader', 'billing', 'dan'].map((name) =>
        right(world.state.view, keyOf(name), hashOf('f')),
      );
    expect(rights()).to.deep.equal(['none', 'none', 'none', 'member']);
    world.run([world.upload('f', 5n), world.upload('f', 5n, 'reader', sponsoredBy('bob'))]);
    expect(rights(), 'an upload gives none').to.deep.equal(['none', 'none', 'none', 'member']);
    world.run([world.attest('f', 'bob')]);
    expect(rights()).to.deep.equal(['reader', 'none', 'none', 'member']);
    world.run([world.download('f')]);
    expect(rights()).to.deep.equal(['reader', 'reader', 'none', 'member']);
  });
});

function sponsoredBy(name: string): { readonly sponsor: Uint8Array } {
  return { sponsor: keyOf(name) };
}

/** The first moment of the next day. */
function midnightAfter({ time }: World): number {
  return (Math.floor(time / 86_400_000) + 1) * 86_400_000;
}
