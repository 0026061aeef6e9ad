/** Final blocks as a moment of the store holds them, with the certificates that make them so. Reads only. */
import { type Block, decodeOwnBlock, type Header } from '../../chain/block/block.ts';
import type { State } from '../../chain/block/execute.ts';
import { decodeMessage, type Finalization } from '../../consensus/messages.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Moment } from '../../core/ports.ts';
import type { Height } from '../../core/scalars.ts';
import { blockKey, metaKey } from '../../store/keyspaces.ts';
import type { Yield } from '../process/yield.ts';
import { heightIn } from './block-store.ts';

/** The header that is asked for, its descendants up to one with a certificate, and that; genesis has none. */
export type FinalRun = {
  readonly headers: readonly Header[];
  readonly finalization: Finalization | undefined;
};

export class BlockRows {
  readonly #moment: Pick<Moment, 'get'>;

  constructor(moment: Pick<Moment, 'get'>) {
    this.#moment = moment;
  }

  /** @param known - the head of the ledger: it spares reading the body, unless a commit has just landed. */
  head(known: Pick<State, 'header' | 'hash'>): FinalRun {
    const hash = this.#moment.get(metaKey('head'));
    assert(hash !== undefined, 'a ledger has a head');
    const header = equalBytes(hash, known.hash) ? known.header : this.#body(hash)?.header;
    assert(header !== undefined, 'the head has a body');
    return { headers: [header], finalization: this.#certificateAt(header.height) };
  }

  /** @returns undefined when the next certificate lies too far above. */
  async from(height: Height, yieldToLoop: Yield): Promise<FinalRun | undefined> {
    const headers: Header[] = [];
    for (let at = height; headers.length < limits.proofHeadersMax; at++) {
      await yieldToLoop();
      const block = this.bodyAt(at);
      if (block === undefined) break;
      headers.push(block.header);
      const finalization = this.#certificateAt(at);
      if (finalization !== undefined || at === 0) return { headers, finalization };
    }
    return undefined;
  }

  /** @returns undefined above the head, and for what was pruned. */
  bodyAt(height: Height): Block | undefined {
    const row = heightIn(this.#moment, height);
    return row && this.#body(row.hash);
  }

  #body(hash: Bytes): Block | undefined {
    const bytes = this.#moment.get(blockKey(hash));
    if (bytes === undefined) return undefined;
    const block = decodeOwnBlock(bytes);
    assert(block.kind === 'accept', 'a stored block decodes');
    return block.value;
  }

  #certificateAt(height: Height): Finalization | undefined {
    const certificate = heightIn(this.#moment, height)?.certificate;
    if (certificate === undefined) return undefined;
    const message = decodeMessage(certificate);
    assert(
      message.kind === 'accept' && message.value.kind === 'finalization',
      'a stored certificate decodes',
    );
    return message.value;
  }
}
