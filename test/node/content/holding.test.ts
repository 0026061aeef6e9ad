/** What one library shows another of the bytes that it holds, and what it takes for shown. */
import { assert, expect } from 'chai';
import { type Bytes, equalBytes, utf8 } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { Holding, type Said } from '../../../node/content/holding.ts';
import { HOLDS_PROTOCOL, METAINFO_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { encodeMetainfo, infoHashes, type Metainfo } from '../../../torrent/metainfo.ts';
import { genesisOf, keyOf, World } from '../../chain/world.ts';
import { metainfoOf, RandomInMemory, vectorBytes } from '../../tracker/world.ts';
import { answerOf } from '../answer-of.ts';

const NAME = 'a book';
/** Two pieces: so its layer can be wrong. */
const BOOK = metainfoOf(vectorBytes(20_000), NAME);
const OTHER = metainfoOf(vectorBytes(20_001), NAME);
const NOTHING = new Uint8Array(0);

/** Libraries by name, with one ledger; each is asked as over the network, and what it answers can be altered on the way. */
class Town {
  readonly world = new World(genesisOf({ attestations: 2 }));
  readonly #houses = new Map<string, Holding>();
  /** Of the last question. */
  asked: { readonly protocol: string; readonly request: Bytes } | undefined;
  onItsWay: (answer: Bytes, to: string, from: Bytes) => Bytes = (answer) => answer;

  /** @param held - files whose bytes it has read. */
  library(name: string, held: readonly Metainfo[] = []): Holding {
    const find = (hash: Bytes) => held.find((one) => equalBytes(one.hash, hash));
    const house = new Holding({
      ledger: { head: () => this.world.state as never, genesis: this.world.genesis },
      network: {
        request: async (peer, protocol, request) => this.#ask(keyOf(name), peer, protocol, request),
      },
      random: new RandomInMemory(),
      metainfos: {
        get: find,
        encoded: (hash) => {
          const found = find(hash);
          return found && encodeMetainfo(found);
        },
      },
      self: keyOf(name),
    });
    this.#houses.set(name, house);
    return house;
  }

  #ask(from: Bytes, peer: Bytes, protocol: string, request: Bytes): Bytes {
    this.asked = { protocol, request };
    const [name, house] = [...this.#houses].find(([one]) => equalBytes(keyOf(one), peer)) ?? [];
    if (name === undefined || house === undefined) throw new Fault('network.unreachable', 'nobody is there');
    return this.onItsWay(answerOf(house.protocols, protocol, request, from), name, from);
  }

  /** `sponsor` says on the ledger that `key` has brought it the file. */
  brings(metainfo: Metainfo, sponsor: string, key = 'kim'): void {
    const { hash, size } = metainfo;
    const more = { hash, name: NAME, infoHashes: this.said(metainfo).infoHashes, sponsor: keyOf(sponsor) };
    this.world.run([this.world.register(key), this.world.upload(NAME, BigInt(size), key, more)]);
  }

  said(metainfo: Metainfo, sponsor = 'ann'): Said {
    const { announced } = infoHashes({ ...metainfo, name: NAME }, this.world.genesis.name);
    return { sponsor: keyOf(sponsor), size: BigInt(metainfo.size), name: NAME, infoHashes: announced };
  }
}

describe('what a library shows of the bytes that it holds', () => {
  let town: Town;
  beforeEach(() => {
    town = new Town();
  });

  describe('to one that has read them as well', () => {
    it('is taken from a sponsor that holds them, and not from one that does not, or is out of reach', async () => {
      const bob = town.library('bob', [BOOK]);
      town.library('ann', [BOOK, OTHER]);
      town.library('cid', [OTHER]);
      expect(await bob.isHeldBy(keyOf('ann'), BOOK)).to.equal(true);
      expect(await bob.isHeldBy(keyOf('cid'), BOOK)).to.equal(false);
      expect(await bob.isHeldBy(keyOf('dan'), BOOK), 'nobody is there').to.equal(false);
    });

    it('is good for this question, this asker and this prover only: nobody hands it on', async () => {
      const bob = town.library('bob', [BOOK]);
      const [ann, cid] = [town.library('ann', [BOOK]), town.library('cid', [BOOK])];
      town.library('dan');
      let before: Bytes | undefined;
      town.onItsWay = (answer) => {
        before = answer;
        return answer;
      };
      expect(await bob.isHeldBy(keyOf('ann'), BOOK)).to.equal(true);
      town.onItsWay = () => before!;
      expect(await bob.isHeldBy(keyOf('ann'), BOOK), 'of another moment').to.equal(false);
      town.onItsWay = () => answerOf(cid.protocols, HOLDS_PROTOCOL, town.asked!.request, keyOf('bob'));
      expect(await bob.isHeldBy(keyOf('dan'), BOOK), 'what cid shows to bob').to.equal(false);
      town.onItsWay = () => answerOf(ann.protocols, HOLDS_PROTOCOL, town.asked!.request, keyOf('dan'));
      expect(await bob.isHeldBy(keyOf('dan'), BOOK), 'what ann shows to dan').to.equal(false);
      expect(await bob.isHeldBy(keyOf('ann'), BOOK), 'even in the name of ann').to.equal(false);
      town.onItsWay = (answer) => answer.subarray(1);
      expect(await bob.isHeldBy(keyOf('ann'), BOOK), 'cut').to.equal(false);
    });

    it('is not shown by a metainfo of other pieces under the true hash', async () => {
      const pieces = BOOK.pieces.map((byte) => byte ^ 1);
      const bob = town.library('bob', [BOOK]);
      town.library('ann', [{ ...BOOK, pieces }]);
      expect(await bob.isHeldBy(keyOf('ann'), BOOK)).to.equal(false);
    });

    it('does not hide a mistake of ours', async () => {
      const bob = town.library('bob', [BOOK]);
      town.library('ann', [BOOK]);
      town.onItsWay = () => {
        throw new TypeError('a mistake');
      };
      const error = await bob.isHeldBy(keyOf('ann'), BOOK).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(TypeError);
    });
  });

  describe('to one that has none of them', () => {
    const learns = async (asker: string, from: string) => {
      const found = await town.library(asker).metainfoOf(BOOK.hash, town.said(BOOK, from));
      return found !== undefined;
    };

    it('is nothing before an upload of the file is on the ledger', async () => {
      town.library('ann', [BOOK]);
      expect(await learns('bob', 'ann')).to.equal(false);
      town.brings(OTHER, 'ann', 'lou');
      expect(await learns('bob', 'ann'), 'of another file').to.equal(false);
      town.brings(BOOK, 'ann');
      expect(await learns('bob', 'ann')).to.equal(true);
    });

    it('is nothing for whoever has said that it holds them, until the file is available', async () => {
      town.library('ann', [BOOK]);
      town.brings(BOOK, 'ann');
      town.brings(BOOK, 'bob', 'lou');
      expect(await learns('bob', 'ann'), 'it would show it to the others').to.equal(false);
      expect(await learns('cid', 'ann')).to.equal(true);
      const { infoHashes: wanted } = town.said(BOOK);
      const more = { hash: BOOK.hash, size: BigInt(BOOK.size), name: NAME, infoHashes: wanted };
      town.world.run([town.world.attest(NAME, 'cid', 'kim', NAME, more)]);
      expect(await learns('bob', 'ann'), 'now it is available').to.equal(true);
    });

    it('is nothing when there is nothing', async () => {
      town.library('ann');
      town.brings(BOOK, 'ann');
      expect(await learns('bob', 'ann')).to.equal(false);
      expect(await learns('bob', 'dan'), 'out of reach').to.equal(false);
    });

    it('is taken only when it fits what the sponsor has said on the ledger', async () => {
      const bob = town.library('bob');
      town.library('ann', [BOOK, OTHER]);
      town.brings(BOOK, 'ann');
      const said = town.said(BOOK);
      const asks = async (other: Partial<Said>) =>
        (await bob.metainfoOf(BOOK.hash, { ...said, ...other })) !== undefined;
      expect(await asks({})).to.equal(true);
      expect(await asks({ size: said.size + 1n }), 'size').to.equal(false);
      expect(await asks({ name: 'another name' }), 'name').to.equal(false);
      expect(await asks({ infoHashes: said.infoHashes.toReversed() }), 'info hashes').to.equal(false);
      for (const [what, answer] of [
        ['of another file', encodeMetainfo(OTHER)],
        ['of a layer that does not fold', encodeMetainfo({ ...BOOK, layer: BOOK.layer.toReversed() })],
        ['of other pieces', encodeMetainfo({ ...BOOK, pieces: BOOK.pieces.toReversed() })],
        ['no metainfo', utf8('something')],
        ['nothing', NOTHING],
      ] as const) {
        town.onItsWay = () => answer;
        expect(await asks({}), what).to.equal(false);
      }
    });
  });

  it('is refused to a question that is none, whatever its length', () => {
    const ann = town.library('ann', [BOOK]);
    town.brings(BOOK, 'ann');
    const bob = keyOf('bob');
    const nonce = new Uint8Array(32);
    for (const [protocol, request] of [
      [METAINFO_PROTOCOL, NOTHING],
      [METAINFO_PROTOCOL, BOOK.hash.subarray(1)],
      [METAINFO_PROTOCOL, Buffer.concat([BOOK.hash, nonce])],
      [HOLDS_PROTOCOL, NOTHING],
      [HOLDS_PROTOCOL, BOOK.hash],
      [HOLDS_PROTOCOL, Buffer.concat([BOOK.hash, nonce, nonce])],
    ] as const) {
      try {
        answerOf(ann.protocols, protocol, request, bob);
        assert.fail(`${protocol} of ${request.length} bytes`);
      } catch (error) {
        assert(error instanceof Fault && error.code === 'network.unreachable');
      }
    }
    expect(
      answerOf(ann.protocols, HOLDS_PROTOCOL, Buffer.concat([OTHER.hash, nonce]), bob),
      'not here',
    ).to.deep.equal(NOTHING);
    expect(answerOf(ann.protocols, METAINFO_PROTOCOL, OTHER.hash, bob), 'not here').to.deep.equal(NOTHING);
  });
});
