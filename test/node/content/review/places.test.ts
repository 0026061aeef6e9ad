/** Places of what readers bring and a person is to look at: they are apart from those that are made for seconds. */
import { assert, expect } from 'chai';
import { parseAddress } from '../../../../core/address.ts';
import { utf8 } from '../../../../core/bytes.ts';
import { limits } from '../../../../core/limits.ts';
import { hashOf, keyOf, UploadDesk } from '../upload-desk.ts';

const [FEW, CROWDED] = [limits.reviewsPerStrangerMax, limits.reviewsPerStrangerCrowdedMax];

describe('places of uploads that wait for a librarian', () => {
  let desk: UploadDesk;
  beforeEach(async () => {
    desk = await UploadDesk.open([], { manual: true });
  });
  afterEach(() => desk.stop());

  async function bring(reader: string, what: string, from = '10.0.0.1', seconds = 600): Promise<string> {
    const expires = Math.floor(desk.clock.now() / 1_000) + seconds;
    const announced = desk.announced(reader, utf8(what), 'a book', expires);
    const chunks = (async function* () {
      yield utf8(what);
    })();
    const received = await desk.uploads.receiveFile(chunks, { ...announced, from: parseAddress(from)! });
    if (received.kind === 'reject') return JSON.stringify([received.code, received.facts ?? null]);
    return (await (received.kind === 'accept' ? received.value.outcome() : undefined))?.state ?? '';
  }
  const FULL = '["review.full",null]';

  /** @returns how many this reader has brought when no more find a place. */
  async function fill(reader: string, from?: string): Promise<number> {
    for (let count = 0; ; count++) {
      const told = await bring(reader, `${reader} ${count}`, from);
      if (told !== 'in-review') {
        expect(told, 'no time is told after which it would be better').to.equal(FULL);
        return count;
      }
    }
  }

  it('review.full: two keys at one address leave as many to a third one as they have, also after a kill', async () => {
    expect([await fill('eve'), await fill('bob')]).to.deep.equal([FEW, FEW]);
    await desk.killAndRestart();
    expect(await bring('eve', 'one more')).to.equal(FULL);
    expect(await fill('kim')).to.equal(FEW);
  });

  it('review.full: once half of an address is taken a key has two there, and other addresses of its network have theirs', async () => {
    const keys = limits.reviewsPerAddressMax / 2 / FEW;
    for (let index = 0; index < keys; index++) expect(await fill(`liar ${index}`)).to.equal(FEW);
    const more = limits.reviewsPerAddressMax / 2 / CROWDED;
    for (let index = 0; index < more; index++) expect(await fill(`crowd ${index}`)).to.equal(CROWDED);
    expect(await fill('kim')).to.equal(0);
    expect(await fill('kim', '10.0.0.2')).to.equal(FEW);
  });

  it('are free again when a librarian has looked, and then for whoever is next', async () => {
    await fill('eve');
    const asked = { queue: ['others', 'test', 'test'] as const, spent() {} };
    const shown = await desk.review.show(hashOf(utf8('eve 0')), undefined, asked);
    assert(shown.kind === 'accept');
    expect((await desk.review.decline(shown.value, undefined)).kind).to.equal('accept');
    expect(await bring('eve', 'one more')).to.equal('in-review');
    expect(await bring('eve', 'and one more')).to.equal(FULL);
  });

  it('are kept by what has lapsed there until it is over: it takes none of those that are made for seconds', async () => {
    for (let index = 0; index < FEW; index++) await bring('eve', `eve ${index}`, undefined, 2);
    desk.clock.time += 10_000;
    await desk.look();
    expect(desk.uploads.standing(hashOf(utf8('eve 0')), keyOf('eve'))?.code).to.equal('upload.sign-again');
    expect(await bring('eve', 'one more')).to.equal(FULL);
    desk.clock.time += limits.unsignedBytesMs + 1;
    await desk.look();
    expect(await bring('eve', 'one more')).to.equal('in-review');
  });

  it('review.full: what a reader is to seed has one of both kinds from the start', async () => {
    const bringer = { key: keyOf('eve'), address: '10.0.0.1', byPage: false, paid: false, seeded: true };
    for (let index = 0; index < FEW; index++) {
      const hash = hashOf(utf8(`eve ${index}`));
      assert(desk.intakes.mayBegin(hash, bringer, () => false).kind === 'accept');
      await desk.intakes.put({
        ...{ ...bringer, hash, size: 5n, name: 'a book', signature: new Uint8Array(64), expires: undefined },
        ...{ lapses: desk.clock.now() + 1_000, infoHashes: [], state: 'fetching', code: undefined },
        until: desk.clock.now() + 1_000,
      });
    }
    const more = desk.intakes.mayBegin(hashOf(utf8('one more')), bringer, () => false);
    expect(more).to.deep.include({ kind: 'reject', code: 'review.full' });
    const idle = desk.intakes.inTheWay(hashOf(utf8('one more')), bringer, () => true);
    expect(idle, 'one of which nothing comes gives way').to.have.length(1);
  });
});
