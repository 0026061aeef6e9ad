import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { genesisToJson } from '../../chain/block/genesis.ts';
import { parameters } from '../../chain/queries.ts';
import { addGovernanceCommands } from '../../cli/commands/governance.ts';
import { addInitCommand } from '../../cli/commands/init.ts';
import { Refusal } from '../../cli/commands/refusal.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { seedOf, startLibrary, type TinyLibrary, walletOf } from '../rpc/tiny-library.ts';

const NODE = toHex(publicKeyOf(seedOf('node')));
const HASH = 'ab'.repeat(32);

describe('the commands of operators', () => {
  let folder: string;
  let library: TinyLibrary;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-cli-'));
    library = await startLibrary();
    writeFileSync(join(folder, 'node.key'), toHex(seedOf('node')));
    writeFileSync(join(folder, 'genesis.json'), JSON.stringify(genesisToJson(library.ledger.genesis)));
  });
  afterEach(async () => {
    await library.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As if it had been typed. @returns what was printed. */
  const run = async (...words: string[]): Promise<string> => {
    const program = new Command().exitOverride();
    const said: string[] = [];
    addGovernanceCommands(program, {
      say: (text) => void said.push(text),
      now: () => library.ledger.head().time,
    });
    addInitCommand(program, (text) => said.push(text));
    const place = words[0] === 'init' ? [] : ['--home', folder, '--at', library.url];
    await program.parseAsync([...words, ...place], { from: 'user' });
    return said.join('\n');
  };
  const refusal = async (...words: string[]): Promise<string> => {
    const error: unknown = await run(...words).catch((thrown: unknown) => thrown);
    if (!(error instanceof Refusal)) expect(error).to.be.instanceOf(Fault);
    return (error as Error).message;
  };

  /** What the operator of that library sends. */
  const seatOf = async (name: string): Promise<string> => {
    writeFileSync(join(folder, 'node.key'), toHex(seedOf(name)));
    const seat = await run('seat');
    writeFileSync(join(folder, 'node.key'), toHex(seedOf('node')));
    return seat;
  };

  it('propose and show: a member comes, is renamed, votes, votes no longer, and goes', async () => {
    const { publicKey } = walletOf('other');
    const fields = [
      '--name',
      'Other',
      '--address',
      '/ip4/192.0.2.1/tcp/4645',
      '--api',
      'http://192.0.2.1:8645',
    ];
    expect(await run('propose', 'add-member', publicKey, ...fields)).to.match(
      /^Proposed in block 1: [0-9a-f]{64}$/,
    );
    await run('propose', 'update-member', publicKey, '--name', 'Another');
    const line = `${publicKey}  follows  Another  http://192.0.2.1:8645 /ip4/192.0.2.1/tcp/4645`;
    expect((await run('members')).split('\n')).to.include(line);
    expect(await refusal('propose', 'add-authority', publicKey)).to.include('digitallib seat');
    await run('propose', 'add-authority', await seatOf('other'));
    expect(await run('members')).to.include(`${publicKey}  votes    Another`);
    await run('propose', 'remove-authority', publicKey); // now it takes two
    const listed = await run('proposals');
    expect(listed).to.include('1 of 2').and.to.include(`set-authorities ["${NODE}"] []`);
    expect(listed).to.include('by Tiny Library; approved by Tiny Library');
    const [id] = listed.split(' ');
    expect(await run('approve', id!)).to.equal('Approved before');
    writeFileSync(join(folder, 'node.key'), toHex(seedOf('other')));
    expect(await run('approve', id!)).to.match(/^Approved in block/);
    expect(await run('proposals')).to.equal('Nothing is to be decided.');
    writeFileSync(join(folder, 'node.key'), toHex(seedOf('node')));
    await run('propose', 'remove-member', publicKey);
    expect(await run('members')).not.to.include(publicKey);
  });

  it('propose: say “lower attestations first” where one library that is down would stop new books', async () => {
    const [one, two] = ['other', 'third'].map((name) => walletOf(name).publicKey);
    await run('propose', 'add-member', one!, '--name', 'Other');
    const warned = await run('propose', 'set-parameters', 'attestations=2');
    expect(warned).to.match(/^Proposed in block 2: [0-9a-f]{64}\nMind: 2 attestations, of 2 libraries: .*$/);
    expect(warned).to.include('one library that is down stops new books');
    expect(warned).to.include('lower attestations first (digitallib propose set-parameters attestations=1)');
    expect(await refusal('propose', 'remove-member', one!)).to.include('lower attestations first');
    expect(await run('propose', 'add-member', two!, '--name', 'Third')).not.to.include('Mind');
    expect(await run('propose', 'set-parameters', 'attestations=2'), 'one may be down').not.to.include(
      'Mind',
    );
    expect(await run('propose', 'set-parameters', 'attestations=3')).to.include('lower attestations first');
    await run('propose', 'set-parameters', 'attestations=2');
    expect(await run('propose', 'remove-member', two!)).to.include('Mind: 2 attestations, of 2 libraries');
    expect(await run('propose', 'set-parameters', 'attestations=1')).not.to.include('Mind');
    expect(await run('propose', 'remove-member', one!)).not.to.include('Mind');
  });

  it('proposals: those who approve are told, too; and the help tells who has not proposed yet', async () => {
    const { publicKey } = walletOf('other');
    await run('propose', 'add-member', publicKey, '--name', 'Other');
    await run('propose', 'add-authority', await seatOf('other'));
    expect(await run('propose', 'set-parameters', 'attestations=2'), 'it takes two').to.include('Mind');
    expect(await run('proposals')).to.match(/^ {2}mind: 2 attestations, .* lower attestations first/m);
    const program = new Command();
    addGovernanceCommands(program, { say: () => undefined, now: () => 0 });
    const propose = program.commands.find((command) => command.name() === 'propose');
    for (const name of ['set-parameters', 'remove-member']) {
      const help = propose?.commands.find((command) => command.name() === name)?.description();
      expect(help).to.include('lower attestations first');
    }
  });

  it('propose every other kind', async () => {
    await run('propose', 'set-parameters', 'heartbeatMs=5000', 'fileBytesMax=2000000');
    expect(parameters(library.ledger.view())).to.deep.include({
      heartbeatMs: 5_000,
      fileBytesMax: 2_000_000,
    });
    const { publicKey } = walletOf('rich');
    await run('propose', 'grant-billing', publicKey);
    await run('propose', 'revoke-billing', publicKey);
    await run('propose', 'upgrade', '1000', '1');
    expect(await run('proposals')).to.equal('From block 1000 on: rules of version 1.');
    await run('propose', 'upgrade', '10000', '2');
    const waiting = 'From block 10000 on: rules of version 2, when 1 of those who vote know them';
    expect(await run('proposals')).to.equal(`${waiting} (so far nobody).`);
    library.ledger.knows = 2;
    await run('propose', 'upgrade', '10000', '2');
    expect(await run('proposals')).to.equal(`${waiting} (Tiny Library).`);
    for (const kind of ['take-down', 'restore', 'reset-file']) {
      expect(await refusal('propose', kind, HASH)).to.include('(proposal.not-applicable)');
    }
    const stranger = await seatOf('stranger');
    const refused = await refusal('propose', 'set-authorities', stranger, NODE);
    expect(refused).to.include('(proposal.not-applicable)');
  });

  it('say what is wrong, before and after the library is asked', async () => {
    expect(await refusal('propose', 'remove-member', 'abc')).to.include('64 lower-case hex');
    expect(await refusal('propose', 'set-parameters', 'speed=9')).to.include('heartbeatMs');
    expect(await refusal('propose', 'set-parameters', 'heartbeatMs=1')).to.include(
      'not a valid set-parameters',
    );
    expect(await refusal('propose', 'set-authorities', NODE, NODE)).to.include('not a valid set-authorities');
    const seat = await seatOf('other');
    const fields = seat.split(':');
    expect(fields).to.have.length(4);
    for (const wrong of [`${seat}:`, `${seat}0`, fields.slice(1).join(':'), `${NODE}:x:1:${fields[3]}`]) {
      expect(await refusal('propose', 'add-authority', wrong)).to.include('not what the command seat prints');
    }
    const old = [fields[0], '7', ...fields.slice(2)].join(':');
    expect(await refusal('propose', 'add-authority', old)).to.include('signed in epoch 7, and now is 0');
    await run('propose', 'add-member', walletOf('other').publicKey, '--name', 'Other');
    const later = [fields[0], fields[1], Number(fields[2]) + 1, fields[3]].join(':');
    expect(await refusal('propose', 'add-authority', later)).to.include('(signature.wrong)');
    expect(await refusal('propose', 'remove-authority', HASH)).to.include('not an authority');
    expect(await refusal('propose', 'update-member', HASH)).to.include('no member');
    expect(await refusal('approve', 'abc')).to.include('64 lower-case hex');
    expect(await refusal('approve', HASH)).to.include('(proposal.unknown)');
    const other = { ...library.ledger.genesis, name: 'Another' };
    writeFileSync(join(folder, 'genesis.json'), JSON.stringify(genesisToJson(other)));
    expect(await refusal('approve', HASH)).to.include('another federation');
    await library.server.stop();
    const unreachable = await refusal('members');
    expect(unreachable, 'whom, and why')
      .to.include(`${library.url}: `)
      .and.to.match(/ \(client\.unreachable\)$/);
  });

  it('init: makes a key once, and says that it is unused', async () => {
    const home = join(folder, 'new');
    const key = await run('init', '--home', home);
    const seed = readFileSync(join(home, 'node.key'), 'utf8').trim();
    expect(toHex(publicKeyOf(Uint8Array.from(Buffer.from(seed, 'hex'))))).to.equal(key);
    expect(readFileSync(join(home, 'signing.mark'), 'utf8')).to.include('signing mark');
    expect(await refusal('init', '--home', home)).to.include('a key already');
  });
});
