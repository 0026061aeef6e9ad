/** The packed SDK in an empty JavaScript project, against a library: a reader's way to the bytes. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Wallet } from '../../client/wallet.ts';
import { SdkProject } from '../scripts/sdk-project.ts';
import { newReader } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

/** Ends by itself only when nothing is left running. */
const READER = `
import { readFileSync, writeFileSync } from 'node:fs';
import { createClient, createWallet } from 'digitallib-client';
import { downloadFromSwarm } from 'digitallib-client/swarm';

const url = process.env.LIBRARY;
const client = createClient({ url });
const [uploader, buyer] = [1, 2].map(() => createWallet(crypto.getRandomValues(new Uint8Array(32))));
for (const { publicKey } of [uploader, buyer]) await client.register(publicKey);
const book = new Blob([readFileSync('book.bin')]);
const { torrent } = await client.uploadFile(uploader, book, 'book.bin');
const { files: [{ hash }] } = await client.search('book.bin');
const bought = await client.download(buyer, hash);
const listen = { host: '127.0.0.1' };
const told = [];
const onProgress = (done, total) => void told.push([done, total]);
const got = await downloadFromSwarm(bought, { hash, folder: 'read', onProgress, listen });
const error = async (promise) => promise.then(() => 'nothing', (error) => error.code ?? error);
const report = {
  got,
  told,
  other: await error(downloadFromSwarm(bought, { hash: '0'.repeat(64), folder: 'read', listen })),
  before: await error(downloadFromSwarm(bought, { hash, folder: 'b', listen, signal: AbortSignal.abort('before') })),
};
const controller = new AbortController();
report.during = await error(downloadFromSwarm(bought, {
  ...{ hash, folder: 'd', listen, signal: controller.signal },
  onProgress: () => controller.abort('during'),
}));
report.timers = process.getActiveResourcesInfo().filter((name) => /Timeout|Server/.test(name));
console.log(JSON.stringify(report));
`;

/** Ends by itself with the last event that it waits for. */
const FOLLOWER = `
import { createClient } from 'digitallib-client';
const names = [];
for await (const { name } of createClient({ url: process.env.LIBRARY }).events({ kinds: ['available'] })) {
  names.push(name);
  if (name === 'after-2.txt') break;
}
console.log(JSON.stringify(names));
`;

describe('the packed SDK against a library', () => {
  let library: SingleLibrary;
  let project: SdkProject;

  before(async () => {
    project = new SdkProject();
    library = await SingleLibrary.start();
  });
  after(async () => {
    await library?.stop();
    project?.remove();
  });

  it('registers, uploads, buys, and has the right bytes from the swarm, told as they come; a signal ends that', async () => {
    const book = randomBytes(3_000_001);
    writeFileSync(join(project.folder, 'book.bin'), book);
    project.write('reader.mjs', READER);
    const report = JSON.parse(await project.run(['reader.mjs'], { LIBRARY: library.home.api }));
    expect(report.got).to.deep.equal({ name: 'book.bin', bytes: book.length });
    expect(readFileSync(join(project.folder, 'read/book.bin')).equals(book)).to.equal(true);
    expect(report.told.length).to.be.above(5);
    expect(report.told.at(-1)).to.deep.equal([book.length, book.length]);
    expect(
      report.told.every(([done]: [number], i: number) => i === 0 || done >= report.told[i - 1][0]),
    ).to.equal(true);
    expect(report.other).to.equal('file.wrong-hash');
    expect([report.before, report.during]).to.deep.equal(['before', 'during']);
    expect(report.timers).to.deep.equal([]);
  });

  it('tells each event once and in order, over kill -9 of the library', async () => {
    project.write('follow.mjs', FOLLOWER);
    const following = project.run(['follow.mjs'], { LIBRARY: library.home.api });
    const [first, second] = [await newReader(library.client), await newReader(library.client)];
    const bring = (wallet: Wallet, name: string) =>
      library.client.uploadFile(wallet, new Blob([name.repeat(100)]), name);
    await bring(first, 'before-1.txt');
    await bring(first, 'before-2.txt');
    await library.process.kill();
    await library.restart();
    await bring(second, 'after-1.txt');
    await bring(second, 'after-2.txt');
    const names: string[] = JSON.parse(await following);
    expect(names).to.deep.equal(['book.bin', 'before-1.txt', 'before-2.txt', 'after-1.txt', 'after-2.txt']);
  });
});
