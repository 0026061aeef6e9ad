import { expect } from 'chai';
import { isNear, titleOf } from '../../../../node/content/review/near-title.ts';

const near = (a: string, b: string): boolean => isNear(titleOf(a), titleOf(b));

describe('a title that is near', () => {
  it('has the same words, whatever their order, case, accents, punctuation and extension', () => {
    expect(near('Les Misérables - Victor Hugo.epub', 'victor_hugo, les MISERABLES.pdf')).to.equal(true);
    expect(near('Война и мир.fb2', 'война и мир')).to.equal(true);
    expect(near('Vol. 2', 'vol 2')).to.equal(true);
  });

  it('differs in few letters, fewer in a short one', () => {
    expect(near('A Tale of Two Cities', 'A Tale of Two Citys')).to.equal(true);
    expect(near('Chemistry 1', 'Chemistry 2')).to.equal(true);
    expect(near('Emma', 'Gemma')).to.equal(false);
    expect(near('Pride and Prejudice', 'Crime and Punishment')).to.equal(false);
    expect(near('a'.repeat(40), `${'a'.repeat(37)}bbb`)).to.equal(true);
    expect(near('a'.repeat(40), `${'a'.repeat(36)}bbbb`), 'three at most').to.equal(false);
    expect(near('abcdefgh ijklmnop', 'abcdefgh jklmnopq'), 'moved by one is two changes').to.equal(true);
  });

  it('is compared by its first 64 letters, so that a long one costs no more', () => {
    const long = 'a'.repeat(64);
    expect(near(`${long}${'b'.repeat(100)}`, `${long}${'c'.repeat(100)}`)).to.equal(true);
    expect(near(`b${long}`, `${'c'.repeat(4)}${long}`)).to.equal(false);
  });

  it('is not one without words', () => {
    expect(near('…', '!')).to.equal(false);
    expect(near('', '')).to.equal(false);
  });
});
