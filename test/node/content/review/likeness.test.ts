import { expect } from 'chai';
import { type Catalogue, openCatalogue } from '../../../../catalogue/catalogue.ts';
import { utf8 } from '../../../../core/bytes.ts';
import { sha256 } from '../../../../core/hash.ts';
import { limits } from '../../../../core/limits.ts';
import { likenessOf, titled } from '../../../../node/content/review/likeness.ts';
import { systemClock } from '../../../../node/process/system.ts';
import { silentLog } from '../../../catalogue/silent-log.ts';

const file = (name: string, size = 5n) => ({ hash: sha256(utf8(name)), name, size });
const ASKED = { queue: ['others', 'test', 'test'] as const, spent() {} };

describe('what is like a file that waits', () => {
  let catalogue: Catalogue;
  beforeEach(async () => {
    catalogue = openCatalogue(':memory:', { log: silentLog, clock: systemClock });
    await catalogue.start();
  });
  afterEach(() => catalogue.stop());

  it('is found in the catalogue, also with its longest word misspelled, and each file once', async () => {
    const names = ['Miserables, Les.epub', 'Les Miserabels.pdf', 'Les Fleurs du mal.epub', 'Emma.epub'];
    const added = names.map((name) => ({ ...file(name, 9n), height: 1 }));
    await catalogue.apply(1, { added, removed: [] });
    const ports = { catalogue, yieldToLoop: async () => {} };
    const one = file('Les Misérables.mobi');
    const { nearTitle, sameSize } = await likenessOf(ports, [titled(one)], ASKED)(one);
    expect(nearTitle.map(({ name }) => name)).to.deep.equal(['Miserables, Les.epub']);
    expect(sameSize).to.deep.equal([]);
    const typo = file('Les Miserablse de Victor Hugo.mobi', 9n);
    const longer = { ...file('Les Miserables de Victor Hugo.epub', 9n), height: 2 };
    await catalogue.apply(2, { added: [longer], removed: [] });
    const likes = await likenessOf(ports, [titled(typo)], ASKED)(typo);
    expect(likes.nearTitle).to.deep.equal([{ hash: longer.hash, name: longer.name, available: true }]);
    expect(likes.sameSize).to.have.length(limits.reviewLikeMax);
  });

  it('is no more than a few, however many wait, and what is available comes first', async () => {
    const available = { ...file('A Book of Hours.epub'), height: 1 };
    await catalogue.apply(1, { added: [available], removed: [] });
    const waiting = Array.from({ length: 50 }, (_, index) => file(`Hours of a Book.${index}`));
    const like = likenessOf({ catalogue, yieldToLoop: async () => {} }, waiting.map(titled), ASKED);
    const { nearTitle, sameSize } = await like(waiting[0]!);
    expect([nearTitle.length, sameSize.length]).to.deep.equal([limits.reviewLikeMax, limits.reviewLikeMax]);
    expect(nearTitle[0]).to.deep.equal({ hash: available.hash, name: available.name, available: true });
    expect(nearTitle.some(({ hash }) => hash === waiting[0]!.hash)).to.equal(false);
  });
});
