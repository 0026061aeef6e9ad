import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '../../client/client.ts';
import { openFederation } from '../../scripts/federation-file.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { eventually } from './fixtures/eventually.ts';
import { ForeignProcess } from './fixtures/foreign-process.ts';
import { newWallet } from './fixtures/reader.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('npm run federation', () => {
  let folder: string;
  let basePort: number;
  const running: ForeignProcess[] = [];

  beforeEach(async () => {
    folder = temporaryFolder('federation-command');
    basePort = await freeBasePort(4);
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
    removeFolder(folder);
  });

  function run(script: string, ...args: string[]): ForeignProcess {
    const started = new ForeignProcess(process.execPath, [join(ROOT, script), ...args]);
    running.push(started);
    return started;
  }
  async function federation(): Promise<ForeignProcess> {
    const started = run('scripts/federation.ts', '--base-port', String(basePort), '--folder', folder);
    await eventually('four libraries', () => /Ctrl-C stops all of them/.test(started.output));
    return started;
  }

  it('starts four processes of one chain; says how to start one that was killed; goes on where it was', async () => {
    const first = await federation();
    const [, chainId = ''] = /chain ([0-9a-f]{64})/.exec(first.output)!;
    const libraries = [...first.output.matchAll(/(http:\S+) +tracker \d+ +process (\d+)/g)].map(
      ([, url, pid]) => ({ library: createClient({ url: url!, chainId }), pid: Number(pid) }),
    );
    expect(new Set(libraries.map(({ pid }) => pid)).size).to.equal(4);
    for (const { library } of libraries) expect((await library.status()).chain.id).to.equal(chainId);

    const { publicKey } = newWallet();
    const third = libraries[2]!;
    process.kill(third.pid, 'SIGKILL');
    const command = await eventually('the word that one has ended', () => {
      return /Timbuktu has ended\.[\s\S]*npm start -- (--home .*)\n/.exec(first.output)?.[1];
    });
    await libraries[0]!.library.register(publicKey);
    const again = run('cli/main.js', 'start', ...command.split(' '));
    await eventually('the killed one to have caught up', async () => {
      return third.library.isRegistered(publicKey).catch(() => false);
    });
    again.signal('SIGINT');
    expect(await again.exited(), again.output).to.equal(0);

    first.signal('SIGINT');
    expect(await first.exited(), first.output).to.equal(0);
    const second = await federation();
    expect(second.output).to.include(chainId);
    for (const { library } of libraries) {
      await eventually('what it knew', () => library.isRegistered(publicKey).catch(() => false));
    }
    second.signal('SIGINT');
    expect(await second.exited(), second.output).to.equal(0);
    expect(second.output).not.to.include('has ended');
  });

  it('tells what its options are, and starts nothing', async () => {
    for (const flag of ['--help', '-h']) {
      const help = run('scripts/federation.ts', flag, '--folder', join(folder, 'none'));
      expect(await help.exited(), help.output).to.equal(0);
      for (const option of ['--folder', '--base-port', '--count'])
        expect(help.output).to.include(`  ${option} <`);
    }
    expect(existsSync(join(folder, 'none'))).to.equal(false);
  });

  it('says in one line why it cannot: a port that is taken, an option that there is not, a folder of other ports', async () => {
    const taken = createServer().listen(basePort + 10, '127.0.0.1');
    await once(taken, 'listening');
    const place = ['--base-port', String(basePort), '--folder', folder];
    try {
      const refused = run('scripts/federation.ts', ...place);
      expect(await refused.exited()).to.equal(1);
      expect(refused.output).to.match(
        /^Pergamon has ended: .*the port of the API, .* is taken: .* \(port\.taken\)\n$/,
      );
    } finally {
      taken.close();
    }
    const strange = run('scripts/federation.ts', ...place, '--frob');
    expect(await strange.exited()).to.equal(1);
    expect(strange.output).to.match(/^Unknown option '--frob'.*\n$/);
    const elsewhere = run('scripts/federation.ts', '--base-port', '9', '--folder', folder);
    expect(await elsewhere.exited()).to.equal(1);
    expect(elsewhere.output).to.match(/^.* holds a federation on base port \d+; .*\n$/);
    const none = run('scripts/federation.ts', '--count', 'x', '--folder', join(folder, 'none'));
    expect(await none.exited()).to.equal(1);
    expect(none.output).to.match(/^no federation can be made so: count: .*\n$/);
  });

  it('says in one line what is wrong in its files: the field of federation.json, a genesis that lies ahead', async () => {
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    openFederation({ folder, count: 2, basePort, now: Date.now() + 2 * 3_600_000, random });
    const place = ['--base-port', String(basePort), '--folder', folder];
    const early = run('scripts/federation.ts', ...place);
    expect(await early.exited()).to.equal(1);
    expect(early.output).to.match(
      /has ended: .*the field "time" of the genesis is .* ahead .* \(genesis\.to-come\)\n$/,
    );
    expect(early.output.trim().split('\n')).to.have.length(1);

    const path = join(folder, 'federation.json');
    const kept = JSON.parse(readFileSync(path, 'utf8'));
    for (const [field, value] of [
      ['count', 'four'],
      ['basePort', 0],
      ['host', ''],
      ['billing', 'ab'],
    ] as const) {
      writeFileSync(path, JSON.stringify({ ...kept, [field]: value }));
      const wrong = run('scripts/federation.ts', ...place);
      expect(await wrong.exited()).to.equal(1);
      expect(wrong.output).to.match(new RegExp(`^${path} is not valid: ${field}: .*\n$`));
    }
    writeFileSync(path, '{');
    const torn = run('scripts/federation.ts', ...place);
    expect(await torn.exited()).to.equal(1);
    expect(torn.output).to.match(/federation\.json is not JSON: .*\n$/);
  });
});
