/** Files on their way into the archive: each fills a draft, and is kept when it is what it should be, or leaves nothing. */
import { AssertionFailed } from '../../core/assert.ts';
import { Fault } from '../../core/fault.ts';
import { reject, type Verdict } from '../../core/verdict.ts';
import type { Metainfo } from '../../torrent/metainfo.ts';
import type { ArchiveFolder, DraftFile } from './folder.ts';
import type { Room } from './room.ts';

/** Somebody else was faster. */
const DISK_FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

export class Drafts {
  readonly #folder: ArchiveFolder;
  readonly #room: Room;

  constructor(folder: ArchiveFolder, room: Room) {
    this.#folder = folder;
    this.#room = room;
  }

  /** Would the disk take so much now? @throws Fault("archive.failed"). */
  async fits(bytes: number): Promise<boolean> {
    return await this.#room.fits(bytes).catch((cause) => {
      throw new Fault('archive.failed', 'the disk does not say what it has left', { cause });
    });
  }

  /** Keeps the draft when `fill` accepts; else nothing is left. As `guard`. */
  fill(fill: (file: DraftFile) => Promise<Verdict<Metainfo>>): Promise<Verdict<Metainfo>> {
    return this.guard(async () => {
      const file = await this.#folder.draft();
      try {
        const verdict = await fill(file);
        if (verdict.kind === 'accept') await this.#folder.keep(file, verdict.value);
        return verdict;
      } finally {
        await this.#folder.discard(file);
      }
    });
  }

  /** It is what it should be. What is left of the draft afterwards is its owner's to throw away. */
  keep(file: DraftFile, metainfo: Metainfo): Promise<void> {
    return this.#folder.keep(file, metainfo);
  }

  /** @returns what `work` says, or reject("archive.full") when the disk says so. @throws Fault("archive.failed"). */
  async guard(work: () => Promise<Verdict<Metainfo>>): Promise<Verdict<Metainfo>> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Fault || error instanceof AssertionFailed) throw error;
      if (isDiskFull(error)) return reject('archive.full');
      throw new Fault('archive.failed', 'not received', { cause: error });
    }
  }
}

export function isDiskFull(error: unknown): boolean {
  return DISK_FULL.has((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}
