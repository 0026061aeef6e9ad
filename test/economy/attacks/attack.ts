/** What an attack is: agents who are after something, and what the rules or the policy of a library let them have at most. */
import type { Scenario } from '../scenario.ts';

export type Given = Partial<Scenario> & Pick<Scenario, 'days' | 'seed'>;

export type Row = {
  readonly what: string;
  readonly gain: number;
  readonly bound: number;
  readonly unit: string;
  /** What else is to be seen. */
  readonly note?: string;
};

export type Attack = {
  readonly name: string;
  run(given: Given): readonly Row[];
};

export function isWithin({ gain, bound }: Row): boolean {
  return gain <= bound;
}

export function rowsAsText(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      const { what, gain, bound, unit, note } = row;
      const ratio = bound === 0 ? (gain === 0 ? '0.00' : 'above') : (gain / bound).toFixed(2);
      const figures = `${gain.toFixed(1)} of ${bound.toFixed(1)} ${unit}, ${ratio}`;
      return `| ${what} | ${figures}${isWithin(row) ? '' : ' ABOVE'} | ${note ?? ''} |`;
    })
    .join('\n');
}
