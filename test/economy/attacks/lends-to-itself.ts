/**
 * A member lends to its own keys, takes cards back and lends them anew as often as the ledger lets it, and draws all of it. In its
 * first n periods that is at most n × cap × (30 + cardStartDays).
 */

import { CHURNERS, churn, churnBound } from '../churn.ts';
import { GB } from '../scenario.ts';
import type { Attack } from './attack.ts';

export const lendsToItself: Attack = {
  name: 'lends-to-itself',
  run: ({ days, cardBytesPerNodePerDay: cap = 20 * GB, seed }) =>
    CHURNERS.map((churner) => {
      const given = { cap, days, seed, startDays: 10 };
      const drawn = churn(churner, given).drawn;
      return {
        what: `a member that ${churner}`,
        gain: drawn / GB,
        bound: churnBound(given) / GB,
        unit: 'GB on cards',
      };
    }),
};
