/**
 * Codes with which a librarian lets readers in: each registers one key, or lends one card, until it expires. Kept as hashes, so that a
 * copy of the file lets nobody in; on the disk before anybody is told, and gone from it before a key is registered.
 */
import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { toHex, utf8 } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Random } from '../../core/ports.ts';
import type { UnixMs } from '../../core/scalars.ts';

type Ports = { readonly clock: Clock; readonly random: Random };

const schema = z.strictObject({
  version: z.literal(1),
  codes: z.record(z.string().regex(/^[0-9a-f]{64}$/), z.number().int().positive()),
});
/** Without letters that are read for others (Crockford's base 32). */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CODE_LENGTH = 16;

export class ReaderCodes {
  readonly #ports: Ports;
  readonly #path: string;
  /** Hash of a code, hex → when it expires. */
  readonly #codes: Map<string, UnixMs>;
  #writing: Promise<void> = Promise.resolve();

  /** @param home - folder of the library. @param file - in it. @throws Fault("config.invalid") when its file cannot be read. */
  constructor(ports: Ports, home: string, file = 'reader-codes.json') {
    this.#ports = ports;
    this.#path = join(home, file);
    this.#codes = read(this.#path);
  }

  /** @returns new codes, for people: four groups of four. @throws Fault("config.invalid") when there would be too many. */
  async make(count: number, lifeMs: number): Promise<readonly string[]> {
    this.#forgetExpired();
    if (this.#codes.size + count > limits.readerCodesMax) {
      throw new Fault('config.invalid', `there are ${this.#codes.size} codes that nobody has used yet`);
    }
    const codes = Array.from({ length: count }, () => this.#newCode());
    const expires = this.#ports.clock.now() + lifeMs;
    for (const code of codes) this.#codes.set(hashOf(code), expires);
    await this.#write();
    return codes;
  }

  /** Uses a code up. @returns undefined when it is none, was used, or has expired. */
  async spend(code: string): Promise<{ undo(): Promise<void> } | undefined> {
    const hash = hashOf(code);
    const expires = this.#codes.get(hash);
    if (expires === undefined || expires < this.#ports.clock.now()) return undefined;
    this.#codes.delete(hash);
    await this.#write();
    return {
      undo: () => {
        this.#codes.set(hash, expires);
        return this.#write();
      },
    };
  }

  #newCode(): string {
    const letters = [...this.#ports.random.bytes(CODE_LENGTH)].map((byte) => ALPHABET[byte % 32]);
    return letters.join('').replace(/.{4}(?=.)/g, '$&-');
  }

  #forgetExpired(): void {
    for (const [hash, expires] of this.#codes) {
      if (expires < this.#ports.clock.now()) this.#codes.delete(hash);
    }
  }

  /** One after the other; the last one writes what is so then. */
  #write(): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined) // who asked for it has heard
      .then(() =>
        writeSynced(this.#path, JSON.stringify({ version: 1, codes: Object.fromEntries(this.#codes) })),
      );
    return this.#writing;
  }
}

/** As it is read aloud: without groups, in small letters, with the digits that look like letters. */
function hashOf(code: string): string {
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  return toHex(sha256(utf8(plain)));
}

function read(path: string): Map<string, UnixMs> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new Fault('config.invalid', `${path} cannot be read`, { cause: error });
  }
  try {
    return new Map(Object.entries(schema.parse(JSON.parse(text)).codes));
  } catch (cause) {
    throw new Fault('config.invalid', `${path} is not a file of reader codes`, { cause });
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  const folder = await open(join(path, '..'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
