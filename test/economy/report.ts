/** Figures as a table, beside those of the design where it has them. */
import type { Rules, Situation } from './scenario.ts';
import type { Figures } from './tally.ts';

export type Run = {
  readonly situation: Situation;
  readonly rules: Rules;
  readonly seed: number;
  readonly figures: Figures;
};

/** Of the design: two years, 3 to 5 seeds. */
const DESIGN: Readonly<Record<string, string>> = {
  'school card': 'frozen 4 %, lost 1 % (texts never), 91 % of demand',
  'open card': 'frozen 4 %, lost 1 %',
  'sold card': 'frozen 37 %, lost 11 % (texts 0, audio 76), income 421',
  'school document1': 'frozen 84 %, lost 74 %, 3 % of demand, 65 % never read',
  'open document1': 'as school',
};

const ROWS: readonly (readonly [name: string, of: (figures: Figures) => number, unit: '%' | 1 | 0])[] = [
  ['frozen', ({ frozen }) => frozen, '%'],
  ['wishes lost', ({ lost }) => lost, '%'],
  ['… texts', ({ lostBy }) => lostBy.texts!, '%'],
  ['… scans', ({ lostBy }) => lostBy.scans!, '%'],
  ['… audio', ({ lostBy }) => lostBy.audio!, '%'],
  ['demand read', ({ demandRead }) => demandRead, '%'],
  ['newcomers who ever read', ({ everRead }) => everRead, '%'],
  ['readers at the end', ({ readers }) => readers, 0],
  ['demand, MB a reader and day', ({ demandMB }) => demandMB, 1],
  ['read, GB', ({ readGB }) => readGB, 0],
  ['… on cards, GB', ({ onCardGB }) => onCardGB, 0],
  ['uploads', ({ uploads }) => uploads, 0],
  ['… GB', ({ uploadedGB }) => uploadedGB, 0],
  ['tokens in hands, GB', ({ tokensGB }) => tokensGB, 0],
  ['income', ({ income }) => income, 0],
  ['paid out', ({ payouts }) => payouts, 1],
  ['cards not lent', ({ refusedCards }) => refusedCards, 0],
  ['a library sends, GB a day', ({ lineGB }) => lineGB, 1],
  ['… on the busiest day', ({ busiestGB }) => busiestGB, 1],
];

/** One column for each rules, the mean of its seeds, with the lowest and the highest where there are several. */
export function tableOf(runs: readonly Run[]): string {
  const columns = [...new Set(runs.map(columnOf))];
  const lines = ROWS.map(([name, of, unit]) => {
    const cells = columns.map((column) => {
      const values = runs.filter((run) => columnOf(run) === column).map(({ figures }) => of(figures));
      return cellOf(values, unit);
    });
    return [name, ...cells];
  });
  const design = ['the design', ...columns.map((column) => DESIGN[column] ?? '–')];
  const rows = [['', ...columns], ['---', ...columns.map(() => '---')], ...lines, design];
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map((row) => row[index]!.length)));
  return rows
    .map((row) => `| ${row.map((cell, index) => cell.padEnd(widths[index]!)).join(' | ')} |`)
    .join('\n');
}

function columnOf({ situation, rules }: Run): string {
  return `${situation} ${rules}`;
}

function cellOf(values: readonly number[], unit: '%' | 1 | 0): string {
  const written = (value: number) =>
    unit === '%' ? (value * 100).toFixed(1) : value.toFixed(Math.abs(value) < 10 ? 1 : unit);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = `${written(Math.min(...values))} … ${written(Math.max(...values))}`;
  return `${written(mean)}${unit === '%' ? ' %' : ''}${values.length > 1 ? ` (${spread})` : ''}`;
}
