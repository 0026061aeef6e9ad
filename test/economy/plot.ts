/**
 * How a federation lived, as a picture (SVG without scripts; light and dark by the viewer's wish): who was frozen, what was lost by
 * class, what a library sent; one line for each rules.
 */
import { GROWN_DAYS } from './reader.ts';
import type { DayFigures, Figures } from './tally.ts';

export type Life = {
  readonly name: string;
  readonly figures: Figures;
  readonly days: readonly DayFigures[];
};

const WIDTH = 760;
const PANEL = { left: 64, right: 24, height: 190, gap: 74, top: 92 };
const INNER = WIDTH - PANEL.left - PANEL.right;
/** Days that a point of a line is the mean of. */
const SMOOTH = 14;

const STYLE = `
  svg { --paper: #fbfaf7; --ink: #22252a; --quiet: #6c717a; --rule: #dedbd2; --a: #0b6e6e; --b: #b4541a; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #17191d; --ink: #e9e7e1; --quiet: #9aa0a8; --rule: #33373d; --a: #52c4bd; --b: #f0a063; }
  }
  .paper { fill: var(--paper); }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 18px; font-weight: 600; }
  .quiet { fill: var(--quiet); font-size: 12px; }
  .rule { stroke: var(--rule); stroke-width: 1; }
  .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
  .a { stroke: var(--a); } .b { stroke: var(--b); }
  .fill-a { fill: var(--a); } .fill-b { fill: var(--b); }
`;

export function plotOf(title: string, lives: readonly Life[]): string {
  const frozen = lives.map(({ days }) =>
    smooth(
      days.map((day) => day.frozen * 100),
      GROWN_DAYS,
    ),
  );
  const sent = lives.map(({ days }) => smooth(days.map(({ readBytes }) => readBytes / 1e9)));
  const height = PANEL.top + 3 * PANEL.height + 3 * PANEL.gap - 20;
  const top = (index: number) => PANEL.top + 24 + index * (PANEL.height + PANEL.gap);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style><rect class="paper" width="100%" height="100%"/>`,
    `<text class="title" x="${PANEL.left}" y="38">${escaped(title)}</text>`,
    legend(lives),
    lines('Readers who have waited a week for tokens, %', {
      ...{ top: top(0), most: 100, series: frozen, from: GROWN_DAYS },
    }),
    bars('Wishes that were given up, %', top(1), lives),
    lines('Sent to readers by all libraries, GB a day', { top: top(2), most: roundUp(sent), series: sent }),
    '</svg>',
    '',
  ].join('\n');
}

function legend(lives: readonly Life[]): string {
  return lives
    .map(({ name }, index) => {
      const x = PANEL.left + index * 150;
      return `<rect class="fill-${colour(index)}" x="${x}" y="56" width="18" height="5" rx="2.5"/><text x="${x + 26}" y="63">${escaped(name)}</text>`;
    })
    .join('');
}

type Lines = {
  readonly top: number;
  readonly most: number;
  /** Nobody is counted before this day. */
  readonly from?: number;
  readonly series: readonly (readonly number[])[];
};

function lines(title: string, { top, most, series, from = 0 }: Lines): string {
  const days = Math.max(...series.map(({ length }) => length));
  const x = (day: number) => PANEL.left + (day / Math.max(1, days - 1)) * INNER;
  const y = (value: number) => top + PANEL.height * (1 - value / most);
  const paths = series.map((values, index) => {
    const points = values.map((value, day) => `${x(day).toFixed(1)} ${y(value).toFixed(1)}`);
    return `<path class="line ${colour(index)}" d="M${points.slice(from).join('L')}"/>`;
  });
  const months = Array.from({ length: 5 }, (_, quarter) => Math.round((quarter * days) / 4));
  const below = months.map((day, index) => {
    const anchor = index === 0 ? 'start' : index === 4 ? 'end' : 'middle';
    return label(x(Math.min(day, days - 1)), top + PANEL.height + 18, anchor, `day ${day}`);
  });
  return [heading(title, top), grid(top, most), ...paths, ...below].join('');
}

function bars(title: string, top: number, lives: readonly Life[]): string {
  const names = Object.keys(lives[0]!.figures.lostBy);
  const room = INNER / names.length;
  const wide = 54;
  const drawn = names.flatMap((name, place) => {
    const middle = PANEL.left + room * (place + 0.5);
    const columns = lives.map(({ figures }, index) => {
      const lost = figures.lostBy[name]! * 100;
      const x = middle + (index - lives.length / 2) * (wide + 10) + 5;
      const height = Math.max(1.5, (PANEL.height * lost) / 100);
      const y = top + PANEL.height - height;
      const bar = `<rect class="fill-${colour(index)}" x="${x}" y="${y.toFixed(1)}" width="${wide}" height="${height.toFixed(1)}" rx="2"/>`;
      return `${bar}${label(x + wide / 2, y - 6, 'middle', lost.toFixed(lost < 10 ? 1 : 0))}`;
    });
    return [...columns, label(middle, top + PANEL.height + 18, 'middle', name)];
  });
  return [heading(title, top), grid(top, 100), ...drawn].join('');
}

function heading(title: string, top: number): string {
  return `<text x="${PANEL.left}" y="${top - 14}">${escaped(title)}</text>`;
}

function grid(top: number, most: number): string {
  return [0, 0.25, 0.5, 0.75, 1]
    .map((part) => {
      const y = top + PANEL.height * (1 - part);
      const line = `<line class="rule" x1="${PANEL.left}" x2="${PANEL.left + INNER}" y1="${y}" y2="${y}"/>`;
      return line + label(PANEL.left - 10, y + 4, 'end', String(Number((most * part).toPrecision(3))));
    })
    .join('');
}

function label(x: number, y: number, anchor: string, text: string): string {
  return `<text class="quiet" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

function smooth(values: readonly number[], from = 0): number[] {
  return values.map((_, at) => {
    const around = values.slice(Math.max(Math.min(from, at), at - SMOOTH + 1), at + 1);
    return around.reduce((sum, value) => sum + value, 0) / around.length;
  });
}

/** A number that divides well by four, above all. */
function roundUp(series: readonly (readonly number[])[]): number {
  const most = Math.max(0.1, ...series.flat());
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 6, 8, 10].map((times) => times * unit).find((round) => round >= most)!;
}

function colour(index: number): 'a' | 'b' {
  return index % 2 === 0 ? 'a' : 'b';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
