import { expect } from 'chai';
import { checkFileName } from '../../../chain/files/file-name.ts';

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
    '❤\ufe0f.epub',
    '©\ufe0e',
    '葛\u{e0100}飾区.pdf',
    '\uf900\ufe00',
    '\u1820\u180b\u1821',
    'می خواهم.txt',
    '\ue000',
    'a\ufffd',
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
    'a\u{e0061}b',
    'a\u{e0001}b',
    'a\u2800b',
    'a\ufff9b\ufffbc',
    'a\ufffcb',
    'a\u2065b',
    'a\u115fb',
    'a\u{1d173}b',
    'a\ufdd0b',
    'a\uffffb',
    'a\u{10ffff}b',
    'a\ufe0fb',
    'a\ufe00b',
    '\ufe0fa',
    '❤\ufe0f\ufe0f',
    '葛\u{e0100}\u{e0101}',
    '葛\ufe03',
    'a\u{e0100}b',
    'a\u180bb',
  ];

  for (const name of good) {
    it(`takes ${name.length > 20 ? `${name.length} characters` : name}`, () => {
      expect(checkFileName(name).kind).to.equal('accept');
    });
  }
  it('asks no Unicode table: a name that is not normalised, and characters of no version of Unicode yet', () => {
    for (const name of ['e\u0301', '\u{1fad9}', '\u{dfff0}', '\u0378', '\u1e9b\u0323', '\u212b']) {
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
    const lastOfPlanes = Array.from({ length: 16 }, (_, i) => (i + 1) * 0x10000 + 0xfffe);
    const ends = lastOfPlanes.map((point) => `${point.toString(16)}-${(point + 1).toString(16)}`);
    expect(ranges(within)).to.equal(
      [
        '0-1f 2f 5c 7f-9f ad 34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 2028-202e 2060-206f 2800 3164 fdd0-fdef',
        'fe00-fe0f feff ffa0 fff0-fffc fffe-ffff 13441-13442 1bca0-1bca3 1d159 1d173-1d17a',
        ...ends.slice(0, 12),
        'dfffe-e0fff',
        ...ends.slice(13),
      ].join(' '),
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
