import { expect } from 'chai';
import { printable } from '../../cli/printable.ts';

describe('text from elsewhere on a terminal', () => {
  it('shows what a terminal would obey or hide as its number, and everything else as it is', () => {
    expect(printable('a\u001b[2J\u0007\n\u009b')).to.equal('a\\u{1b}[2J\\u{7}\\u{a}\\u{9b}');
    expect(printable('gpj.\u202etxt\u200f\u2067')).to.equal('gpj.\\u{202e}txt\\u{200f}\\u{2067}');
    expect(printable('\ud800')).to.equal('\ufffd');
    const plain = 'Bücherei Zürich – 图书馆 مكتبة 📚';
    expect(printable(plain)).to.equal(plain);
  });
});
