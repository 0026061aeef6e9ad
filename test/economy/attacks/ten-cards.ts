/**
 * Everybody has ten cards, where tokens are sold. What comes in by sales is what a library has to lose: this is why cards are
 * lent at the desk there. No rule of the ledger knows a person; the bound is that each card draws what one card may draw.
 */
import { GB, scenarioOf } from '../scenario.ts';
import { simulate } from '../simulation.ts';
import type { Attack } from './attack.ts';

const CARDS_EACH = 10;

export const tenCards: Attack = {
  name: 'ten-cards',
  run: (given) => {
    const one = scenarioOf('sold', 'card', given);
    const ten = { ...one, keysEach: CARDS_EACH };
    const [before, after] = [simulate(one), simulate(ten)];
    const readerDays = after.days.reduce((sum, { readers }) => sum + readers, 0);
    const start = Math.min(one.ceiling, one.cardStartDays * one.allowance);
    // A reader who stays for a year comes once, or a few times where a card lapses.
    const bound = CARDS_EACH * readerDays * (one.allowance + start / 30);
    const note = `income ${before.figures.income.toFixed(0)} → ${after.figures.income.toFixed(0)}`;
    const gain = after.figures.onCardGB;
    return [{ what: 'ten cards a person, tokens sold', gain, bound: bound / GB, unit: 'GB on cards', note }];
  },
};
