/** The attackers of the design's table. */
import type { Attack } from './attacks/attack.ts';
import { falseKeys } from './attacks/false-keys.ts';
import { lendsToItself } from './attacks/lends-to-itself.ts';
import { ownJunk } from './attacks/own-junk.ts';
import { stolenMoney } from './attacks/stolen-money.ts';
import { tenCards } from './attacks/ten-cards.ts';

export const ATTACKS: readonly Attack[] = [falseKeys, ownJunk, tenCards, lendsToItself, stolenMoney];
