/** Downloads a torrent as a reader would: with aria2 where it is installed, else with webtorrent, which is here. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { swarmOptions } from '../swarm-options.ts';

const HOST = '127.0.0.1';
const ARIA2 = 'aria2c';

/** @param reader - who does it; has a folder of that name. @returns the path of the file. */
export async function download(
  reader: string,
  torrent: Uint8Array,
  name: string,
  folder: string,
  say: (sentence: string) => void,
): Promise<string> {
  const target = join(folder, reader);
  mkdirSync(target);
  const installed = spawnSync(ARIA2, ['--version'], { stdio: 'ignore' }).status === 0;
  say(`  ${reader} downloads with ${installed ? 'aria2, an ordinary BitTorrent client' : 'webtorrent'}.`);
  await (installed ? withAria2(torrent, target) : withWebTorrent(torrent, target));
  return join(target, name);
}

async function withAria2(torrent: Uint8Array, target: string): Promise<void> {
  const path = join(target, 'bought.torrent');
  await writeFile(path, torrent);
  const flags = ['--no-conf', '--enable-dht=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false'];
  const place = [`--dir=${target}`, `--interface=${HOST}`, '--file-allocation=none', '--seed-time=0'];
  const client = spawn(ARIA2, [...flags, ...place, path], { stdio: 'ignore' });
  const killed = (): void => void client.kill();
  process.once('exit', killed);
  const [code] = await once(client, 'exit');
  process.off('exit', killed);
  if (code !== 0) throw new Error(`${ARIA2} has ended with ${code}`);
}

async function withWebTorrent(torrent: Uint8Array, target: string): Promise<void> {
  const { default: WebTorrent } = await import('webtorrent');
  const client = new WebTorrent(swarmOptions(HOST));
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('error', reject);
      client.add(torrent, { path: target }).once('done', resolve).once('error', reject);
    });
  } finally {
    await new Promise<void>((resolve) => client.destroy(() => resolve()));
  }
}
