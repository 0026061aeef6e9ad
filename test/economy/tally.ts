/** What is counted while a federation lives, and the figures that come of it. */
import type { Numbers } from './scenario.ts';
import { GB } from './scenario.ts';
import { CLASSES } from './shelf.ts';

/** Of one day, for the plot. */
export type DayFigures = {
  readonly readers: number;
  /** Of those who have been there for 30 days. */
  readonly frozen: number;
  readonly readBytes: number;
};

export type Figures = {
  /** Of readers who have been there for 30 days: who has waited a week for tokens; mean of the second half. */
  readonly frozen: number;
  /** Of wishes that have ended. */
  readonly lost: number;
  readonly lostBy: Readonly<Record<string, number>>;
  /** Of the bytes that were wished for. */
  readonly demandRead: number;
  /** Of newcomers with 30 days and 3 wishes. */
  readonly everRead: number;
  readonly readers: number;
  readonly readGB: number;
  readonly onCardGB: number;
  /** Bytes of demand, a reader and day. */
  readonly demandMB: number;
  readonly uploads: number;
  readonly uploadedGB: number;
  /** Tokens outside of the billing key at the end. */
  readonly tokensGB: number;
  readonly income: number;
  readonly payouts: number;
  /** Cards that were asked for and not lent. */
  readonly refusedCards: number;
  /** Sent by one library on average, and on the busiest day. */
  readonly lineGB: number;
  readonly busiestGB: number;
};

export class Tally {
  readonly byClass = CLASSES.map(() => ({ wished: 0, lost: 0, read: 0 }));
  readonly days: DayFigures[] = [];
  wishedBytes = 0;
  readBytes = 0;
  uploads = 0;
  uploadedBytes = 0;
  readerDays = 0;
  boughtTokens = 0;
  soldTokens = 0;

  figures(
    numbers: Numbers,
    end: Pick<Figures, 'everRead' | 'onCardGB' | 'tokensGB' | 'refusedCards'>,
  ): Figures {
    const later = this.days.slice(Math.floor(this.days.length / 2));
    const all = this.byClass.reduce((sum, { wished }) => sum + wished, 0);
    const lost = this.byClass.reduce((sum, one) => sum + one.lost, 0);
    const perLibrary = GB * numbers.libraries;
    return {
      ...end,
      frozen: mean(later.map(({ frozen }) => frozen)),
      lost: lost / all,
      lostBy: Object.fromEntries(
        CLASSES.map(({ name }, kind) => [name, this.byClass[kind]!.lost / this.byClass[kind]!.wished]),
      ),
      demandRead: this.readBytes / this.wishedBytes,
      readers: this.days.at(-1)?.readers ?? 0,
      readGB: this.readBytes / GB,
      demandMB: this.wishedBytes / this.readerDays / 1e6,
      uploads: this.uploads,
      uploadedGB: this.uploadedBytes / GB,
      income: (this.boughtTokens / GB) * numbers.price,
      payouts: (this.soldTokens / GB) * numbers.payout,
      lineGB: mean(later.map(({ readBytes }) => readBytes)) / perLibrary,
      busiestGB: Math.max(0, ...this.days.map(({ readBytes }) => readBytes)) / perLibrary,
    };
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
