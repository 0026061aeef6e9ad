import { expect } from 'chai';
import { limits } from '../../../../core/limits.ts';
import { ReviewPlaces } from '../../../../node/content/review/review-places.ts';
import { keyOf } from '../../../chain/world.ts';

describe('places of what other libraries have sponsored', () => {
  const MEMBERS = 40;
  let places: ReviewPlaces;
  beforeEach(() => {
    places = new ReviewPlaces(() => MEMBERS);
  });
  /** @returns how many it got. */
  const fill = (library: string): number => {
    let taken = 0;
    for (; places.hasRoom(keyOf(library), keyOf(`${taken}`)); taken++) {
      places.count(keyOf(library), keyOf(`${taken}`), 1);
    }
    return taken;
  };

  it('are ninety for a library alone, which leaves the others to others', () => {
    expect(fill('liar')).to.equal(limits.reviewsPerSponsorMax);
    expect(fill('ann')).to.equal(limits.reviewsPerSponsorMax);
  });

  it('are an equal part for each library that comes when others have taken all', () => {
    const liars = Array.from({ length: 12 }, (_, index) => fill(`liar ${index}`));
    expect(liars.reduce((sum, taken) => sum + taken)).to.be.at.least(limits.reviewsWaitingMax);
    const part = limits.reviewsWaitingMax / MEMBERS;
    expect(fill('ann')).to.equal(part);
    expect(fill('dan')).to.equal(part);
    places.count(keyOf('ann'), keyOf('0'), -1);
    expect(fill('ann')).to.equal(1);
  });

  it('are not all for one who uploads at a library, nor for a few: others there come in', () => {
    const fillBy = (uploader: string): number => {
      let taken = 0;
      for (; places.hasRoom(keyOf('ann'), keyOf(uploader)); taken++) {
        places.count(keyOf('ann'), keyOf(uploader), 1);
      }
      return taken;
    };
    for (const first of ['kim', 'lou', 'mia']) expect(fillBy(first)).to.equal(limits.reviewsPerUploaderMax);
    for (let index = 0; index < 10; index++) {
      expect(fillBy(`junk ${index}`)).to.equal(limits.reviewsPerUploaderCrowdedMax);
    }
    expect(fillBy('noa')).to.equal(limits.reviewsPerUploaderCrowdedMax);
  });

  it('have an end, whoever comes and goes as a member', () => {
    for (let index = 0; index < 200; index++) fill(`library ${index}`);
    expect(places.taken).to.equal(2 * limits.reviewsWaitingMax);
  });
});
