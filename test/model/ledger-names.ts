/** Which names a file may have (docs/ledger.md, "Names of files"): a list of code points, and no table of a runtime. */
const FORBIDDEN: readonly (readonly [number, number])[] = [
  [0x0000, 0x001f],
  [0x007f, 0x009f],
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200d],
  [0x2028, 0x2029],
  [0x2060, 0x2064],
  [0x206a, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0x2f, 0x2f],
  [0x5c, 0x5c],
];
const WHITE: readonly (readonly [number, number])[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];
const BYTES_MAX = 240;

export function isFileName(name: string): boolean {
  const bytes = Buffer.byteLength(name, 'utf8');
  if (bytes < 1 || bytes > BYTES_MAX || name === '.' || name === '..') return false;
  const points = [...name].map((character) => character.codePointAt(0)!);
  const isSurrogate = (point: number): boolean => point >= 0xd800 && point <= 0xdfff; // alone: not well-formed
  if (points.some((point) => isSurrogate(point) || within(FORBIDDEN, point))) return false;
  return !within(WHITE, points[0]!) && !within(WHITE, points.at(-1)!);
}

function within(ranges: readonly (readonly [number, number])[], point: number): boolean {
  return ranges.some(([from, to]) => point >= from && point <= to);
}
