import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { chainIdOf, type Genesis, genesisState, parseGenesis } from '../../chain/block/genesis.ts';
import { addExportGenesisCommand } from '../../cli/commands/export-genesis.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { genesisOf, keyOf, READER_TOKENS, World } from '../chain/world.ts';
import { storeWorld } from './stored-world.ts';

describe('export-genesis', () => {
  let folder: string;
  const world = new World(genesisOf({}, 1));
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-export-'));
    world.run([world.register('newcomer'), world.transfer('uploader', 100n), world.sell(50n)]);
    world.run([
      world.propose({
        kind: 'set-parameters',
        parameters: { ...world.genesis.parameters, heartbeatMs: 700 },
      }),
    ]);
    await storeWorld(folder, world);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (...words: string[]): Promise<string> => {
    const said: string[] = [];
    const program = new Command().exitOverride();
    addExportGenesisCommand(program, (text) => said.push(text));
    await program.parseAsync(['export-genesis', ...words, '--home', folder], { from: 'user' });
    return said.join('\n');
  };
  const read = (text: string): Genesis => {
    const genesis = parseGenesis(JSON.parse(text));
    expect(genesis.kind).to.equal('accept');
    return (genesis as { value: Genesis }).value;
  };

  it('carries over members, tokens, roles and parameters to a chain of its own', async () => {
    const authorities = ['bob', 'cid'].map((name) => toHex(keyOf(name)));
    const text = await run(...authorities);
    const genesis = read(text);
    const tokensOf = (name: string) =>
      genesis.accounts.find(({ key }) => toHex(key) === toHex(keyOf(name)))?.tokens;
    expect(tokensOf('reader')).to.equal(READER_TOKENS - 100n); // those in the sale included
    expect(tokensOf('uploader')).to.equal(100n);
    expect(tokensOf('newcomer')).to.equal(0n);
    expect(genesis.parameters.heartbeatMs).to.equal(700);
    expect(genesis.roles).to.deep.equal(world.genesis.roles);
    expect(genesis.members).to.deep.equal(world.genesis.members);
    expect(genesis.authorities.map(toHex).sort()).to.deep.equal(authorities.sort());
    expect(toHex(chainIdOf(genesis))).not.to.equal(toHex(world.chainId));
    expect(genesisState(genesis).block.header.time).to.equal(world.time);
    expect(await run(...authorities.toReversed())).to.equal(text);
  });

  it('says what is wrong', async () => {
    const refusal = async (...words: string[]) => {
      const error: unknown = await run(...words).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(Fault);
      return (error as Fault).message;
    };
    expect(await refusal('abc')).to.include('64 lower-case hex');
    expect(await refusal(toHex(keyOf('stranger')))).to.include('authorities[0] must be the key of a member');
  });
});
