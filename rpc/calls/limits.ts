/** `limits`: the bounds that a client of the API meets, and what each call costs. The same for whoever asks. */
import { CALL_NAMES, CALLS } from '../../api/calls.ts';
import { PUBLISHED } from '../../api/published-limits.ts';
import { limits as bounds } from '../../core/limits.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const VALUE = {
  limits: Object.fromEntries(PUBLISHED.map((name) => [snake(name), bounds[name]])),
  costs: Object.fromEntries(CALL_NAMES.map((name) => [name, CALLS[name].cost])),
};

export function limits(): Verdict<AnswerTo<'limits'>> {
  return accept({ kind: 'json', value: VALUE });
}
