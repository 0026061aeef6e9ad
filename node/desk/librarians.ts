/**
 * Whose keys may ask at the desk: `librarians.json` in the home, which the operator writes. Read at the start and again
 * whenever it has changed. A file that cannot be read stops no running library: until it is mended nobody is a librarian,
 * because one who was taken off the list may be what is wrong with it. Only whoever stood in the last good list is told.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';

const schema = z.strictObject({
  version: z.literal(1),
  librarians: z
    .array(z.strictObject({ key: z.string().regex(/^[0-9a-f]{64}$/), name: z.string() }))
    .max(limits.librariansMax),
});
/** `mark`: of the file, as it was when it was read. `names`: by key, of the last list that could be read. */
type List = {
  readonly mark: string;
  readonly names: ReadonlyMap<string, string>;
  readonly isBroken: boolean;
};

const ABSENT = 'absent';

export class Librarians {
  readonly #path: string;
  readonly #log: Log;
  #list: List;

  /** @param home - folder of the library. @throws Fault("config.invalid") when its file cannot be read. */
  constructor(home: string, log: Log) {
    this.#path = join(home, 'librarians.json');
    this.#log = log;
    this.#list = { mark: this.#mark(), names: this.#read(), isBroken: false };
  }

  /** @returns the name of this librarian; or reject("desk.not-a-librarian"); reject("desk.closed") for whoever was one before the list could not be read. */
  knows(key: PublicKey32): Verdict<string> {
    const { names, isBroken } = this.#current();
    const name = names.get(toHex(key));
    if (name === undefined) return reject('desk.not-a-librarian');
    return isBroken ? reject('desk.closed') : accept(name);
  }

  #current(): List {
    // Before it is read: what is written meanwhile is read the next time.
    const mark = this.#mark();
    if (mark === this.#list.mark) return this.#list;
    try {
      this.#list = { mark, names: this.#read(), isBroken: false };
      this.#log.info('the list of librarians was read', { librarians: this.#list.names.size });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#log.error('nobody is a librarian until the list is mended', { error });
      this.#list = { mark, names: this.#list.names, isBroken: true };
    }
    return this.#list;
  }

  #mark(): string {
    try {
      // The time of the last change is the system's: no copy with the old times hides what is new.
      const { ctimeNs, mtimeNs, size, ino } = statSync(this.#path, { bigint: true });
      return `${ctimeNs} ${mtimeNs} ${size} ${ino}`;
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' ? ABSENT : code;
    }
  }

  /** @throws Fault("config.invalid") that says what is wrong with it. */
  #read(): ReadonlyMap<string, string> {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw new Fault('config.invalid', `${this.#path} cannot be read`, { cause });
    }
    if (text.length > limits.librariansBytesMax) {
      throw new Fault('config.invalid', `${this.#path} is longer than a list of librarians`);
    }
    let value: unknown;
    try {
      value = JSON.parse(text.replace(/^\ufeff/, '')); // some editors begin a file with a mark
    } catch (cause) {
      throw new Fault('config.invalid', `${this.#path} is not JSON`, { cause });
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return new Map(parsed.data.librarians.map(({ key, name }) => [key, name]));
    const [issue] = parsed.error.issues;
    const what = `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'not valid'}`;
    throw new Fault('config.invalid', `${this.#path} is not a list of librarians: ${what}`);
  }
}
