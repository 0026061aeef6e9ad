import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { openCatalogue } from '../../catalogue/catalogue.ts';
import { addRebuildCatalogueCommand } from '../../cli/commands/rebuild-catalogue.ts';
import { Fault } from '../../core/fault.ts';
import { systemClock } from '../../node/process/system.ts';
import { joinRecordWrite } from '../../node/sync/snapshot/join-record.ts';
import { openLevelStore } from '../../store/level.ts';
import { genesisOf, hashOf, World } from '../chain/world.ts';
import { quiet } from '../node/replicas.ts';
import { storeWorld } from './stored-world.ts';

describe('rebuild-catalogue', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-rebuild-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (): Promise<string> => {
    const said: string[] = [];
    const program = new Command().exitOverride();
    addRebuildCatalogueCommand(program, (text) => said.push(text));
    await program.parseAsync(['rebuild-catalogue', '--home', folder], { from: 'user' });
    return said.join('\n');
  };

  it('throws away what is wrong, and finds what the chain says', async () => {
    const world = new World(genesisOf({}, 1));
    world.publish('found', 10n);
    world.publish('gone', 20n);
    world.decide({ kind: 'take-down', hash: hashOf('gone') }, ['ann']);
    await storeWorld(folder, world);
    const wrong = openCatalogue(join(folder, 'catalogue.sqlite'), { log: quiet, clock: systemClock });
    await wrong.start();
    await wrong.apply(1, {
      added: [{ hash: hashOf('never'), name: 'never', size: 1n, height: 1 }],
      removed: [],
    });
    await wrong.stop();
    const { height } = world.state.header;
    expect(await run()).to.equal(`The catalogue holds every file up to block ${height}.`);
    const catalogue = openCatalogue(join(folder, 'catalogue.sqlite'), { log: quiet, clock: systemClock });
    await catalogue.start();
    const found = await catalogue.search('', { limit: 10, cursor: undefined, queue: ['others', ''] });
    expect(found.kind === 'accept' && found.value.files.map(({ hash }) => hash)).to.deep.equal([
      hashOf('found'),
    ]);
    expect(await catalogue.height()).to.equal(height);
    await catalogue.stop();
  });

  it('refuses a home without a ledger, one that is in use, and one that was stopped in the middle of a join', async () => {
    const world = new World(genesisOf({}, 1));
    await storeWorld(folder, world);
    const store = openLevelStore(join(folder, 'chain'));
    await store.start();
    const locked: Fault = await run().catch((error) => error);
    expect(locked.code).to.equal('store.locked');
    expect(locked.message).to.equal(`the library in ${folder} is running: stop it first`);
    await store.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    await store.stop();
    const joining: Fault = await run().catch((error) => error);
    expect(joining.message).to.include('was stopped while it joined, and has no whole ledger yet: start it');
    rmSync(join(folder, 'chain'), { recursive: true });
    expect(await run().catch((error: unknown) => error instanceof Fault && error.code)).to.equal(
      'config.invalid',
    );
  });
});
