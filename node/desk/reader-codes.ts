/**
 * Codes with which a librarian lets readers in: each registers one key, or lends one card, until it expires. Kept as hashes, so that a
 * copy of the file lets nobody in; on the disk before anybody is told. The first key that comes with one has it alone, on the disk
 * before anything is done for it: whoever is cut off by a kill, of the library too, comes again, and nobody else has it meanwhile.
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
import type { PublicKey32, UnixMs } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { ReaderCodes as Codes, SpentCode } from '../../rpc/reader-codes.ts';

type Ports = { readonly clock: Clock; readonly random: Random };

const HEX_32 = z.string().regex(/^[0-9a-f]{64}$/);
const EXPIRES = z.number().int().positive();
const schema = z.strictObject({
  version: z.literal(1),
  codes: z.record(HEX_32, z.union([EXPIRES, z.strictObject({ expires: EXPIRES, key: HEX_32 })])),
});
/** Without letters that are read for others (Crockford's base 32). */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CODE_LENGTH = 16;

/** `key`: whose it is, hex; none: it is anybody's. */
type Kept = { readonly expires: UnixMs; readonly key?: string };

export class ReaderCodes implements Codes {
  readonly #ports: Ports;
  readonly #path: string;
  /** By the hash of the code, hex. */
  readonly #codes: Map<string, Kept>;
  /** Calls under way with a code, by its hash. */
  readonly #under = new Map<string, number>();
  /** Something was sent with them that may yet become final: they stay their keys'. */
  readonly #sent: Set<string>;
  #writing: Promise<void> = Promise.resolve();

  /** @param home - folder of the library. @param file - in it. @throws Fault("config.invalid") when its file cannot be read. */
  constructor(ports: Ports, home: string, file = 'reader-codes.json') {
    this.#ports = ports;
    this.#path = join(home, file);
    this.#codes = read(this.#path);
    this.#sent = new Set([...this.#codes].flatMap(([hash, { key }]) => (key === undefined ? [] : [hash])));
  }

  /** @returns new codes, for people: four groups of four. @throws Fault("config.invalid") when there would be too many. */
  async make(count: number, lifeMs: number): Promise<readonly string[]> {
    this.#forgetExpired();
    if (this.#codes.size + count > limits.readerCodesMax) {
      throw new Fault('config.invalid', `there are ${this.#codes.size} codes that nobody has used yet`);
    }
    const codes = Array.from({ length: count }, () => this.#newCode());
    const expires = this.#ports.clock.now() + lifeMs;
    for (const code of codes) this.#codes.set(hashOf(code), { expires });
    await this.#write();
    return codes;
  }

  async spend(code: string, key: PublicKey32): Promise<SpentCode | undefined> {
    const hash = hashOf(code);
    const kept = this.#codes.get(hash);
    const of = toHex(key);
    if (kept === undefined || kept.expires < this.#ports.clock.now()) return undefined;
    if (kept.key !== undefined && kept.key !== of) return undefined;
    this.#under.set(hash, this.#callsWith(hash) + 1);
    this.#codes.set(hash, { ...kept, key: of });
    await this.#write();
    return { settle: (verdict) => this.#settle(hash, verdict) };
  }

  async #settle(hash: string, verdict: Verdict<unknown>): Promise<void> {
    const others = this.#callsWith(hash) - 1;
    if (others > 0) this.#under.set(hash, others);
    else this.#under.delete(hash);
    const kept = this.#codes.get(hash);
    if (kept === undefined) return; // another call of the key has used it up
    if (verdict.kind === 'accept') this.#gone(hash);
    else if (verdict.kind === 'reject' && verdict.code === 'node.finality-timeout') this.#sent.add(hash);
    else if (others <= 0 && !this.#sent.has(hash)) this.#codes.set(hash, { expires: kept.expires });
    await this.#write();
  }

  #callsWith(hash: string): number {
    return this.#under.get(hash) ?? 0;
  }

  #gone(hash: string): void {
    this.#codes.delete(hash);
    this.#sent.delete(hash);
  }

  #newCode(): string {
    const letters = [...this.#ports.random.bytes(CODE_LENGTH)].map((byte) => ALPHABET[byte % 32]);
    return letters.join('').replace(/.{4}(?=.)/g, '$&-');
  }

  #forgetExpired(): void {
    for (const [hash, { expires }] of this.#codes) {
      if (expires < this.#ports.clock.now()) this.#gone(hash);
    }
  }

  /** One after the other; the last one writes what is so then. */
  #write(): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined) // who asked for it has heard
      .then(() => writeSynced(this.#path, JSON.stringify({ version: 1, codes: stored(this.#codes) })));
    return this.#writing;
  }
}

/** As it is read aloud: without groups, in small letters, with the digits that look like letters. */
function hashOf(code: string): string {
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  return toHex(sha256(utf8(plain)));
}

/** One that is nobody's is its end alone. */
function stored(codes: ReadonlyMap<string, Kept>): object {
  return Object.fromEntries(
    [...codes].map(([hash, kept]) => [hash, kept.key === undefined ? kept.expires : kept]),
  );
}

function read(path: string): Map<string, Kept> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new Fault('config.invalid', `${path} cannot be read`, { cause: error });
  }
  try {
    const { codes } = schema.parse(JSON.parse(text));
    return new Map(
      Object.entries(codes).map(([hash, kept]) => [
        hash,
        typeof kept === 'number' ? { expires: kept } : kept,
      ]),
    );
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
