/** A measured figure: a row of docs/benchmarks.md. */

export type Figure = {
  readonly what: string;
  /** With its unit. */
  readonly figure: string;
  /** Beside the yardstick of the same run (yardstick.ts); empty where the machine's speed is not what counts. */
  readonly toYardstick: string;
  readonly bar: string;
  readonly met: boolean;
};

/** How many signature checks would fit into that time. */
export function inChecks(ms: number, yardstick: number): string {
  return `${((ms * yardstick) / 1_000).toFixed(0)} checks`;
}

export function toRow({ what, figure, toYardstick, bar, met }: Figure, command: string): string {
  return `| ${what} | ${figure} | ${toYardstick || '–'} | ${bar}${met ? '' : ' (**missed**)'} | \`${command}\` |`;
}
