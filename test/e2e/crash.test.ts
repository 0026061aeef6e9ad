import { expect } from 'chai';
import { DEVELOPMENT_SEEDS } from '../../chain/block/development.ts';
import { createWallet } from '../../client/wallet.ts';
import { Custom, LEAFLET_BYTES } from './fixtures/custom.ts';
import { eventually } from './fixtures/eventually.ts';
import { readLedger } from './fixtures/ledger-on-disk.ts';
import { available } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

/** Acknowledged purchases before each kill: the process is never at rest then. */
const KILL_AT = [3, 12, 30];
const STREAMS = 8;

describe('a single library that is killed in the middle of its work', () => {
  let library: SingleLibrary;

  before(async () => {
    library = await SingleLibrary.start();
  });
  after(async () => await library?.stop());

  it('has everything that it has acknowledged, after each restart', async () => {
    const rich = createWallet(DEVELOPMENT_SEEDS.reader);
    const custom: Custom[] = [];
    for (const count of KILL_AT) {
      const now = new Custom(rich);
      custom.push(now);
      now.open(library.client, STREAMS);
      await eventually('purchases', () => now.acknowledged.purchases.length >= count);
      await library.process.kill();
      await now.close();
      await library.restart();

      for (const { acknowledged } of custom) {
        for (const { hash, by } of acknowledged.uploads) {
          await available(library.client, hash);
          expect((await library.client.account(by)).tokens).to.equal(BigInt(LEAFLET_BYTES));
        }
        for (const key of acknowledged.registers) {
          expect(await library.client.isRegistered(key)).to.equal(true);
        }
      }
    }
    const bought = custom.flatMap(({ acknowledged }) => acknowledged.purchases);
    const { downloaded } = await library.client.account(rich);
    // Those under way may or may not have become final.
    expect(Number(downloaded)).to.be.within(
      bought.length * LEAFLET_BYTES,
      (bought.length + KILL_AT.length * STREAMS) * LEAFLET_BYTES,
    );
    for (const hash of bought) await library.client.download(rich, hash); // costs nothing
    expect((await library.client.account(rich)).downloaded).to.equal(downloaded);
    await library.process.stop();
    const ledger = await readLedger(library.home.home);
    const sum = [...ledger.accounts.values()].reduce((all, one) => all + one.tokens + one.locked, 0n);
    expect(sum).to.equal(ledger.supply);
  });
});
