/**
 * Torrents that claim 64 GiB and of which nobody has a byte; torrents that claim the hash of a book that others have
 * brought; and the plain request for the torrent of such a book. What comes back is a pass, for other attacks to use.
 */
import { randomBytes } from 'node:crypto';
import bencode from 'bencode';
import { toHex } from '../../../core/bytes.ts';
import { announceUrlsOf } from '../../../test/e2e/fixtures/announce.ts';
import { parseTorrent } from '../../../torrent/parse.ts';
import { pieceLengthOf } from '../../../torrent/piece-tree.ts';
import type { Attack, Ground } from '../attack.ts';
import type { FreeKey } from '../free.ts';

const PER_SECOND = 10;
const AT_ONCE = 16;
const GIB = 2 ** 30;
const SIZES = [64 * GIB, 64 * GIB, GIB, 20_000];

export const claims: Attack = {
  name: 'claims',
  what: `${PER_SECOND} torrents a second of up to 64 GiB without bytes, and as many claims of others' books`,
  async run(ground) {
    await Promise.all([
      ground.pace(PER_SECOND, AT_ONCE, () =>
        withKey(ground, (key) => claim(ground, key, toHex(randomBytes(32)))),
      ),
      ground.pace(PER_SECOND / 2, AT_ONCE, () =>
        withKey(ground, (key) => claim(ground, key, ground.book().hash)),
      ),
      ground.pace(PER_SECOND / 2, AT_ONCE, () => withKey(ground, (key) => ask(ground, key))),
    ]);
  },
};

async function claim(ground: Ground, key: FreeKey, hash: string): Promise<string> {
  const size = SIZES[Math.floor(Math.random() * SIZES.length)]!;
  const client = ground.caller(key.address).client(ground.library());
  const { torrent } = await client.uploadTorrent(key.wallet, hash, torrentOf(size));
  return torrent === undefined ? 'under way' : keepPass(ground, key, torrent.bytes);
}

/** It costs nothing to ask. */
async function ask(ground: Ground, key: FreeKey): Promise<string> {
  const client = ground.caller(key.address).client(ground.library());
  const { bytes } = await client.fetch(key.wallet, ground.book().hash);
  keepPass(ground, key, bytes);
  return "a torrent of another's book";
}

function keepPass({ free }: Ground, { address }: FreeKey, torrent: Uint8Array): string {
  const parsed = parseTorrent(torrent);
  if (parsed.kind !== 'accept') return parsed.code;
  const infoHash = toHex(parsed.value.infoHash);
  for (const url of announceUrlsOf(torrent)) free.addPass({ url, infoHash, address });
  return 'a pass';
}

/** As any tool makes one, with pieces that were made up. */
function torrentOf(size: number): Uint8Array {
  const pieceLength = pieceLengthOf(size);
  const info = {
    name: `Everything ${toHex(randomBytes(4))}.bin`,
    length: size,
    'piece length': pieceLength,
    pieces: randomBytes(20 * Math.ceil(size / pieceLength)),
  };
  return bencode.encode({ announce: 'http://127.0.0.1:9/announce', info });
}

async function withKey(ground: Ground, act: (key: FreeKey) => Promise<string>): Promise<string> {
  const key = ground.free.key();
  return key === undefined ? 'no key yet' : await act(key);
}
