/**
 * `stock add`: a library brings what it owns, from its own machine. The files are read and hashed here, and a few at a
 * time are handed to the running library, which copies each into its archive and hashes it again.
 */
import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkFileName } from '../../chain/files/file-name.ts';
import { piecesRootOfStream } from '../../client/pieces-root.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { CODES } from '../../core/codes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { STOPPED, type StockAnswer, stockRunning, stockWords } from '../../node/operator/admin-socket.ts';
import { printable } from '../printable.ts';

const READ_BYTES = 1024 * 1024;
const AGAIN_MS = 2_000;
/** A library that has no place for so long has another trouble. */
const PATIENCE_MS = 300_000;
const WORDS: { readonly [outcome in Exclude<StockAnswer['outcome'], 'busy'>]: string } = {
  taken: 'taken in',
  known: 'known already',
  waits: 'waits',
  refused: 'refused',
};
/** A file, or what cannot be taken in, with the reason. */
type Found = { readonly path: string; readonly refused?: string };
type Told = { readonly outcome: keyof typeof WORDS; readonly words: string };

type Terminal = {
  /** Prints what a command has to tell. */
  say(text: string): void;
  /** For the program that started it: not all went well. */
  failed(): void;
};

export function addStockCommand(program: Command, { say, failed }: Terminal): void {
  program
    .command('stock')
    .description('books that the library itself owns')
    .command('add <files...>')
    .description(
      'take in files, and folders with all that is in them, of this machine; again, and nothing is done twice',
    )
    .option('--home <folder>', 'folder of the running library', '.digitallib')
    .action(async (files: readonly string[], { home }: { readonly home: string }) => {
      const roots = files.map((one) => resolve(one));
      let count = 0;
      for await (const _ of filesBelow(roots)) count++;
      const totals = new Map<string, number>();
      let done = 0;
      const next = filesBelow(roots);
      const workers = Array.from({ length: limits.stockAtOnceMax }, async () => {
        for (let one = await next.next(); one.done !== true; one = await next.next()) {
          const { outcome, words } = await add(resolve(home), one.value);
          totals.set(outcome, (totals.get(outcome) ?? 0) + 1);
          done++;
          const why = words === '' ? '' : `: ${words}`;
          say(`[${done}/${count}] ${WORDS[outcome]} ${printable(one.value.path)}${why}`);
        }
      });
      await Promise.all(workers);
      const summary = Object.entries(WORDS).map(([outcome, words]) => `${totals.get(outcome) ?? 0} ${words}`);
      say(`${done} files: ${summary.join(', ')}`);
      if (totals.has('refused')) failed();
    });
}

/**
 * Of each root the regular files, those of a folder in no order; hidden ones and links in a folder are left out. What cannot be read,
 * and what was named and is neither a file nor a folder, is found with the reason: nothing of it keeps the rest away.
 */
async function* filesBelow(roots: readonly string[]): AsyncGenerator<Found, void, void> {
  for (const path of roots) {
    try {
      const found = await stat(path);
      if (found.isDirectory()) yield* filesIn(path);
      else if (found.isFile()) yield { path };
      else yield { path, refused: 'it is not a file' };
    } catch (error) {
      yield { path, refused: unreadable(path, error) };
    }
  }
}

async function* filesIn(folder: string): AsyncGenerator<Found, void, void> {
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* filesIn(path);
      else if (entry.isFile()) yield { path };
    }
  } catch (error) {
    yield { path: folder, refused: unreadable(folder, error) };
  }
}

/** What the system says; a name that is not UTF-8 was read with U+FFFD in it, and nothing is called so. */
function unreadable(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && path.includes('\ufffd'))
    return 'its name, or that of a folder above it, is not UTF-8';
  if (code === undefined) throw error;
  return message;
}

async function add(home: string, { path, refused }: Found): Promise<Told> {
  if (refused !== undefined) return { outcome: 'refused', words: refused };
  const name = basename(path).normalize('NFC');
  const named = checkFileName(name);
  if (named.kind !== 'accept')
    return { outcome: 'refused', words: `${CODES[named.code].title} (${named.code})` };
  let hash: Awaited<ReturnType<typeof piecesRootOfStream>>;
  try {
    const bytes: AsyncIterable<Bytes> = createReadStream(path, { highWaterMark: READ_BYTES });
    hash = await piecesRootOfStream(bytes);
  } catch (error) {
    return { outcome: 'refused', words: unreadable(path, error) };
  }
  if (hash === undefined) return { outcome: 'refused', words: `${CODES['file.empty'].title} (file.empty)` };
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await stockRunning(home, { path, name, hash });
    if (answer === undefined)
      throw new Fault('config.invalid', `no library answers in ${home}: start it first`);
    const { outcome } = answer;
    if (outcome === 'taken' || outcome === 'known') return { outcome, words: toHex(hash) };
    if (answer.code === 'node.not-ready') throw new Fault('store.closed', STOPPED);
    if (outcome !== 'busy') return { outcome, words: stockWords(answer) };
    if (Date.now() > until)
      throw new Fault('config.invalid', 'the library takes nothing more now; run this again later');
    await new Promise((again) => setTimeout(again, AGAIN_MS));
  }
}
