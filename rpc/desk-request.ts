/** What of a request at the desk its library remembers, so that it is good once. Source: docs/decisions/desk.md. */
import type { Bytes } from '../core/bytes.ts';
import type { PublicKey32, UnixSeconds } from '../core/scalars.ts';

export type DeskRequest = {
  readonly key: PublicKey32;
  readonly nonce: Bytes;
  readonly expires: UnixSeconds;
  /** Else it only tells something. */
  readonly changes: boolean;
};
