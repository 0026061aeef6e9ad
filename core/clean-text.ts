/**
 * Text that looks like what it is: a name that is shown to people. Only code points are looked at, in lists that stand
 * here, and nothing that a newer runtime would answer otherwise: no Unicode table, and so neither trim() nor normalize()
 * nor \s (test/tidy.test.ts holds all rules to that). That a name is normalised (NFC) is the work of the library that
 * takes it in, before anybody signs.
 */

/** Code points, both ends included. */
type Range = readonly [from: number, to: number];

const FORBIDDEN: readonly Range[] = [
  // C0, DEL and C1; NUL among them.
  [0x0000, 0x001f],
  [0x007f, 0x009f],
  // Marks, overrides and isolates that make a name read in another order than it is written (UAX 9).
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
  // Lines that end (Zl, Zp).
  [0x2028, 0x2029],
  // Nothing to see, but another name: Default_Ignorable_Code_Point as in Unicode 17, all but the selectors below.
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200d],
  [0x2060, 0x2065],
  [0x206a, 0x206f],
  [0x3164, 0x3164],
  [0xfe03, 0xfe0d],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfff8],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe00ff],
  [0xe01f0, 0xe0fff],
  // Signs that are blank by their drawing, and what stands for something that is not there.
  [0x2800, 0x2800],
  [0x13441, 0x13442],
  [0x1d159, 0x1d159],
  [0xfff9, 0xfffc],
  // Noncharacters; the last two of each plane are looked at apart.
  [0xfdd0, 0xfdef],
];
/** White space, which may not stand at either end, as it was in Unicode 16 (PropList.txt) but for what is refused above anyway. */
const SPACES: readonly Range[] = [
  [0x0020, 0x0020],
  [0x00a0, 0x00a0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];
/**
 * Which drawing of the character before is meant. People write them with ideographs, pictures and Mongolian letters;
 * anywhere else they are not to be seen. One at a time, so that nobody hides a text in a row of them.
 */
const SELECTORS: readonly { readonly of: readonly Range[]; readonly after: readonly Range[] }[] = [
  {
    of: [
      [0xfe00, 0xfe02],
      [0xe0100, 0xe01ef],
    ],
    after: [
      [0x3400, 0x4dbf],
      [0x4e00, 0x9fff],
      [0xf900, 0xfaff],
      [0x20000, 0x3fffd],
    ],
  },
  {
    of: [[0xfe0e, 0xfe0f]],
    after: [
      [0x00a9, 0x00a9],
      [0x00ae, 0x00ae],
      [0x203c, 0x3299],
      [0x1f000, 0x1faff],
    ],
  },
  {
    of: [
      [0x180b, 0x180d],
      [0x180f, 0x180f],
    ],
    after: [[0x1820, 0x18aa]],
  },
];

/** Not empty, well-formed, no control, bidi or invisible characters, no white space around it. */
export function isCleanText(text: string): boolean {
  if (text === '' || !text.isWellFormed()) return false;
  const points = pointsOf(text);
  if (isIn(SPACES, points[0]!) || isIn(SPACES, points.at(-1)!)) return false;
  return points.every((point, index) => isVisible(point, points[index - 1]));
}

/** @param before - what stands before it, if anything does. */
function isVisible(point: number, before: number | undefined): boolean {
  if (isIn(FORBIDDEN, point) || isLastOfPlane(point)) return false;
  const selector = SELECTORS.find(({ of }) => isIn(of, point));
  return selector === undefined || (before !== undefined && isIn(selector.after, before));
}

/** U+FFFE, U+FFFF, U+1FFFE, … U+10FFFF: noncharacters. */
function isLastOfPlane(point: number): boolean {
  return (point & 0xfffe) === 0xfffe;
}

function isIn(ranges: readonly Range[], point: number): boolean {
  return ranges.some(([from, to]) => point >= from && point <= to);
}

/** @param text - well-formed. */
export function pointsOf(text: string): readonly number[] {
  return [...text].map((character) => character.codePointAt(0)!);
}
