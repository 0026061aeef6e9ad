/** Governance between real processes, by the commands of operators: who belongs to the federation, and who no longer. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { genesisToJson } from '../../chain/block/genesis.ts';
import { type Client, createClient } from '../../client/client.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { type LibraryHome, libraryAt } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { newReader, upload, wealthyReader, writeBook } from './fixtures/reader.ts';
import { passFor } from './fixtures/scene.ts';

const BYTES = 20_000;

describe('members of a running federation', () => {
  let federation: Federation;
  before(async () => {
    federation = await Federation.start({ count: 3, parameters: { blockIntervalMs: 0 } });
  });
  after(async () => await federation?.stop());

  /** Proposed by library 1; approved by these, each with the key of its home. All of it at library 1. */
  async function decide(words: readonly string[], approving: readonly string[]): Promise<void> {
    const at = ['--at', federation.home(1).api];
    const proposed = await digitallib('propose', ...words, '--home', federation.home(1).home, ...at);
    const id = /[0-9a-f]{64}$/.exec(proposed)![0];
    for (const home of approving) await digitallib('approve', id, '--home', home, ...at);
  }
  const homeOf = (number: number): string => federation.home(number).home;

  it('come, vote, vote no longer, and go: the others cut their connections, and their passes are worth nothing', async () => {
    const { home, key, client, library } = await newcomer();
    try {
      // A stranger gets no connection.
      expect((await client.status()).peers).to.equal(0);
      const { p2pPort, trackerPort, api } = home;
      const where = [
        ['--name', 'Ghent'],
        ['--address', `/ip4/127.0.0.1/tcp/${p2pPort}`],
        ['--tracker', `http://127.0.0.1:${trackerPort}`],
        ['--api', api],
      ].flat();
      await decide(['add-member', key, ...where], [homeOf(2), homeOf(3)]);
      await eventually('three peers', async () => (await client.status()).peers === 3);
      await eventually('what the others know', async () => {
        const [own, theirs] = await Promise.all([client.status(), federation.at(1).status()]);
        return own.ready && own.height >= theirs.height;
      });
      expect((await client.status()).role).to.equal('observer');
      const reader = await newReader(client);
      expect(await federation.at(1).isRegistered(reader.publicKey)).to.equal(true);

      const seat = await digitallib('seat', '--home', home.home, '--at', api);
      await decide(['add-authority', seat], [homeOf(2), homeOf(3)]);
      await eventually('a vote', async () => (await client.status()).role === 'authority');
      await federation.process(3).kill();
      await newReader(client); // three of four, so the new one has voted
      await federation.restart(3);

      await decide(['remove-authority', key], [homeOf(2), home.home]);
      await eventually('no vote', async () => (await client.status()).role === 'observer');
      expect((await client.status()).authorities).to.have.length(3);
      await newReader(client); // it still belongs to the others
      await eventually('three peers', async () => (await client.status()).peers === 3);

      const book = await writeBook(federation.folder, 'Of a library that goes.bin', BYTES);
      await upload(federation.at(1), await newReader(federation.at(1)), book);
      const buyer = await wealthyReader(federation.at(1), federation.folder, BYTES);
      const infoHash = infoHashOf((await federation.at(1).download(buyer, book.hash)).bytes);
      const soon = Math.floor(Date.now() / 1_000) + 3_600;
      const pass = passFor(federation, home.seed, buyer, book, soon);
      const announceUrl = `http://127.0.0.1:${federation.home(1).trackerPort}/announce/${pass}`;
      expect((await announce(announceUrl, infoHash)).failure).to.equal(undefined);

      await decide(['remove-member', key], [homeOf(2), homeOf(3)]);
      expect((await announce(announceUrl, infoHash)).failure).to.include('(pass.forged)');
      await eventually('no peer', async () => (await client.status()).peers === 0);
      for (const number of [1, 2, 3]) {
        await eventually('the others', async () => (await federation.at(number).status()).peers === 2);
      }
      await newReader(federation.at(1));
      expect((await client.status()).height).to.be.lessThan((await federation.at(1).status()).height);
      expect(library.running).to.equal(true);
    } finally {
      await library.stop();
    }
  });

  it('take a file down, and give it back: for trackers, buyers and search, with the very block', async () => {
    const library = federation.at(1);
    const book = await writeBook(federation.folder, 'A disputed work.bin', BYTES);
    await upload(library, await newReader(library), book);
    const reader = await wealthyReader(library, federation.folder, BYTES);
    const { bytes } = await library.download(reader, book.hash);
    const infoHash = infoHashOf(bytes);
    const urls = announceUrlsOf(bytes);
    const failures = async (): Promise<readonly string[]> => {
      const answers = await Promise.all(urls.map((url) => announce(url, infoHash)));
      return answers.map(({ failure }) => /\((.*)\)/.exec(failure ?? '')?.[1] ?? 'welcome');
    };
    const own = urls.findIndex((url) => new URL(url).port === String(federation.home(1).trackerPort));
    const found = async (client: Client): Promise<boolean> =>
      (await client.search('disputed')).files.some(({ hash }) => hash === book.hash);
    await eventually('the file in every index', async () =>
      (await Promise.all(federation.clients.map(found))).every(Boolean),
    );

    await decide(['take-down', book.hash], [homeOf(2), homeOf(3)]);
    // The library that has answered knows it already, the others with the block.
    expect((await failures())[own]).to.equal('file.taken-down');
    expect(await library.download(reader, book.hash).catch((error) => error.code)).to.equal(
      'file.taken-down',
    );
    await eventually('every tracker', async () =>
      (await failures()).every((why) => why === 'file.taken-down'),
    );
    await eventually(
      'no index',
      async () => !(await Promise.all(federation.clients.map(found))).some(Boolean),
    );

    await decide(['restore', book.hash], [homeOf(2), homeOf(3)]);
    expect((await failures())[own]).to.equal('welcome');
    await eventually('every tracker', async () => (await failures()).every((why) => why === 'welcome'));
    await eventually('every index', async () =>
      (await Promise.all(federation.clients.map(found))).every(Boolean),
    );
    expect((await library.download(reader, book.hash)).bytes.length).to.be.greaterThan(0); // it was paid for
  });

  /** A library that is no member yet: its key made by `init`, its process running. */
  async function newcomer() {
    const basePort = await freeBasePort(1);
    const place = { ...libraryAt(federation.folder, 4, basePort, '127.0.0.1'), name: 'Ghent' };
    mkdirSync(place.home, { mode: 0o700 });
    const key = await digitallib('init', '--home', place.home);
    writeFileSync(join(place.home, 'genesis.json'), JSON.stringify(genesisToJson(federation.homes.genesis)));
    const seed = fromHex(readFileSync(join(place.home, 'node.key'), 'utf8').trim(), 32)!;
    const home: LibraryHome = { ...place, seed, key: fromHex(key, 32)! };
    expect(toHex(home.key)).to.equal(key);
    const library = new LibraryProcess(home);
    const client = createClient({ url: home.api, chainId: federation.homes.chainId });
    await eventually('the API of the newcomer', () => client.status().catch(() => undefined));
    return { home, key, client, library };
  }
});
