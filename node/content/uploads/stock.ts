/**
 * What the library itself owns, from files on its own machine: each becomes an upload whose key is the library's, which
 * the ledger calls stock (chain/files/available.ts). It goes the way of every upload, but for the form: copied into the archive and
 * hashed, kept as an intake before anybody is told, put on the ledger now or when it can, also after a kill.
 */
import { open, stat } from 'node:fs/promises';
import type { Archive } from '../../../archive/archive.ts';
import { checkFileName } from '../../../chain/files/file-name.ts';
import { file, isTakenDown, pendingUpload } from '../../../chain/queries.ts';
import { toHex } from '../../../core/bytes.ts';
import type { Code } from '../../../core/codes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import type { Log } from '../../../core/ports.ts';
import type { Hash32 } from '../../../core/scalars.ts';
import type { UploadState } from '../../../rpc/upload-ports.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { Tasks } from '../../process/tasks.ts';
import type { Sponsor } from '../sponsor.ts';
import type { Uploads } from './uploads.ts';

type Ports = {
  readonly ledger: Pick<Ledger, 'head'>;
  readonly archive: Pick<Archive, 'has'>;
  readonly uploads: Pick<Uploads, 'receiveFile' | 'standing'>;
  readonly sponsor: Pick<Sponsor, 'key' | 'bring'>;
  readonly log: Log;
};
export type StockFile = {
  /** On the machine of the library. */
  readonly path: string;
  /** As readers will find it. */
  readonly name: string;
  /** Of its bytes, as whoever brings it has read them. */
  readonly hash: Hash32;
};
export type StockOutcome =
  /** Nothing was to be done. `taken`: it is on the ledger, or available. `waits`: it goes there by itself. */
  | { readonly outcome: 'known' | 'taken' }
  | { readonly outcome: 'waits' | 'refused'; readonly code: Code | undefined; readonly why?: string }
  /** There is no place for it now. */
  | { readonly outcome: 'busy' };

/** Of what is here there is nothing to bring any more. */
const ON_ITS_WAY: ReadonlySet<UploadState> = new Set<UploadState>(['waiting', 'on-ledger', 'available']);
const COME_AGAIN: ReadonlySet<Code> = new Set<Code>(['archive.busy', 'upload.too-many']);

export class Stock {
  readonly #ports: Ports;
  readonly #tasks: Tasks;
  /** Aborted when the library ends. */
  #ending = new AbortController();
  #isOpen = false;
  #taking = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#tasks = new Tasks(ports.log, 'a file of the stock could not be taken in');
  }

  start(): void {
    this.#ending = new AbortController();
    this.#isOpen = true;
  }

  /** Breaks off what is being copied: whoever brings it brings it again. The rest ends with the submission; see `drained`. */
  stop(): void {
    this.#isOpen = false;
    this.#ending.abort();
  }

  drained(): Promise<void> {
    return this.#tasks.drained();
  }

  /** Resolves when it is on the ledger, or waits there, or cannot be. Never throws for what is wrong with the file. */
  async add(wanted: StockFile): Promise<StockOutcome> {
    if (!this.#isOpen) return { outcome: 'refused', code: 'node.not-ready' };
    const before = this.#asItStands(wanted.hash);
    if (before !== undefined) return before;
    if (this.#taking >= limits.stockAtOnceMax) return { outcome: 'busy' };
    this.#taking += 1;
    const taken = this.#take(wanted).then((outcome) => this.#logged(wanted, outcome));
    const taking = taken.finally(() => {
      this.#taking -= 1;
    });
    this.#tasks.run(async () => void (await taking.catch(() => undefined))); // the asker hears of it
    return taking;
  }

  /** Who brings it sits at the socket. */
  #logged({ hash, name }: StockFile, outcome: StockOutcome): StockOutcome {
    const isIn = outcome.outcome === 'taken' || outcome.outcome === 'waits';
    if (isIn) this.#ports.log.info('a file was taken into stock', { by: 'socket', hash: toHex(hash), name });
    return outcome;
  }

  /** @returns undefined when there is something to be brought. */
  #asItStands(hash: Hash32): StockOutcome | undefined {
    const { ledger, archive, uploads, sponsor } = this.#ports;
    const { view, header } = ledger.head();
    if (isTakenDown(view, hash)) return { outcome: 'refused', code: 'file.taken-down' };
    // Of what is on the ledger and was lost here, the bytes are taken again.
    if (!archive.has(hash)) return undefined;
    const standing = uploads.standing(hash, sponsor.key);
    const isKnown =
      file(view, hash) !== undefined ||
      pendingUpload(view, hash, sponsor.key, header.time) !== undefined ||
      (standing !== undefined && ON_ITS_WAY.has(standing.state));
    return isKnown ? { outcome: 'known' } : undefined;
  }

  async #take({ path, name, hash }: StockFile): Promise<StockOutcome> {
    const { uploads, sponsor } = this.#ports;
    const named = checkFileName(name);
    if (named.kind !== 'accept') return { outcome: 'refused', code: named.code };
    try {
      const found = await stat(path);
      if (!found.isFile()) return { outcome: 'refused', code: undefined, why: 'it is not a file' };
      await using bytes = await open(path);
      const { size } = await bytes.stat();
      const claim = sponsor.bring({ hash, size: BigInt(size), name });
      const stream = bytes.createReadStream({ autoClose: false, signal: this.#ending.signal });
      const received = await uploads.receiveFile(stream, { claim, name, sizeHint: size, from: undefined });
      if (received.kind !== 'accept') return refusedFor(received.code);
      const { state, code } = await received.value.outcome();
      if (state === 'on-ledger' || state === 'available') return { outcome: 'taken' };
      if (state !== 'refused') return { outcome: 'waits', code };
      // Another has brought it before; the bytes are here now, too.
      return code === 'upload.already-available' ? { outcome: 'known' } : refusedFor(code);
    } catch (error) {
      return this.#unreadable(error);
    }
  }

  /** What the system says of the file; all else is a mistake of ours. */
  #unreadable(error: unknown): StockOutcome {
    if (this.#ending.signal.aborted) return { outcome: 'refused', code: 'node.not-ready' };
    const cause = error instanceof Fault && error.code === 'archive.failed' ? error.cause : error;
    if (!(cause instanceof Error) || !('syscall' in cause)) throw error;
    return { outcome: 'refused', code: undefined, why: `the library cannot read it: ${cause.message}` };
  }
}

function refusedFor(code: Code | undefined): StockOutcome {
  if (code !== undefined && COME_AGAIN.has(code)) return { outcome: 'busy' };
  return { outcome: 'refused', code };
}
