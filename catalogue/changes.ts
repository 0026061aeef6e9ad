/** What goes into the index, and out of it. */
import type { Hash32, Height, Tokens } from '../core/scalars.ts';

export type CatalogueFile = {
  readonly hash: Hash32;
  readonly name: string;
  readonly size: Tokens;
  readonly height: Height;
};
export type CatalogueChanges = {
  readonly added: readonly CatalogueFile[];
  readonly removed: readonly Hash32[];
};
