/**
 * `npm run demo`: the whole story against four libraries, with real bytes and real BitTorrent. A reader gives one
 * library a file, another finds it at a second, buys it at a third, and downloads it; one library is killed on the
 * way, and comes back. Uses the federation that runs at `-- --base-port N` (default 8650, as `npm run federation`);
 * when there is none it starts one of its own in a temporary folder, and only one of its own is killed. Ends by
 * itself, and leaves nothing behind of what it has made.
 */
import { randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Client } from '../client/client.ts';
import { ClientError } from '../client/client-error.ts';
import { createWallet, type Wallet } from '../client/wallet.ts';
import { download } from './demo/download.ts';
import { openStage, type Stage } from './demo/stage.ts';

/** Library 3: it knows the file, but does not hold it. */
const KILLED = 2;
const HERS_BYTES = 4_000_000;
const HIS_BYTES = 5_000_000;
const PATIENCE_MS = 180_000;
const ASK_EVERY_MS = 100;
/** As shells count: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

const { values } = parseArgs({ options: { 'base-port': { type: 'string', default: '8650' } } });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(INTERRUPTED));
const stage = await openStage(Number(values['base-port']), say);
try {
  await tell(stage);
} catch (error) {
  console.error(`\nThe demo has failed: ${error instanceof Error ? error.stack : error}`);
  process.exitCode = 1;
} finally {
  await stage.end();
}
process.exit();

async function tell({ folder, libraries, power }: Stage): Promise<void> {
  const [first, second, third, fourth] = libraries;
  const { chain, authorities } = await first.status();
  say(`“${chain.name}” is a federation of ${authorities.length} libraries with one ledger.`);

  say('\nAda makes a key. It is all that anybody ever knows of her. Library 1 writes it on the ledger.');
  const ada = newReader();
  await first.register(ada.publicKey);
  say(`  ada is ${ada.publicKey}, and has ${await tokens(first, ada)} tokens.`);

  const tag = randomBytes(3).toString('hex');
  const hers = await writeFileOf(folder, `A Voyage to the Antipodes ${tag}.bin`, HERS_BYTES);
  say(`\nShe gives library 2 a file: “${hers.name}”, ${count(HERS_BYTES)} bytes.`);
  const began = Date.now();
  await second.uploadFile(ada, await openAsBlob(hers.path), hers.name);
  await until('the tokens of Ada', async () => (await tokens(first, ada)) > 0n);
  say(`  Library 2 has read it, hashed it and attested it on the ledger, ${seconds(began)} after she began.`);
  say(`  For each byte she has got a token: she has ${count(await tokens(first, ada))}, says library 1.`);

  say('\nBen makes a key at library 4, and earns his tokens with a file of his own.');
  const ben = newReader();
  await fourth.register(ben.publicKey);
  const his = await writeFileOf(folder, `Notes of a Beekeeper ${tag}.bin`, HIS_BYTES);
  await fourth.uploadFile(ben, await openAsBlob(his.path), his.name);
  await until('the tokens of Ben', async () => (await tokens(fourth, ben)) > 0n);
  say(`  He has ${count(await tokens(fourth, ben))} tokens.`);

  say(`\nHe searches at library 3 for “voyage antipodes ${tag}”.`);
  const found = await until('the file in the catalogue of library 3', async () => {
    const { files } = await third.search(`voyage antipodes ${tag}`);
    return files[0];
  });
  say(`  It knows “${found.filename}”, ${count(found.size)} bytes, hash ${found.hash}.`);

  if (power !== undefined) {
    await power.cut(KILLED);
    say(
      '\nA cleaner pulls the plug of library 3: its process is killed with SIGKILL. The other three go on.',
    );
  }
  say('\nHe buys it at library 4. The purchase is on the ledger before the torrent is in his hands.');
  await until('the file at library 4', () => fourth.file(found.hash));
  const bought = Date.now();
  const torrent = await fourth.download(ben, found.hash);
  say(`  “${torrent.filename}” came after ${seconds(bought)}. It carries a pass for him and this file only.`);
  say(`  He has ${count(await tokens(fourth, ben))} tokens left.`);

  say('\nNow the bytes. Library 4 does not have them, library 2 does; the four trackers know.');
  const fetched = Date.now();
  const copy = await download('Ben', torrent.bytes, found.filename, folder, say);
  if (Buffer.compare(await readFile(copy), hers.bytes) !== 0) throw new Error('the bytes differ');
  say(`  ${count(HERS_BYTES)} bytes came in ${seconds(fetched)}, each of them as Ada had it.`);

  if (power !== undefined) {
    say('\nLibrary 3 gets its power back.');
    const back = Date.now();
    await power.restore(KILLED);
    const { height } = await fourth.status();
    await until(`block ${height} at library 3`, async () => (await third.status()).height >= height);
    const spent = (await third.account(ben)).downloaded;
    say(
      `  It has caught up with block ${height} after ${seconds(back)}, and knows what Ben has bought without it`,
    );
    say(
      `  (${count(spent)} tokens). Now it serves again: Cleo comes to it, brings a file, and buys that of Ada.`,
    );
    const cleo = newReader();
    await third.register(cleo.publicKey);
    const own = await writeFileOf(folder, `A Herbarium ${tag}.bin`, HERS_BYTES);
    await third.uploadFile(cleo, await openAsBlob(own.path), own.name);
    await until('the tokens of Cleo', async () => (await tokens(third, cleo)) > 0n);
    const again = await third.download(cleo, found.hash);
    const hersToo = await download('Cleo', again.bytes, found.filename, folder, say);
    if (Buffer.compare(await readFile(hersToo), hers.bytes) !== 0) throw new Error('the bytes differ');
    say(`  ${count(HERS_BYTES)} bytes have come with the pass of library 3, each of them as Ada had it.`);
  }

  const heights = await Promise.all(libraries.map((library) => library.status()));
  say(`\nThe ledger is ${Math.max(...heights.map(({ height }) => height))} blocks high. That is the story.`);
  if (power) say('The four libraries of this demo stop now, and their folder goes.');
}

function newReader(): Wallet {
  return createWallet(new Uint8Array(randomBytes(32)));
}

async function tokens(library: Client, reader: Wallet): Promise<bigint> {
  return (await library.account(reader)).tokens;
}

async function writeFileOf(folder: string, name: string, length: number) {
  const bytes = randomBytes(length);
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { name, path, bytes };
}

/** Other libraries hear of a block a moment later. */
async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const found = await ask().catch((error) => {
      if (error instanceof ClientError && error.code !== 'client.unreachable') return undefined;
      throw error;
    });
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Error(`${what} did not come`);
}

function say(sentence: string): void {
  console.log(sentence);
}

function count(amount: number | bigint): string {
  return amount.toLocaleString('en');
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1_000).toFixed(1)} s`;
}
