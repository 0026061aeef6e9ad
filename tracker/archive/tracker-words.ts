/**
 * What the tracker of one member has said to this archive: by file, who is let in there. It may be hostile, and name as many
 * for each file as fit into an answer; so all of it together has a share of memory, and what was said longest ago is
 * forgotten when that is full: its readers wait until that tracker is asked again.
 */
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { UnixMs } from '../../core/scalars.ts';

/** What a tracker tells an archive: see tracker/bencode-reply.ts, Admitted. */
export type Named = { readonly peers: Bytes; readonly peers6: Bytes; readonly sinceMs: UnixMs };
export type Word = Named & { readonly saidMs: UnixMs };
/** `before`: what it said before it was started anew, and may have forgotten since. */
export type Words = { readonly last: Word; readonly before: Word | undefined };

/** What the memory of one takes beside its bytes. */
const WORDS_BYTES = 1_024;

export class TrackerWords {
  /** By file in hex, in the order in which they were said. */
  readonly #words = new Map<string, Words>();
  #bytes = 0;

  /** At most limits.namedBytesPerMemberMax. */
  get bytes(): number {
    return this.#bytes;
  }

  get(file: string): Words | undefined {
    return this.#words.get(file);
  }

  set(file: string, words: Words): void {
    this.delete(file);
    this.#words.set(file, words);
    this.#bytes += bytesOf(words);
    for (const oldest of this.#words.keys()) {
      if (this.#bytes <= limits.namedBytesPerMemberMax) return;
      this.delete(oldest);
    }
  }

  delete(file: string): void {
    const words = this.#words.get(file);
    if (words === undefined) return;
    this.#words.delete(file);
    this.#bytes -= bytesOf(words);
  }
}

function bytesOf({ last, before }: Words): number {
  const length = (word: Word | undefined) => (word?.peers.length ?? 0) + (word?.peers6.length ?? 0);
  return WORDS_BYTES + length(last) + length(before);
}
