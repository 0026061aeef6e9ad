/** @pure Spans and moments as people say them, for logs and sentences. */
import type { UnixMs } from '../../core/scalars.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** Rounded up to a whole second, in its two largest units: "4 min 12 s", "2 h", "1 s". @param ms - not negative. */
export function spanInWords(ms: number): string {
  let left = Math.max(1_000, Math.ceil(ms / 1_000) * 1_000);
  const first = UNITS.findIndex(([, size]) => left >= size);
  const words = UNITS.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? [] : `${count} ${unit}`;
  });
  return words.join(' ');
}

/** In UTC: "12:34:56 UTC", with the day before it when that is not the day of `now`. */
export function momentInWords(at: UnixMs, now: UnixMs): string {
  const text = isoOf(at);
  if (text === undefined) return 'a year that no calendar has';
  const [day, time] = text.split('T') as [string, string];
  const clock = `${time.slice(0, 8)} UTC`;
  return day === isoOf(now)?.split('T')[0] ? clock : `${day} ${clock}`;
}

/** What JavaScript calls a date ends before what fits into a time of the ledger. */
function isoOf(at: UnixMs): string | undefined {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
