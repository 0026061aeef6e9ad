/** Where the head of a request ends, in bytes that come in parts: behind the first empty line (RFC 9112, section 2.1). */

const EMPTY_LINE = Buffer.from('\r\n\r\n');
const [CR] = EMPTY_LINE;

export class HeadEnd {
  /** Bytes of the empty line that the parts before have ended with. */
  #begun = 0;

  /** @returns the number of bytes up to the end of the head; undefined: it does not end in this part. */
  find(part: Buffer): number | undefined {
    let at = 0;
    while (this.#begun > 0 && at < part.length) {
      const byte = part[at]!;
      at += 1;
      if (byte === EMPTY_LINE[this.#begun]) this.#begun += 1;
      else this.#begun = byte === CR ? 1 : 0;
      if (this.#begun === EMPTY_LINE.length) return this.#found(at);
    }
    const found = part.indexOf(EMPTY_LINE, at);
    if (found >= 0) return this.#found(found + EMPTY_LINE.length);
    if (at < part.length) this.#begun = endOf(part.subarray(at));
    return undefined;
  }

  #found(at: number): number {
    this.#begun = 0;
    return at;
  }
}

/** How many bytes of an empty line stand at the end? */
function endOf(part: Buffer): number {
  for (let count = EMPTY_LINE.length - 1; count > 0; count--) {
    if (part.length >= count && part.subarray(-count).equals(EMPTY_LINE.subarray(0, count))) return count;
  }
  return 0;
}
