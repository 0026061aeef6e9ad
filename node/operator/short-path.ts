/**
 * A socket by a path that it may have: the address of one holds 107 bytes (unix(7); 103 on macOS), and a home may lie deeper. Then its
 * folder is reached through a link with a short name, for as long as it takes to listen there, or to connect.
 */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

const PATH_BYTES_MAX = 103;

/** @param use - has what it wants of the socket when its promise resolves. @throws what `use` throws. */
export async function byShortPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return use(path);
  const folder = await mkdtemp(join(tmpdir(), 'dl-')); // 0700
  try {
    const link = join(folder, 'home');
    await symlink(resolve(dirname(path)), link);
    return await use(join(link, basename(path)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
