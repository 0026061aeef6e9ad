/**
 * Looks at a state of chain/ in the words of observe.ts. What has been asked is asked again only when something that
 * the answer was read from has been written since, or when it was only right for its time: so that everything can be
 * compared after every block.
 */
import type { StateView } from '../../chain/state/state.ts';
import { toHex } from '../../core/bytes.ts';
import { FILES, KEYS, LIBRARIES, UNKNOWN_HASH } from './cast.ts';
import type { Sight } from './observe.ts';
import { isTimed, type Moment, type Question, questionOf } from './questions.ts';

export class Watch {
  readonly #view: StateView;
  readonly #sight: Sight = new Map();
  readonly #questions = new Map<string, Question>();
  /** Key of the state, in hex → the lines that were read from it. */
  readonly #readers = new Map<string, Set<string>>();
  readonly #stale = new Set<string>();

  constructor(view: StateView) {
    this.#view = view;
    for (const [line, question] of EVERYTHING) this.#add(line, question);
  }

  /** Is looked at from now on. @param line - as `observe` names it. */
  add(line: string): void {
    if (!this.#questions.has(line)) this.#add(line, questionOf(line));
  }

  /** @param key - of an entry that was written, in hex. */
  changed(key: string): void {
    for (const line of this.#readers.get(key) ?? []) this.#stale.add(line);
  }

  look(now: Moment): Sight {
    for (const line of this.#sight.keys()) if (isTimed(line)) this.#stale.add(line);
    for (const line of this.#stale) this.#ask(line, now);
    this.#stale.clear();
    return this.#sight;
  }

  #add(line: string, question: Question): void {
    this.#questions.set(line, question);
    this.#stale.add(line);
  }

  #ask(line: string, now: Moment): void {
    const view: StateView = {
      get: (key) => {
        const hex = toHex(key);
        const readers = this.#readers.get(hex);
        if (readers === undefined) this.#readers.set(hex, new Set([line]));
        else readers.add(line);
        return this.#view.get(key);
      },
    };
    const answer = this.#questions.get(line)!(view, now);
    if (answer === undefined) this.#sight.delete(line);
    else this.#sight.set(line, answer);
  }
}

/** What can be known before the first transaction; the rest is added as it comes up. */
const EVERYTHING: readonly (readonly [line: string, question: Question])[] = [
  ...KEYS.flatMap((key) => [`account ${key}`, `billing ${key}`, `card ${key}`]),
  ...[...FILES.map(({ hash }) => hash), UNKNOWN_HASH].flatMap((hash) =>
    ['file', 'minting', 'taken-down', 'pending', 'attested'].map((what) => `${what} ${hash}`),
  ),
  ...LIBRARIES.map(({ key }) => `lent ${key}`),
  ...['supply', 'members', 'authorities', 'parameters', 'upgrade', 'proposals'],
].map((line) => [line, questionOf(line)]);
