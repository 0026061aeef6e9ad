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
import { type StockAnswer, stockRunning, stockWords } from '../../node/operator/admin-socket.ts';
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
          say(`[${done}/${count}] ${WORDS[outcome]} ${printable(one.value)}${why}`);
        }
      });
      await Promise.all(workers);
      const summary = Object.entries(WORDS).map(([outcome, words]) => `${totals.get(outcome) ?? 0} ${words}`);
      say(`${done} files: ${summary.join(', ')}`);
      if (totals.has('refused')) failed();
    });
}

/** Of each root the regular files, those of a folder in no order; hidden ones and links in a folder are left out. */
async function* filesBelow(roots: readonly string[]): AsyncGenerator<string, void, void> {
  for (const root of roots) {
    const found = await stat(root).catch((cause) => {
      throw new Fault('config.invalid', `${root} cannot be read`, { cause });
    });
    if (found.isDirectory()) yield* filesIn(root);
    else yield root;
  }
}

async function* filesIn(folder: string): AsyncGenerator<string, void, void> {
  for await (const entry of await opendir(folder)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) yield path;
  }
}

async function add(home: string, path: string): Promise<Told> {
  const name = basename(path).normalize('NFC');
  const named = checkFileName(name);
  if (named.kind !== 'accept')
    return { outcome: 'refused', words: `${CODES[named.code].title} (${named.code})` };
  let hash: Awaited<ReturnType<typeof piecesRootOfStream>>;
  try {
    const bytes: AsyncIterable<Bytes> = createReadStream(path, { highWaterMark: READ_BYTES });
    hash = await piecesRootOfStream(bytes);
  } catch (error) {
    return { outcome: 'refused', words: (error as Error).message };
  }
  if (hash === undefined) return { outcome: 'refused', words: `${CODES['file.empty'].title} (file.empty)` };
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await stockRunning(home, { path, name, hash });
    if (answer === undefined)
      throw new Fault('config.invalid', `no library answers in ${home}: start it first`);
    const { outcome } = answer;
    if (outcome === 'taken') return { outcome, words: toHex(hash) };
    if (outcome !== 'busy') return { outcome, words: stockWords(answer) };
    if (Date.now() > until)
      throw new Fault('config.invalid', 'the library takes nothing more now; run this again later');
    await new Promise((again) => setTimeout(again, AGAIN_MS));
  }
}
