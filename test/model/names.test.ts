/** Which names and keys are allowed: the model and chain/ asked about everything, not by chance. */
import { expect } from 'chai';
import { checkFileName } from '../../chain/files/file-name.ts';
import { hexToBytes } from '../../core/bytes.ts';
import { isAcceptableKey as isAcceptable } from '../../core/sign.ts';
import { SeededRandom } from '../sim/random.ts';
import { BAD_KEYS, KEYS, label } from './cast.ts';
import { isAcceptableKey } from './ledger-keys.ts';
import { isFileName } from './ledger-names.ts';

const CODE_POINTS = 0x110000;
/** One of each kind behind which a variation selector may stand, or not. */
const BASES = ['a', '\u00a9', '\u2764', '\u{1f4d6}', '\u1820', '\u4e00', '\u{20000}', '\ufe0f', '\u{e0100}'];
/** Of planes of which nothing is said but how they end, every so many: they are all alike. */
const STRIDE = 61;
const step = (point: number): number =>
  point < 0x40000 || point > 0xd0000 || (point & 0xffff) > 0xff00 ? 1 : STRIDE;

describe('the model and chain/ agree', () => {
  it('on code points first, last, within and alone in the name of a file', () => {
    const parted: string[] = [];
    for (let point = 0; point < CODE_POINTS; point += step(point)) {
      const character = String.fromCodePoint(point);
      for (const name of [character, `${character}a`, `a${character}`, `a${character}b`]) {
        if (isFileName(name) !== isAllowed(name)) parted.push(`${point.toString(16)} in ${name.length}`);
      }
    }
    expect(parted).to.deep.equal([]);
  });

  it('on variation selectors behind what has several drawings, and behind what has not', () => {
    const selectors = [
      [0x180b, 0x180f],
      [0xfe00, 0xfe0f],
      [0xe0100, 0xe01ef],
    ].flatMap(([from, to]) =>
      Array.from({ length: to! - from! + 1 }, (_, i) => String.fromCodePoint(from! + i)),
    );
    const allowed = new Set<string>();
    for (const base of BASES) {
      for (const selector of selectors) {
        for (const name of [base + selector, `${base}${selector}b`, base + selector + selector]) {
          expect(isFileName(name), [...name].map((c) => c.codePointAt(0)!.toString(16)).join(' ')).to.equal(
            isAllowed(name),
          );
          if (isAllowed(name)) allowed.add(base);
        }
      }
    }
    expect([...allowed]).to.deep.equal(['\u00a9', '\u2764', '\u{1f4d6}', '\u1820', '\u4e00', '\u{20000}']);
  });

  it('on names around the longest', () => {
    for (const character of ['x', 'é', '本', '😀']) {
      for (let count = 0; count <= 260; count++) {
        const name = character.repeat(count);
        expect(isFileName(name), `${count} ${character}`).to.equal(isAllowed(name));
      }
    }
  });

  it('on keys that are points, that are none, and that are of small order', () => {
    const random = new SeededRandom(1);
    const some = Array.from({ length: 300 }, () => label(String(random.next()), 32));
    for (const key of [...KEYS, ...BAD_KEYS, ...some, ...BAD_KEYS.map(withOtherSign)]) {
      expect(isAcceptableKey(key), key).to.equal(isAcceptable(hexToBytes(key)));
    }
  });
});

function isAllowed(name: string): boolean {
  return checkFileName(name).kind === 'accept';
}

/** The highest bit says which of two roots x is. */
function withOtherSign(key: string): string {
  return key.slice(0, 62) + (Number.parseInt(key.slice(62), 16) ^ 0x80).toString(16).padStart(2, '0');
}
