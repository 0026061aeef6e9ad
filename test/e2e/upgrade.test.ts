/** A library whose program is too old for the next block: it says so, goes no further, and serves what was bought. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { RULES_VERSION } from '../../chain/block/version.ts';
import type { ClientError } from '../../client/client-error.ts';
import { verifyPurchase } from '../../client/verify.ts';
import type { Wallet } from '../../client/wallet.ts';
import { copyWithRules } from '../../scripts/chaos/other-version.ts';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { type Book, newReader, newWallet, upload, wealthyReader, writeBook } from './fixtures/reader.ts';
import { isUnready } from './fixtures/unready.ts';

const BYTES = 20_000;

describe('a library that has not been upgraded', () => {
  let federation: Federation;
  let reader: Wallet;
  let book: Book;
  let other: Book;

  before(async () => {
    federation = await Federation.start({
      count: 1,
      parameters: { blockIntervalMs: 0, upgradeNoticeBlocks: 10 },
    });
    const library = federation.at(1);
    const author = await newReader(library);
    book = await writeBook(federation.folder, 'Bought before.bin', BYTES);
    other = await writeBook(federation.folder, 'Never bought.bin', BYTES);
    for (const one of [book, other]) await upload(library, author, one);
    reader = await wealthyReader(library, federation.folder, 2 * BYTES);
    await library.download(reader, book.hash);
  });
  after(async () => await federation?.stop());

  it('stops before the height, says so in status, /ready and log, also after a restart, and serves what was bought', async () => {
    const library = federation.at(1);
    const { home, api } = federation.home(1);
    // Rules come into force when those who vote know them: it has been upgraded, and is set back behind the height.
    await federation.process(1).stop();
    await federation.restart(
      1,
      'ready',
      copyWithRules(join(federation.folder, 'tomorrow'), RULES_VERSION + 1),
    );
    const last = (await library.status()).height + 12;
    const next = ['upgrade', String(last + 1), String(RULES_VERSION + 1)];
    await digitallib('propose', ...next, '--home', home, '--at', api);
    while ((await library.status()).height < last) await library.register(newWallet().publicKey);
    await federation.process(1).stop();
    await federation.restart(1, 'status');
    await isOutdated(last);

    await federation.process(1).stop();
    expect(await federation.process(1).exited()).to.equal(0);
    await federation.restart(1, 'status');
    await isOutdated(last);
    const lines = linesOf('the next block follows rules that this version does not know');
    expect(lines.length, 'before and after').to.be.at.least(2);
    for (const line of lines) {
      expect(line).to.deep.equal({ height: last + 1, version: RULES_VERSION + 1, known: RULES_VERSION });
    }
  });

  it('ledger.newer: a home of a newer program is not opened by an older one, which says so and changes nothing', async () => {
    const tomorrow = join(federation.folder, 'tomorrow', 'cli', 'main.js');
    await federation.process(1).stop();
    await federation.restart(1, 'ready', tomorrow);
    const before = (await federation.at(1).status()).height;
    await federation.at(1).register(newWallet().publicKey); // by the rules of tomorrow
    await federation.process(1).stop();
    const lastWords = await federation.restart(1).catch((error: Error) => error.message);
    expect(lastWords).to.include('install a newer one');
    expect(await federation.process(1).exited()).to.equal(1);
    await federation.restart(1, 'ready', tomorrow);
    expect((await federation.at(1).status()).height).to.equal(before + 1);
  });

  async function isOutdated(height: number): Promise<void> {
    const library = federation.at(1);
    const { api } = federation.home(1);
    const status = await (await fetch(`${api}/api/status`)).json();
    expect(status).to.include({ height, role: 'outdated', ready: false });
    const ready = await fetch(`${api}/ready`);
    expect(ready.status).to.equal(503);
    expect(await ready.json()).to.deep.include({ type: 'node.not-ready', reasons: ['outdated'] });
    expect(await isUnready(federation.home(1), 'outdated'), 'status and metrics say why').to.equal(true);

    const torrent = await library.download(reader, book.hash);
    await eventually('the archive in the swarm', async () => {
      const { failure, peers } = await announce(announceUrlsOf(torrent.bytes)[0]!, infoHashOf(torrent.bytes));
      expect(failure).to.equal(undefined);
      return peers.length > 0;
    });
    expect((await library.search('Bought before')).files.map(({ hash }) => hash)).to.include(book.hash);
    const proof = await library.proof(reader, book.hash);
    const trust = { chainId: federation.homes.chainId };
    const question = { trust, hash: book.hash, key: reader.publicKey };
    expect(verifyPurchase(proof, question)).to.include({ kind: 'bought' });
    // What would need a block is refused at once, and takes nobody's tokens.
    const refusal = await library.download(reader, other.hash).catch((error: ClientError) => error.code);
    expect(refusal).to.equal('node.not-ready');
  }

  function linesOf(message: string): object[] {
    const log = readFileSync(join(federation.home(1).home, 'library.log'), 'utf8');
    const lines = log.split('\n').filter((line) => line.includes(message));
    return lines.map((line) => {
      const { height, version, known } = JSON.parse(line);
      return { height, version, known };
    });
  }
});
