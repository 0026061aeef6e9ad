#!/usr/bin/env node
/**
 * A reader of a library, by the SDK, in plain JavaScript. `npm install digitallib-client webtorrent`, Node.js 22 or later.
 *
 *   reader.mjs register            makes the key where there is none, and has the library put it on the ledger
 *   reader.mjs upload FILE         gives the library a file, and signs its name and size
 *   reader.mjs search WORDS        one JSON document of what was found
 *   reader.mjs buy HASH FOLDER     buys the file, or fetches what was bought before, and its bytes into the folder
 *   reader.mjs account             what only this key may see of itself
 *
 * LIBRARY: its address. KEY: the file with the key, reader.key when left out; whoever has that file has the account.
 */
import { existsSync, openAsBlob, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { argv, env, stderr } from 'node:process';
import { ClientError, createClient, createWallet } from 'digitallib-client';

const key = env.KEY ?? 'reader.key';
const client = createClient({ url: env.LIBRARY ?? 'http://127.0.0.1:8645' });
/** Ctrl-C ends what is under way, and leaves nothing behind. */
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const { signal } = stop;

const onProgress = (done, total) => stderr.isTTY && stderr.write(`\r${done} of ${total} bytes`);

const calls = {
  register: () => client.register(wallet().publicKey, { signal }),
  async upload(path) {
    // In parts: what breaks off goes on, and called again it goes on where it was.
    const file = await openAsBlob(path);
    const { facts } = await client.uploadFile(wallet(), file, basename(path), { signal, onProgress });
    return facts ?? { state: 'available' };
  },
  search: async (words) => (await client.search(words, { signal })).files,
  async buy(hash, folder) {
    const torrent = await client.download(wallet(), hash, { signal });
    const { downloadFromSwarm } = await import('digitallib-client/swarm');
    return downloadFromSwarm(torrent, { hash, folder, signal, onProgress });
  },
  account: () => client.account(wallet(), { signal }),
};

function wallet() {
  if (!existsSync(key))
    writeFileSync(key, crypto.getRandomValues(new Uint8Array(32)), { flag: 'wx', mode: 0o600 });
  return createWallet(new Uint8Array(readFileSync(key)));
}

const [call, ...rest] = argv.slice(2);
if (!Object.hasOwn(calls, call ?? '') || calls[call].length !== rest.length) {
  console.error(`reader.mjs ${Object.keys(calls).join(' | ')}`);
  process.exit(2);
}
try {
  const answer = await calls[call](...rest);
  // Amounts are bigints: beyond 2^53 no number has them.
  console.log(JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
