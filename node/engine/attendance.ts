/**
 * @pure Which authorities speak: whose own signed words have come over their own line lately. A connection shows only
 * that a process is there; one that is amnesic, outdated or stopped is connected too, and says nothing that counts.
 */
import { decodeMessage, type Message } from '../../consensus/messages.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import type { PeerKey } from '../../core/ports.ts';

export class Attendance {
  /** By key in hex; of this period and of the one before. At most as many as the authorities of two epochs. */
  #now = new Set<string>();
  #before = new Set<string>();

  spoke(authority: PeerKey): void {
    this.#now.add(toHex(authority));
  }

  /** Who has not spoken in two whole periods is forgotten. */
  turn(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }

  has(authority: PeerKey): boolean {
    const name = toHex(authority);
    return this.#now.has(name) || this.#before.has(name);
  }
}

/** Is this signed by the authority itself? What it only passes on, anybody has. @param number - of the authority. */
export function isOwnWord(message: Message, number: number): boolean {
  return 'signer' in message && message.signer === number;
}

/** As above, of a message that was not taken in because it is known. */
export function holdsOwnWord(bytes: Bytes, number: number): boolean {
  const message = decodeMessage(bytes);
  return message.kind === 'accept' && isOwnWord(message.value, number);
}
