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
    'x'.repeat(255),
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
    'e\u0301',
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
    'x'.repeat(256),
    '語'.repeat(86),
  ];

  for (const name of good) {
    it(`takes ${name.length > 20 ? `${name.length} characters` : name}`, () => {
      expect(checkFileName(name).kind).to.equal('accept');
    });
  }
  for (const name of bad) {
    it(`file.wrong-name: ${JSON.stringify(name).slice(0, 30)}`, () => {
      expect(checkFileName(name)).to.include({ kind: 'reject', code: 'file.wrong-name' });
    });
  }
});
