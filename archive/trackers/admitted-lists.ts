/**
 * What the tracker of one member has said to this archive: by file, who is let in there. It may be hostile, and name as many
 * for each file as fit into an answer; so all of it together has a share of memory, and what was said longest ago is
 * forgotten when that is full: its readers wait until that tracker is asked again.
 */
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { UnixMs } from '../../core/scalars.ts';

/** What a tracker tells an archive: see tracker/announce.ts, Admitted. */
export type Named = { readonly peers: Bytes; readonly peers6: Bytes; readonly sinceMs: UnixMs };
export type AdmittedList = Named & { readonly saidMs: UnixMs };
/** `before`: what it said before it was started anew, and may have forgotten since. */
export type Row = { readonly last: AdmittedList; readonly before: AdmittedList | undefined };

/** What the memory of one takes beside its bytes. */
const ROW_BYTES = 1_024;

export class AdmittedLists {
  /** By file in hex, in the order in which they were said. */
  readonly #lists = new Map<string, Row>();
  #bytes = 0;

  /** At most limits.namedBytesPerMemberMax. */
  get bytes(): number {
    return this.#bytes;
  }

  get(file: string): Row | undefined {
    return this.#lists.get(file);
  }

  set(file: string, row: Row): void {
    this.delete(file);
    this.#lists.set(file, row);
    this.#bytes += bytesOf(row);
    for (const oldest of this.#lists.keys()) {
      if (this.#bytes <= limits.namedBytesPerMemberMax) return;
      this.delete(oldest);
    }
  }

  delete(file: string): void {
    const row = this.#lists.get(file);
    if (row === undefined) return;
    this.#lists.delete(file);
    this.#bytes -= bytesOf(row);
  }
}

function bytesOf({ last, before }: Row): number {
  const length = (list: AdmittedList | undefined) => (list?.peers.length ?? 0) + (list?.peers6.length ?? 0);
  return ROW_BYTES + length(last) + length(before);
}
