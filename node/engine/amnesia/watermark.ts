/**
 * A witness beside the database: how far the journal had come when this node last signed. A database that was
 * lost, or replaced by an older copy, does not fit it any more (docs/decisions/amnesia.md). The port, and what a
 * mark means; where it is kept is the business of watermark-file.ts, or of a test.
 */
import { type Bytes, equalBytes } from '../../../core/bytes.ts';

export type Mark = {
  /** Names one life of one database: 16 bytes. */
  readonly incarnation: Bytes;
  /** The journal had records up to here, exclusive, when the last vote left. */
  readonly sequence: number;
};

export type Watermark = {
  /** @returns undefined when it is missing or cannot be read: then nobody knows what was signed. */
  read(): Promise<Mark | undefined>;
  /** Resolves when it is durable. @throws Fault("store.failed"). */
  write(mark: Mark): Promise<void>;
};

export const INCARNATION_BYTES = 16;

/** Of a key that has never signed anything: written when the key is made, and never again. */
export const UNUSED_MARK: Mark = { incarnation: new Uint8Array(INCARNATION_BYTES), sequence: 0 };

export function isUnused(mark: Mark): boolean {
  return equalBytes(mark.incarnation, UNUSED_MARK.incarnation);
}
