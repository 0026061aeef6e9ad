import { expect } from 'chai';
import { checkFileName } from '../../chain/file-name.ts';

describe('file names', () => {
  const good = [
    'a',
    'Ein Buch.epub',
    'Война и мир.pdf',
    '源氏物語.txt',
    'é',
    '.hidden',
    '...',
    'x'.repeat(240),
    '語'.repeat(80),
    'a b\u00a0c',
    '📖',
  ];
  const bad = [
    '',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u007fb',
    'a\u0085b',
    ' a',
    'a ',
    'a\u00a0',
    'a\u202efdp.exe',
    'a\u2066b',
    'a\u200eb',
    'a\u061cb',
    'a\u200bb',
    'a\ufeffb',
    'a\u2028b',
    'a\u034fb',
    'a\ud800b',
    '\udc00',
    'x'.repeat(241),
    '語'.repeat(81),
    '\u3000a',
    'a\u1680',
    '\u205fa',
  ];

  for (const name of good) {
    it(`takes ${name.length > 20 ? `${name.length} characters` : name}`, () => {
      expect(checkFileName(name).kind).to.equal('accept');
    });
  }
  it('asks no Unicode table: a name that is not normalised, and characters of no version of Unicode yet', () => {
    for (const name of ['e\u0301', '\u{1fad9}', '\u{e0fff}', '\u0378', '\u1e9b\u0323', '\u212b']) {
      expect(checkFileName(name).kind).to.equal('accept');
    }
  });
  it('refuses exactly these code points within a name, and these at its ends', () => {
    const refused = (name: string): boolean => checkFileName(name).kind === 'reject';
    const within: number[] = [];
    const before: number[] = [];
    const behind: number[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const character = String.fromCodePoint(point);
      if (refused(`a${character}b`)) within.push(point);
      else {
        if (refused(`${character}a`)) before.push(point);
        if (refused(`a${character}`)) behind.push(point);
      }
    }
    expect(ranges(within)).to.equal(
      '0-1f 2f 5c 7f-9f ad 34f 61c 115f-1160 17b4-17b5 180e 200b-200f 2028-202e 2060-2064 2066-206f 3164 feff ffa0',
    );
    expect(behind).to.deep.equal(before);
    expect(ranges(before)).to.equal('20 a0 1680 2000-200a 202f 205f 3000');
  });

  for (const name of bad) {
    it(`file.wrong-name: ${JSON.stringify(name).slice(0, 30)}`, () => {
      expect(checkFileName(name)).to.include({ kind: 'reject', code: 'file.wrong-name' });
    });
  }
});

/** Hex, in order: "a0 2000-200a". */
function ranges(points: readonly number[]): string {
  const found: [number, number][] = [];
  for (const point of points) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === point - 1) last[1] = point;
    else found.push([point, point]);
  }
  return found
    .map(([from, to]) => [from, ...(to > from ? [to] : [])].map((n) => n.toString(16)).join('-'))
    .join(' ');
}
