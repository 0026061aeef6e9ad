import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { authorities } from '../../chain/queries.ts';
import { addShowForkCommand } from '../../cli/commands/show-fork.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { decodeRun } from '../../light/fork.ts';
import { forkWrite } from '../../node/sync/fork-record.ts';
import { openLevelStore } from '../../store/level.ts';
import { World } from '../chain/world.ts';
import { finalizationOf } from '../node/finalised-chain.ts';
import { type Folder, makeFolder } from '../store/folder.ts';

describe('show-fork', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => folder.remove());

  it('prints both sides of a stopped library, with their certificates, and says so when there are none', async () => {
    const store = openLevelStore(join(folder.path, 'chain'));
    await store.start();
    await store.stop();
    expect(await shown()).to.equal('No fork was seen.');

    const runs = ['one', 'other'].map((name) => {
      const world = new World();
      const signers = authorities(world.state.view);
      const executed = world.run([world.register(name)]);
      const finalization = finalizationOf(world.chainId, executed, signers);
      return { headers: [executed.block.header], finalization };
    });
    const again = openLevelStore(join(folder.path, 'chain'));
    await again.start();
    await again.write([forkWrite({ height: 1, first: runs[0], second: runs[1]! })], { sync: true });
    await again.stop();
    const fork = JSON.parse(await shown()) as Record<'first' | 'second', { hash: string; proof: string }>;
    for (const [index, side] of [fork.first, fork.second].entries()) {
      expect(side.hash).to.equal(toHex(runs[index]!.finalization.hash));
      expect(decodeRun(fromHex(side.proof)!)).to.deep.equal({ kind: 'accept', value: runs[index] });
    }
    expect(fork.first.hash).not.to.equal(fork.second.hash);
  });

  async function shown(): Promise<string> {
    const said: string[] = [];
    const program = new Command();
    addShowForkCommand(program, (text) => said.push(text));
    await program.parseAsync(['show-fork', '--home', folder.path], { from: 'user' });
    return said.join('\n');
  }
});
