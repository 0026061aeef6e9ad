/**
 * The witness as a file of the home, `signing.mark`: two lines of text, far enough apart that no torn write harms
 * both; each says its turn, and the later sound one counts. It belongs to this disk: never copy it, never restore it.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fromHex, toHex, utf8 } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { sha256 } from '../../../core/hash.ts';
import { INCARNATION_BYTES, type Mark, UNUSED_MARK, type Watermark } from './watermark.ts';

/** A disk tears a write at the edge of a block, at the worst. */
const LINE_BYTES = 4_096;
const LINE = /^(digitallib signing mark 1 (\d{1,16}) ([0-9a-f]{32}) (\d{1,16})) ([0-9a-f]{16}) *\n$/;

type Line = { readonly turn: number; readonly mark: Mark };

/** For a key that was made just now. Durable when it returns. @throws when there is one already. */
export function createUnusedMark(path: string): void {
  const lines = [lineOf({ turn: 0, mark: UNUSED_MARK }), lineOf({ turn: 1, mark: UNUSED_MARK })];
  writeWhole(path, lines.join(''));
}

export class WatermarkFile implements Watermark {
  readonly #path: string;
  #turn = 0;
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Mark | undefined> {
    const lines = linesOf(this.#path).sort((a, b) => b.turn - a.turn);
    this.#turn = lines[0]?.turn ?? 0;
    return lines[0]?.mark;
  }

  async write(mark: Mark): Promise<void> {
    this.#turn += 1;
    const line = lineOf({ turn: this.#turn, mark });
    try {
      if (this.#file === undefined) {
        if (linesOf(this.#path).length === 0) writeWhole(this.#path, line + line);
        this.#file = await open(this.#path, 'r+');
      }
      await this.#file.write(line, (this.#turn % 2) * LINE_BYTES);
      await this.#file.datasync();
    } catch (cause) {
      throw new Fault('store.failed', 'The mark of what was signed could not be written.', { cause });
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

function lineOf({ turn, mark }: Line): string {
  const text = `digitallib signing mark 1 ${turn} ${toHex(mark.incarnation)} ${mark.sequence}`;
  return `${`${text} ${sumOf(text)}`.padEnd(LINE_BYTES - 1)}\n`;
}

/** The sound lines of the file; none when it is missing. */
function linesOf(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Fault('store.failed', 'The mark of what was signed could not be read.', { cause: error });
  }
  return [0, LINE_BYTES].flatMap((at) => parse(text.slice(at, at + LINE_BYTES)) ?? []);
}

function parse(line: string): Line | undefined {
  const [, text, turn, hex, sequence, sum] = LINE.exec(line) ?? [];
  const incarnation = fromHex(hex ?? '', INCARNATION_BYTES);
  if (text === undefined || incarnation === undefined || sumOf(text) !== sum) return undefined;
  return { turn: Number(turn), mark: { incarnation, sequence: Number(sequence) } };
}

function sumOf(text: string): string {
  return toHex(sha256(utf8(text))).slice(0, 16);
}

/** A new file appears whole or not at all. */
function writeWhole(path: string, text: string): void {
  const part = `${path}.part`;
  try {
    writeFileSync(part, text, { mode: 0o600, flush: true }); // all of it: a full disk takes a piece without a word
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
