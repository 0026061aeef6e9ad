/** All of them: each in a file of its own. */
import type { Attack } from './attack.ts';
import { announces } from './attacks/announces.ts';
import { claims } from './attacks/claims.ts';
import { fakes } from './attacks/fakes.ts';
import { held } from './attacks/held.ts';
import { malformed } from './attacks/malformed.ts';
import { origins } from './attacks/origins.ts';
import { peers } from './attacks/peers.ts';
import { reads } from './attacks/reads.ts';
import { registrations } from './attacks/registrations.ts';
import { searches } from './attacks/searches.ts';
import { slow } from './attacks/slow.ts';
import { submits } from './attacks/submits.ts';

export const ATTACKS: readonly Attack[] = [
  registrations,
  searches,
  held,
  slow,
  claims,
  fakes,
  announces,
  peers,
  malformed,
  submits,
  reads,
  origins,
];
