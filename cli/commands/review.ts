/**
 * `review`: what waits for a person at a running library that was started with `--review manual`; asked by the socket in its
 * home (node/operator/admin-socket.ts), as any librarian with a key may ask by HTTP (docs/decisions/desk.md).
 */
import { constants, copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { ClientError } from '../../client/client-error.ts';
import type { Desk, Shown, WaitingFacts } from '../../client/desk.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { printable } from '../printable.ts';
import { atDesk, each } from './at-desk.ts';

type At = { readonly home: string };
type Which = At & { readonly by?: string };
type WhichShown = Which & { readonly mark?: string };

/** @param say - prints what a command has to tell. */
export function addReviewCommands(program: Command, say: (text: string) => void): void {
  const review = program.command('review').description('what waits for a librarian (--review manual)');
  const add = (name: string, description: string): Command =>
    review
      .command(name)
      .description(description)
      .option('--home <folder>', 'folder of the running library', '.digitallib');

  add('list', 'list what waits, longest first').action(async ({ home }: At) => {
    let cursor: string | undefined;
    do {
      const page = await atDesk(home, (desk) => desk.reviewList(cursor === undefined ? {} : { cursor }));
      for (const one of page.waiting) say(linesOf(one));
      if (page.total === 0)
        say(
          'Nothing waits for a review. At a library with --review auto nobody reviews, and nothing ever does.',
        );
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  });
  add('show <hash>', 'show one that waits, and where its bytes lie; or that it was declined, and why')
    .option('--by <key>', BY)
    .option('--to <file>', 'copy its bytes there, to look at them')
    .action(async (hash: string, { home, by, to }: Which & { readonly to?: string }) => {
      const { path, declined, reason, ...one } = await atDesk(home, (desk) => desk.reviewShow(hash, { by }));
      say(linesOf(one));
      if (declined) return say(printable(`  declined${reason === undefined ? '' : `: ${reason}`}`));
      if (path === undefined) throw new Fault('config.invalid', 'its bytes are not here now');
      if (to === undefined) return say(`  bytes  ${path}`);
      await copy(path, resolve(to));
      say(`  copied to ${resolve(to)}`);
    });
  add('accept <hash...>', 'let them go on: this library sponsors or attests them')
    .option('--by <key>', BY)
    .option('--mark <mark>', MARK)
    .action((hashes: string[], { home, by, mark }: WhichShown) =>
      each(hashes, async (hash) => {
        const shown = oneMark(hashes, mark) ?? (await atDesk(home, (desk) => desk.reviewShow(hash, { by })));
        await atDesk(home, (desk) => desk.reviewAccept(hash, shown, { by }));
        say(printable(`accepted ${hash}${nameOf(shown)}`));
      }),
    );
  add('decline <hash...>', 'keep them off the ledger as far as this library goes, and delete their bytes')
    .option('--by <key>', BY)
    .option('--mark <mark>', MARK)
    .option('--reason <text>', 'what the uploader is told, or others at this desk; at most 240 bytes', line)
    .action((hashes: string[], { home, by, mark, reason }: WhichShown & { readonly reason?: string }) =>
      each(hashes, async (hash) => {
        const shown = oneMark(hashes, mark) ?? (await atDesk(home, (desk) => waitingOne(desk, hash, by)));
        const { by: keys } = await atDesk(home, (desk) => desk.reviewDecline(hash, shown, { by, reason }));
        const all = keys.length > 1 ? ` of all ${keys.length} who had brought it` : '';
        say(printable(`declined ${hash}${nameOf(shown)}${all}`));
      }),
    );
}

const BY = 'key of who brought it, where several wait with this hash';
const MARK = 'of what you saw, as list and show print it; where it has changed since, nothing is decided';

/** @returns undefined when none is given, and what waits now is looked up. */
function oneMark(hashes: readonly string[], mark: string | undefined): Shown | undefined {
  if (mark === undefined || hashes.length === 1) return mark === undefined ? undefined : { mark };
  throw new Fault('config.invalid', 'a mark is of one hash: decide on the others by themselves');
}

/** Of several any one: what is declined for all is their bytes. */
async function waitingOne(desk: Desk, hash: string, by: string | undefined): Promise<Shown> {
  try {
    return await desk.reviewShow(hash, { by });
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'review.several') throw error;
    let cursor: string | undefined;
    do {
      const page = await desk.reviewList(cursor === undefined ? {} : { cursor });
      const found = page.waiting.find((one) => one.hash === hash);
      if (found !== undefined) return { mark: found.mark };
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    throw error;
  }
}

function nameOf(shown: Shown | WaitingFacts): string {
  return 'filename' in shown ? `  ${shown.filename}` : '';
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('config.invalid', `its bytes could not be copied: ${why}`, { cause });
  }
}

function linesOf({ hash, filename, size, brought, by, since, until, ...likes }: WaitingFacts): string {
  const like = (title: string, files: WaitingFacts['same_size']): readonly string[] =>
    files.map((one) => `  ${title}  ${one.filename}  ${one.hash}${one.available ? '' : ' (waits, too)'}`);
  return [
    `${hash}  ${filename}`,
    `  ${size} bytes, ${brought ? 'brought by' : 'sponsored by the library'} ${by}`,
    `  since ${timeOf(since)}, until ${timeOf(until)}`,
    ...(likes.declined_before ? ['  declined here before: the same bytes'] : []),
    ...like('same size', likes.same_size),
    ...like('near title', likes.near_title),
    `  mark   ${likes.mark}`,
  ]
    .map(printable)
    .join('\n');
}

/** @param seconds - Unix time. */
function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000', '');
}

function line(text: string): string {
  if (Buffer.byteLength(text) <= limits.reviewReasonBytesMax) return text;
  throw new InvalidArgumentError('at most 240 bytes.');
}
