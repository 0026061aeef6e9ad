import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { DEVELOPMENT_SEEDS } from '../../../chain/block/development.ts';
import { chainIdOf, type Genesis } from '../../../chain/block/genesis.ts';
import { addGenesisCommand } from '../../../cli/commands/genesis.ts';
import { addInitCommand } from '../../../cli/commands/init.ts';
import { memberLine } from '../../../cli/genesis/new-genesis.ts';
import { toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { publicKeyOf } from '../../../core/sign.ts';
import { readGenesis } from '../../../node/home/genesis-file.ts';
import { keyOf } from '../../chain/world.ts';

const NOW = 1_770_000_000_123;
const placeOf = (host: string) =>
  ['--address', `/ip4/${host}/tcp/4645`, '--tracker', `http://${host}:6969`] as const;
const PLACE = placeOf('192.0.2.1');
const OTHER_PLACE = placeOf('192.0.2.2');

describe('genesis new', () => {
  let folder: string;
  let out: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-genesis-'));
    out = join(folder, 'genesis.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (...words: string[]): Promise<string> => {
    const said: string[] = [];
    const program = new Command().exitOverride().configureOutput({ writeErr() {} });
    addGenesisCommand(program, { say: (text) => void said.push(text), now: () => NOW });
    addInitCommand(program, (text) => said.push(text));
    await program.parseAsync(words, { from: 'user' });
    return said.join('\n');
  };
  const genesis = (...words: string[]) => run('genesis', 'new', '--out', out, ...words);
  const refusal = async (...words: string[]): Promise<string> => {
    const error: unknown = await genesis(...words).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Fault);
    expect(existsSync(out), 'nothing is written').to.equal(false);
    return (error as Fault).message;
  };
  const read = (): Genesis => readGenesis(out);
  const line = (name: string, key = toHex(keyOf(name))): string =>
    memberLine({ key, name, addresses: [], tracker: '', api: '' });
  const two = ['--member', line('ann'), '--member', line('bob')];

  it('takes what init prints at each library, and says by which chain id all know that they have the same', async () => {
    const lines: string[] = [];
    for (const [name, place] of [
      ['Ann’s', PLACE],
      ['Bob’s', OTHER_PLACE],
    ] as const) {
      lines.push(await run('init', '--home', join(folder, name), '--name', name, ...place));
    }
    const text = await genesis(
      ...['--situation', 'open', '--name', 'Two', '--authority', 'all'],
      ...lines.flatMap((one) => ['--member', one]),
    );
    const made = read();
    expect(made.members.map(({ name, addresses }) => [name, ...addresses])).to.deep.equal([
      ['Ann’s', PLACE[1]],
      ['Bob’s', OTHER_PLACE[1]],
    ]);
    expect(made.name).to.equal('Two');
    expect(made.time).to.equal(1_770_000_000_000);
    expect(made.authorities).to.have.length(2);
    expect(made.parameters).to.include({ vestingPermille: 1_000, cardReleasePermille: 500, attestations: 2 });
    expect(made.accounts).to.deep.equal([]);
    expect(text).to.include(`chain id ${toHex(chainIdOf(made))}`);
    expect(text).to.include('2 members, 2 authorities, of which none may be missing');
    expect(text).to.include(
      'vestingPermille = 1000: of its size an upload earns all only as others pay for it',
    );
    expect(text).to.include('allowance of a card: 20 MB a day');
    expect(text).to.include('--cards desk --card-allowance 20000000 --card-ceiling 1000000000');
  });

  it('takes a file with a line a member, and lets those vote that are named', async () => {
    const members = join(folder, 'members');
    writeFileSync(members, `${line('ann')}\n${line('bob')}\n\n`);
    await genesis('--situation', 'school', '--member', members, '--authority', toHex(keyOf('bob')));
    expect(read().authorities.map(toHex)).to.deep.equal([toHex(keyOf('bob'))]);
  });

  it('where tokens are sold, gives all of them to a key of which it has the public half alone', async () => {
    const billing = toHex(keyOf('billing'));
    const more = ['--authority', 'all', '--billing-key', billing, '--tokens', '5000'];
    await genesis('--situation', 'sold', ...two, ...more);
    expect(JSON.parse(readFileSync(out, 'utf8'))).to.deep.include({
      accounts: [{ key: billing, tokens: '5000' }],
      roles: [{ key: billing, role: 'billing' }],
    });
  });

  it('refuses nobody, a key twice, keys that everybody knows, and a billing key that is not cold', async () => {
    const school = ['--situation', 'school', '--authority', 'all'];
    const sold = ['--situation', 'sold', '--authority', 'all', ...two];
    const development = toHex(publicKeyOf(DEVELOPMENT_SEEDS.node));
    const wellKnown = toHex(publicKeyOf(DEVELOPMENT_SEEDS.billing));
    expect(await refusal(...school)).to.include('no members');
    expect(await refusal('--situation', 'school', ...two)).to.include('nobody votes');
    expect(await refusal(...school, ...two, '--member', line('ann'))).to.include('the same key twice');
    expect(await refusal(...school, '--member', line('dev', development))).to.include('development key');
    expect(await refusal(...sold)).to.include('--billing-key');
    expect(await refusal(...sold, '--billing-key', wellKnown)).to.include('development key');
    expect(await refusal(...sold, '--billing-key', toHex(keyOf('bob')))).to.include('never cold');
    expect(await refusal(...school, ...two, '--billing-key', toHex(keyOf('billing')))).to.include(
      'no tokens',
    );
    expect(await refusal('--situation', 'open', ...two, '--authority', toHex(keyOf('cid')))).to.include(
      'authorities[0] must be the key of a member',
    );
    expect(await refusal(...school, '--member', '{"key":')).to.include('--member is not JSON');
    expect(await refusal(...school, '--member', join(folder, 'none'))).to.include('no file');
    expect(await refusal(...school, '--member', 'null')).to.include('no file');
  });

  it('refuses options of another situation, and two members at one address', async () => {
    const school = ['--situation', 'school', '--authority', 'all'];
    expect(await refusal(...school, ...two, '--tokens', '5')).to.include('--tokens: no tokens are sold');
    const at = (name: string, place: object): string =>
      memberLine({ key: toHex(keyOf(name)), name, addresses: [], tracker: '', api: '', ...place });
    for (const place of [
      { addresses: [PLACE[1]] },
      { tracker: PLACE[3] },
      { api: 'http://192.0.2.1:8645' },
    ]) {
      const same = ['--member', at('ann', place), '--member', at('bob', place)];
      expect(await refusal(...school, ...same)).to.include('ann and bob have the same address');
    }
  });

  it('writes over nothing', async () => {
    writeFileSync(out, 'precious');
    const error: unknown = await genesis('--situation', 'school', ...two, '--authority', 'all').catch(
      (thrown: unknown) => thrown,
    );
    expect((error as Fault).message).to.include('there is something already');
    expect(readFileSync(out, 'utf8')).to.equal('precious');
  });

  it('init: makes no key for a library that nobody could reach so', async () => {
    const home = join(folder, 'home');
    const error: unknown = await run('init', '--home', home, '--name', 'Ann', '--api', 'nowhere').catch(
      (thrown: unknown) => thrown,
    );
    expect((error as Fault).message).to.include('api must be a URL');
    expect(existsSync(home)).to.equal(false);
  });
});
