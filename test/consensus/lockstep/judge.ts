/** The independent judge: sees what every honest authority says and commits, and knows what may never happen. */

import type { Message } from '../../../consensus/messages.ts';
import { assert } from '../../../core/assert.ts';
import { toHex } from '../../../core/bytes.ts';

export class Judge {
  readonly #heights = new Map<number, string>();
  readonly #facts = new Map<string, string>();

  /** An honest node has committed this block. */
  committed(height: number, hash: string): void {
    const before = this.#heights.get(height);
    assert(before === undefined || before === hash, `two finalised blocks at height ${height}`);
    this.#heights.set(height, hash);
  }

  /** An honest authority has said this. `isDurable` = its journal holds it. */
  said(message: Message, isDurable: () => boolean): void {
    switch (message.kind) {
      case 'notarize':
        this.#once(
          `notarize:${message.signer}:${message.view}`,
          `${toHex(message.block.hash)}:${message.parentView}`,
        );
        assert(isDurable(), 'a vote was sent before it was durable');
        break;
      case 'nullify':
      case 'finalize':
        this.#once(`leave:${message.signer}:${message.view}`, message.kind);
        assert(isDurable(), 'a vote was sent before it was durable');
        break;
      case 'proposal':
        this.#once(
          `proposal:${message.signer}:${message.view}`,
          `${toHex(message.block.hash)}:${message.parentView}`,
        );
        break;
      case 'notarization':
        this.#once(`notarization:${message.view}`, toHex(message.block.hash));
        break;
      case 'nullification':
      case 'finalization':
        this.#once(`certificate:${message.view}`, message.kind);
        break;
      case 'request':
        break;
    }
  }

  #once(fact: string, value: string): void {
    const before = this.#facts.get(fact);
    assert(before === undefined || before === value, `contradiction: ${fact} is ${before} and ${value}`);
    this.#facts.set(fact, value);
  }
}
