/** Uploads that resume behind their port, in memory: whole ones go to the tiny archive as those of forms do. */
import { type Bytes, concat, toHex } from '../../core/bytes.ts';
import type { Clock } from '../../core/ports.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Announced, Brought, Resumable, Resumables, UploadOutcome } from '../../rpc/upload-ports.ts';
import type { TinyArchive } from './tiny-archive.ts';

type Entry = { announced: Announced; shown: Resumable; chunks: Bytes[] };

export class TinyResumables implements Resumables {
  readonly all = new Map<string, Entry>();
  readonly #archive: TinyArchive;
  readonly #clock: Pick<Clock, 'now'>;
  /** What `begin` is refused with. */
  full = false;

  constructor(archive: TinyArchive, clock: Pick<Clock, 'now'>) {
    this.#archive = archive;
    this.#clock = clock;
  }

  async begin(announced: Announced, pay: () => Verdict): Promise<Verdict<Resumable>> {
    const { claim } = announced;
    const known = [...this.all.values()].find(
      ({ shown }) =>
        toHex(shown.claim.hash) + toHex(shown.claim.key) === toHex(claim.hash) + toHex(claim.key),
    );
    if (known !== undefined) return accept(known.shown);
    if (this.full) return reject('archive.full');
    const paid = pay();
    if (paid.kind !== 'accept') return paid;
    const id = String(this.all.size).padStart(32, '0');
    const until = this.#clock.now() + 86_400_000;
    const size = Number(claim.written!.size);
    const shown = { id, claim, size, offset: 0, until, isRead: false, isDone: false };
    this.all.set(id, { announced, shown, chunks: [] });
    return accept(shown);
  }

  get(id: string): Resumable | undefined {
    return this.all.get(id)?.shown;
  }

  async append(
    id: string,
    offset: number,
    { bytes }: Brought,
  ): Promise<Verdict<{ upload: Resumable; outcome?: () => Promise<UploadOutcome> }>> {
    const entry = this.all.get(id);
    if (entry === undefined) return reject('upload.gone');
    if (offset !== entry.shown.offset) return reject('upload.wrong-offset');
    for await (const chunk of bytes) {
      if (entry.shown.offset + chunk.length > entry.shown.size) return reject('request.too-long');
      entry.chunks.push(chunk);
      entry.shown = { ...entry.shown, offset: entry.shown.offset + chunk.length };
    }
    if (entry.shown.offset < entry.shown.size) return accept({ upload: entry.shown });
    const received = await this.#archive.receiveFile(one(concat(...entry.chunks)), entry.announced);
    if (received.kind !== 'accept') {
      this.all.delete(id);
      return received;
    }
    entry.shown = { ...entry.shown, isDone: true };
    return accept({ upload: entry.shown, outcome: () => received.value.outcome() });
  }

  async end(id: string): Promise<Verdict> {
    return this.all.delete(id) ? accept() : reject('upload.gone');
  }
}

async function* one(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}
