import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { genesisToJson } from '../../../chain/block/genesis.ts';
import { backupInWords, backupStopped } from '../../../node/home/backup.ts';
import { openHome } from '../../../node/home/home.ts';
import { restoreBackup } from '../../../node/home/restore.ts';
import { readConfig } from '../../../node/process/config.ts';
import { systemRandom } from '../../../node/process/system.ts';
import { joinRecordWrite } from '../../../node/sync/snapshot/join-record.ts';
import { bigEndian, metaKey } from '../../../store/keyspaces.ts';
import { openLevelStore } from '../../../store/level.ts';
import { genesisOf, World } from '../../chain/world.ts';
import { storeWorld } from '../../cli/stored-world.ts';
import { expectFault } from '../../contracts/fault.ts';
import { type Folder, makeFolder } from '../../store/folder.ts';

const CURE = 'every library of the federation has the same: put a copy of theirs there';

describe('a backup and the genesis files around it', () => {
  const { genesis, blocks } = new World(genesisOf({}, 1));
  const text = JSON.stringify(genesisToJson(genesis));
  const stranger = JSON.stringify(genesisToJson({ ...genesis, name: 'another federation' }));
  let folder: Folder;
  let home: string;
  let own: string;
  let to: string;
  let empty: string;

  beforeEach(async () => {
    folder = await makeFolder();
    home = join(folder.path, 'home');
    own = join(home, 'genesis.json');
    to = join(folder.path, 'backup');
    empty = join(folder.path, 'empty');
    await mkdir(home);
    await mkdir(empty);
    const world = new World(genesis);
    world.run([world.register('newcomer')]);
    await storeWorld(home, world);
  });
  afterEach(() => folder.remove());

  it('restores what "A lost disk" says, word by word: the key and the genesis in an empty home, however that is laid out', async () => {
    // The first start of a home has written it in its own layout.
    await rm(own);
    const federations = join(folder.path, 'genesis.json');
    await writeFile(federations, `\n${text}`);
    openHome(readConfig({ home, genesis: federations }, {}), systemRandom, genesis.time);
    expect(readFileSync(own, 'utf8')).not.to.equal(readFileSync(federations, 'utf8'));
    const facts = await backupStopped(home, to);

    await writeFile(join(empty, 'node.key'), readFileSync(join(home, 'node.key')));
    await writeFile(join(empty, 'genesis.json'), readFileSync(federations));
    expect(await restoreBackup(to, empty)).to.deep.equal(facts);
    expect(readFileSync(join(empty, 'genesis.json'), 'utf8')).to.equal(`\n${text}`);
    expect(await readdir(empty)).to.have.members(['chain', 'genesis.json', 'node.key']);
    expect((await restoreBackup(to, join(folder.path, 'none'))).height).to.equal(blocks.length + 1);
    expect(readFileSync(join(folder.path, 'none/genesis.json'), 'utf8')).to.equal(readFileSync(own, 'utf8'));
  });

  it('is not made with a genesis that no restore takes: damaged, of another chain, or gone', async () => {
    for (const [damage, said] of [
      [text.slice(0, 40), `${own} is not JSON`],
      ['', `${own} is not JSON`],
      ['{}', `the genesis at ${own} is not valid`],
      [stranger, `the ledger in ${home} belongs to chain`],
      [undefined, `there is no genesis at ${own}`],
    ] as const) {
      if (damage === undefined) await rm(own);
      else await writeFile(own, damage);
      const { message } = await expectFault('config.invalid', () => backupStopped(home, to));
      expect(message).to.include(said);
      if (said.includes(' is not ')) expect(message).to.include(CURE);
      expect((await readdir(folder.path)).sort()).to.deep.equal(['empty', 'home']);
    }
  });

  it('is refused with the name of the file that is wrong: its own ones, or that of the home', async () => {
    await backupStopped(home, to);
    const [theirs, facts, chain, kept] = [
      join(to, 'genesis.json'),
      join(to, 'backup.json'),
      join(to, 'chain'),
      join(empty, 'genesis.json'),
    ];
    const whole = new Map([theirs, facts].map((path) => [path, readFileSync(path)]));
    const refusal = async (path: string, damage: string) => {
      await writeFile(path, damage);
      const { message } = await expectFault('config.invalid', () => restoreBackup(to, empty));
      const bytes = whole.get(path);
      if (bytes === undefined) await rm(path);
      else await writeFile(path, bytes);
      return message;
    };
    const damaged = 'the backup is damaged: ';
    expect(await refusal(theirs, '{')).to.include(`${damaged}${theirs} is not JSON`);
    expect(await refusal(theirs, '{}')).to.include(`${damaged}the genesis at ${theirs} is not valid`);
    expect(await refusal(theirs, stranger)).to.match(/ damaged: .*backup\.json belongs to chain .*genesis/);
    expect(await refusal(facts, '{')).to.include(`${damaged}${facts} is not JSON`);
    expect(await refusal(facts, 'null')).to.include(`another version: so says ${facts}`);
    const wrong = { ...JSON.parse(String(whole.get(facts))), height: 1_000 };
    expect(await refusal(facts, JSON.stringify(wrong))).to.equal(
      `${damaged}${chain} is not what ${facts} says`,
    );
    expect(await refusal(kept, text.slice(0, 40))).to.match(new RegExp(`^${kept} is not JSON.*; ${CURE}$`));
    expect(await refusal(kept, stranger)).to.match(
      /^the backup in .* belongs to chain .*, the genesis at .*empty/,
    );
    expect(await readdir(empty)).to.deep.equal([]);
    await rm(chain, { recursive: true });
    const gone = await expectFault('config.invalid', () => restoreBackup(to, empty));
    expect(gone.message).to.equal(`${damaged}${chain} is missing`);
  });

  it('does not say that older blocks are in it which this library does not have', async () => {
    const facts = await backupStopped(home, to);
    expect(backupInWords(facts, to)).to.match(
      /^Block 1 \([0-9a-f]{64}\) is in .*, with its state and every block before it\.$/,
    );
    await change(metaKey('base'), bigEndian(1));
    expect((await backupStopped(home, join(folder.path, 'whole'))).base).to.equal(1);
    await change(metaKey('base'), bigEndian(700));
    const pruned = await backupStopped(home, join(folder.path, 'pruned'));
    expect(backupInWords(pruned, to)).to.match(
      / the blocks from 700 on, as this library has no older ones\.$/,
    );
  });

  it('is told of a home that was stopped in the middle of a join what to do, and not that it has a ledger', async () => {
    await backupStopped(home, to);
    const refused = () => expectFault('config.invalid', () => restoreBackup(to, home));
    expect((await refused()).message).to.equal(`${home} has a ledger: a restore never overwrites one`);
    const { key, value } = joinRecordWrite({ phase: 'wanted', above: 0 }) as {
      key: Uint8Array;
      value: Uint8Array;
    };
    await change(key, value);
    expect((await refused()).message).to.include('was stopped while it joined: start it to go on, or move');
    const { message } = await expectFault('config.invalid', () => backupStopped(home, `${to}-2`));
    expect(message).to.include('was stopped while it joined, and has no whole ledger yet: start it');
    expect(existsSync(`${to}-2`)).to.equal(false);
  });

  async function change(key: Uint8Array, value: Uint8Array): Promise<void> {
    const store = openLevelStore(join(home, 'chain'));
    await store.start();
    await store.write([{ type: 'put', key, value }], { sync: true });
    await store.stop();
  }
});
