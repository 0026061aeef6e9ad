/** A folder of its own for a test, gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Folder = { readonly path: string; remove(): Promise<void> };

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'digitallib-store-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
