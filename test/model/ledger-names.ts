/** Which names a file may have (docs/ledger.md, "Names of files"): a list of code points, and no table of a runtime. */
const FORBIDDEN: readonly (readonly [number, number])[] = [
  [0x0000, 0x001f],
  [0x2f, 0x2f],
  [0x5c, 0x5c],
  [0x007f, 0x009f],
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xfdd0, 0xfdef],
  [0xfe03, 0xfe0d],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffc],
  [0x13441, 0x13442],
  [0x1bca0, 0x1bca3],
  [0x1d159, 0x1d159],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe00ff],
  [0xe01f0, 0xe0fff],
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
  const isNone = (point: number): boolean => point % 0x10000 >= 0xfffe; // a noncharacter, at the end of a plane
  if (points.some((point) => isSurrogate(point) || isNone(point) || within(FORBIDDEN, point))) return false;
  if (points.some((point, at) => at === 0 && bases(point) !== undefined)) return false;
  if (points.slice(1).some((point, at) => !within(bases(point) ?? ANY, points[at]!))) return false;
  return !within(WHITE, points[0]!) && !within(WHITE, points.at(-1)!);
}

const ANY: readonly (readonly [number, number])[] = [[0, 0x10ffff]];
const IDEOGRAPHS: readonly (readonly [number, number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x3fffd],
];
const PICTURES: readonly (readonly [number, number])[] = [
  [0xa9, 0xa9],
  [0xae, 0xae],
  [0x203c, 0x3299],
  [0x1f000, 0x1faff],
];

/** Behind which a variation selector may stand; undefined for every other character. */
function bases(point: number): readonly (readonly [number, number])[] | undefined {
  if ((point >= 0xfe00 && point <= 0xfe02) || (point >= 0xe0100 && point <= 0xe01ef)) return IDEOGRAPHS;
  if (point === 0xfe0e || point === 0xfe0f) return PICTURES;
  if (point >= 0x180b && point <= 0x180f && point !== 0x180e) return [[0x1820, 0x18aa]];
  return undefined;
}

function within(ranges: readonly (readonly [number, number])[], point: number): boolean {
  return ranges.some(([from, to]) => point >= from && point <= to);
}
