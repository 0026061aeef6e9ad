import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { digitallib } from '../e2e/fixtures/command.ts';
import { type Folder, makeFolder } from '../store/folder.ts';

type Refused = { readonly code: number; readonly stdout: string; readonly stderr: string };

describe('the commands', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => folder.remove());

  const refused = (...words: string[]): Promise<Refused> =>
    digitallib(...words).then(
      () => expect.fail(`${words[0]} is no command`),
      (error) => error,
    );

  it('say of a word that is none of them that there is no such command, with the nearest and where the list is', async () => {
    const home = join(folder.path, 'home');
    for (const rest of [[], ['--home', home], ['--home', home, '--to', join(folder.path, 'to')]]) {
      const { code, stderr, stdout } = await refused('bakcup', ...rest);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.include("unknown command 'bakcup'\n(Did you mean backup?)");
    }
    const { stderr } = await refused('frobnicate', '--home', home);
    expect(stderr).to.include("unknown command 'frobnicate'");
    expect(stderr).to.include('digitallib --help lists the commands');
    expect(existsSync(home)).to.equal(false);
  });

  it('are listed, and an option without a command is one of start', async () => {
    const listed = await digitallib('--help');
    for (const command of ['start', 'init', 'backup', 'restore'])
      expect(listed).to.match(new RegExp(`^ +${command}\\b`, 'm'));
    const { stderr } = await refused('--http-port', '70000', '--home', join(folder.path, 'home'));
    expect(stderr).to.match(/^--http-port: .*\(config\.invalid\)\n$/);
  });
});
