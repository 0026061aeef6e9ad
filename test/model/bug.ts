/** A wrong rule: a few characters of chain/ away from the right one. */
import type { Edit } from '../sim/bugs/plant.ts';

export type Bug = {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Histories of chance in which it must be found, or by those of directed.ts; HISTORIES_MAX where it is not said. */
  readonly within?: number | 'directed';
};

/** Unless a bug says otherwise. */
export const HISTORIES_MAX = 500;

/** With a single place. @param file - of chain/, without its ending. */
export function bug(name: string, file: string, from: string, to: string, within?: Bug['within']): Bug {
  return {
    name,
    edits: [{ file: `chain/${file}.ts`, from, to }],
    ...(within === undefined ? {} : { within }),
  };
}
