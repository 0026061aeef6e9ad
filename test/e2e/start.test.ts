import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { toHex } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { eventually } from './fixtures/eventually.ts';
import { ForeignProcess, isInstalled } from './fixtures/foreign-process.ts';
import { skipIf } from './fixtures/skip.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'cli/main.js');

describe('starting a library', () => {
  let folder: string;
  const running: ForeignProcess[] = [];

  beforeEach(() => {
    folder = temporaryFolder('start');
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
    removeFolder(folder);
  });

  function run(
    command: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): ForeignProcess {
    const started = new ForeignProcess(command, args, environment);
    running.push(started);
    return started;
  }

  async function portFlags(): Promise<readonly string[]> {
    const base = await freeBasePort(1);
    const own = ['--tracker-port', base + 2, '--metrics-port', base + 3];
    const ports = ['--http-port', base, '--p2p-port', base + 1, ...own];
    return ['--home', join(folder, 'home'), ...ports.map(String)];
  }

  describe('by npm start', () => {
    before(function () {
      skipIf(this, isInstalled('npm', '--version') ? undefined : 'npm is not installed');
      // Else it would install, and under the feet of this very process.
      skipIf(this, isSetUp() ? undefined : 'the packages here were not installed by scripts/setup.mjs');
    });

    it('runs one, says where it is and what to try next, and ends with Ctrl-C', async () => {
      const library = run('npm', ['--prefix', ROOT, 'start', '--', ...(await portFlags())]);
      const [, api] = await eventually('the welcome', () => {
        if (!library.running) throw new Error(library.output);
        return /curl (http:\S+)\/api\/status[\s\S]*Ctrl-C/.exec(library.output) ?? undefined;
      });
      expect((await fetch(`${api}/api/status`)).status).to.equal(200);
      expect((await fetch(`${api}/ready`)).status).to.equal(200);
      library.signalGroup('SIGINT');
      await library.exited(); // npm passes the signal on as its own end
      expect(library.output).not.to.match(/error/i);
      expect(await fetch(`${api}/health`).catch(() => undefined)).to.equal(undefined);
    });
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends with 0 by ${signal}, and comes back`, async () => {
      const flags = await portFlags();
      for (const _ of ['once', 'again']) {
        const library = run(process.execPath, [MAIN, 'start', ...flags]);
        await eventually('the welcome', () => /Ctrl-C/.test(library.output));
        library.signal(signal);
        expect(await library.exited(), library.output).to.equal(0);
      }
    });
  }

  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    it(`config.invalid: the well-known development keys do not listen on ${host}`, async () => {
      const library = run(process.execPath, [MAIN, 'start', '--host', host, ...(await portFlags())]);
      expect(await library.exited()).to.equal(1);
      expect(library.output.trim().split('\n')).to.deep.equal([
        `the keys of this library are the well-known development keys: anybody could use them, so it does not listen on ${host} (config.invalid)`,
      ]);
    });
  }

  it('store.locked: a second process on the same home says so and ends with 1', async () => {
    const first = run(process.execPath, [MAIN, 'start', ...(await portFlags())]);
    await eventually('the first one', () => /Ctrl-C/.test(first.output));
    const second = run(process.execPath, [MAIN, 'start', ...(await portFlags())]);
    expect(await second.exited()).to.equal(1);
    expect(second.output.trim().split('\n')).to.have.length(1);
    expect(second.output).to.include('(store.locked)');
    expect(first.running).to.equal(true);
  });

  it('port.taken: a port that is taken is named in one sentence with its option, and the end is 3', async () => {
    const taken = await portFlags();
    const first = run(process.execPath, [MAIN, 'start', ...taken]);
    await eventually('the first one', () => /Ctrl-C/.test(first.output));
    const free = [
      '--http-port',
      '0',
      '--p2p-port',
      '0',
      '--tracker-port',
      '0',
      '--metrics-port',
      '0',
      '--home',
      join(folder, 'other'),
    ];
    const portOf = (flag: string): string => taken[taken.indexOf(flag) + 1]!;
    for (const [flag, what, port] of [
      ['--http-port', 'of the API', portOf('--http-port')],
      ['--tracker-port', 'of the tracker', portOf('--tracker-port')],
      ['--metrics-port', 'of the metrics', portOf('--metrics-port')],
      ['--p2p-port', 'for the other libraries', portOf('--p2p-port')],
      ['--torrent-port', 'of the archive', portOf('--http-port')],
    ] as const) {
      const second = run(process.execPath, [MAIN, 'start', ...free, flag, port]);
      expect(await second.exited(), second.output).to.equal(3);
      expect(second.output).to.equal(
        `the port ${what}, ${port} on 127.0.0.1, is taken: stop the program that has it, or choose another port with ${flag} (port.taken)\n`,
      );
    }
    expect(first.running).to.equal(true);
  });

  it('host.unusable: an address that is not of this machine is named in one sentence', async () => {
    const home = join(folder, 'home');
    const base = ['--home', home, '--http-port', '0', '--tracker-port', '0', '--metrics-port', '0'];
    const { address, genesis } = strangersGenesis(folder);
    const flags = [...base, '--genesis', genesis, '--p2p-port', '0', '--host', address];
    const library = run(process.execPath, [MAIN, 'start', ...flags]);
    expect(await library.exited(), library.output).to.equal(1);
    expect(library.output).to.equal(
      `${address} is no address of this machine: name one of its own with --host, 0.0.0.0 for all of IPv4 or :: for all (host.unusable)\n`,
    );
  });

  it('genesis.to-come: a genesis that lies ahead is refused with the field, how far, and until when', async () => {
    const { genesis } = strangersGenesis(folder, Date.now() + 2 * 3_600_000);
    const home = join(folder, 'home');
    const library = run(process.execPath, [MAIN, 'start', '--home', home, '--genesis', genesis]);
    expect(await library.exited(), library.output).to.equal(1);
    expect(library.output).to.match(
      /^the field "time" of the genesis is (2 h|1 h 59 min) ahead of this clock, .* UTC; at most 1 min is allowed: .* \(genesis\.to-come\)\n$/,
    );
    expect(readdirSync(home)).to.deep.equal([]);
  });

  it('config.invalid: a genesis that is wrong is named with its file and the path of the field', async () => {
    const { genesis } = strangersGenesis(folder);
    const spoilt = JSON.parse(readFileSync(genesis, 'utf8'));
    spoilt.members[0].tracker = 'library.example:6969';
    writeFileSync(genesis, JSON.stringify(spoilt));
    const flags = ['start', '--home', join(folder, 'home'), '--genesis', genesis];
    const library = run(process.execPath, [MAIN, ...flags]);
    expect(await library.exited(), library.output).to.equal(1);
    expect(library.output).to.include(
      `${genesis} is not valid: members[0].tracker must be a URL of http or https`,
    );
    expect(library.output.trim().split('\n')).to.have.length(1);
  });

  it('config.invalid: a home that cannot be made, or is not a folder, is named in one sentence with the reason', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const [home, reason] of [
      ['/proc/digitallib/x', 'ENOENT'],
      [file, 'EEXIST'],
      [join(file, 'home'), 'ENOTDIR'],
    ] as const) {
      for (const command of ['start', 'init']) {
        const library = run(process.execPath, [MAIN, command, '--home', home]);
        expect(await library.exited(), library.output).to.equal(1);
        expect(library.output).to.match(
          new RegExp(`^/.* cannot be made: .*${reason}.* \\(config\\.invalid\\)\n$`),
        );
      }
    }
  });

  describe('on a disk that is full', () => {
    const inside = ['unshare', '--user', '--map-root-user', '--mount'];
    before(function () {
      skipIf(this, isInstalled('unshare', '--version') ? undefined : 'unshare is not installed');
      const allowed = spawnSync(inside[0]!, [...inside.slice(1), 'true']).status === 0;
      skipIf(this, allowed ? undefined : 'no namespaces can be made here');
    });

    for (const kilobytes of [4, 12, 40]) {
      it(`ends with 1 and says so, with ${kilobytes} KiB`, async () => {
        const disk = join(folder, 'disk');
        mkdirSync(disk);
        const start = [process.execPath, MAIN, ...(await portFlags()), '--home', join(disk, 'home')];
        const script = `mount -t tmpfs -o size=${kilobytes}k none "$0" && exec "$@"`;
        const library = run(inside[0]!, [...inside.slice(1), 'sh', '-c', script, disk, ...start]);
        expect(await library.exited(), library.output).to.equal(1);
        expect(library.output.trim().split('\n').at(-1)).to.match(
          /: .*(disk|space).* \((config|store)\.\w+\)$/i,
        );
        expect(library.output).not.to.match(/\bat \w+ \(|\.ts:/);
      });
    }
  });

  describe('init on a disk that is full', () => {
    const inside = ['unshare', '--user', '--map-root-user', '--mount'];
    before(function () {
      skipIf(this, isInstalled('unshare', '--version') ? undefined : 'unshare is not installed');
      const allowed = spawnSync(inside[0]!, [...inside.slice(1), 'true']).status === 0;
      skipIf(this, allowed ? undefined : 'no namespaces can be made here');
    });

    for (const [kilobytes, what] of [
      [4, 'the mark'],
      [8, 'the key'],
    ] as const) {
      it(`says so where ${what} does not fit, and leaves nothing behind`, async () => {
        const disk = join(folder, 'disk');
        mkdirSync(disk);
        const init = [process.execPath, MAIN, 'init', '--home', join(disk, 'above/home')];
        const script = `mount -t tmpfs -o size=${kilobytes}k none "$0" && { "$@"; end=$?; find "$0" -mindepth 1; exit $end; }`;
        const command = run(inside[0]!, [...inside.slice(1), 'sh', '-c', script, disk, ...init]);
        expect(await command.exited(), command.output).to.equal(1);
        expect(command.output).to.match(
          /^\/.* cannot be written: the disk is full \(ENOSPC\) \(config\.invalid\)\n$/,
        );
      });
    }
  });

  it('config.invalid: an option that cannot be is named, and the end is 1', async () => {
    const flags = ['start', '--home', join(folder, 'home'), '--http-port', '70000'];
    const library = run(process.execPath, [MAIN, ...flags]);
    expect(await library.exited()).to.equal(1);
    expect(library.output).to.match(/^--http-port: .*\(config\.invalid\)\n$/);
    expect(existsSync(join(folder, 'home'))).to.equal(false);
  });

  describe('the setup before it', () => {
    let copy: string;
    let tools: string;

    /** A clone as far as the setup sees it, and an npm that only writes down how it was called. */
    beforeEach(() => {
      copy = join(folder, 'clone');
      tools = join(folder, 'tools');
      mkdirSync(join(copy, 'scripts'), { recursive: true });
      mkdirSync(tools);
      copyFileSync(join(ROOT, 'scripts/setup.mjs'), join(copy, 'scripts/setup.mjs'));
      copyFileSync(join(ROOT, 'package-lock.json'), join(copy, 'package-lock.json'));
      const npm = `#!/bin/sh\necho "$@" >> "${folder}/calls"\nmkdir -p "${copy}/node_modules"\n`;
      writeFileSync(join(tools, 'npm'), npm, { mode: 0o755 });
    });

    function setup(): ForeignProcess {
      const PATH = `${tools}:${dirname(process.execPath)}:${process.env.PATH}`;
      return run(process.execPath, [join(copy, 'scripts/setup.mjs')], { PATH });
    }

    it('does and says nothing when the packages are those of the lock file', async () => {
      const lock = readFileSync(join(copy, 'package-lock.json'));
      mkdirSync(join(copy, 'node_modules'));
      const stamp = join(copy, 'node_modules/.digitallib-setup');
      writeFileSync(stamp, stampOf(lock));
      const done = setup();
      expect(await done.exited()).to.equal(0);
      expect(done.output).to.equal('');
      expect(existsSync(join(folder, 'calls'))).to.equal(false);
      expect(readdirSync(copy).sort()).to.deep.equal(['node_modules', 'package-lock.json', 'scripts']);
    });

    it('says that it has failed, ends with 1, and tries again the next time', async () => {
      writeFileSync(join(tools, 'npm'), `#!/bin/sh\necho "$@" >> "${folder}/calls"\nexit 1\n`);
      for (const _ of ['first', 'second']) {
        const done = setup();
        expect(await done.exited()).to.equal(1);
        expect(done.output).to.include('npm ci failed');
      }
      expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).to.have.length(2);
      expect(readdirSync(copy).sort()).to.deep.equal(['package-lock.json', 'scripts']);
    });

    it('installs anew at once when it was ended in the middle', async () => {
      const npm = readFileSync(join(tools, 'npm'));
      writeFileSync(join(tools, 'npm'), '#!/bin/sh\nkill -9 $PPID\n');
      const ended = setup();
      expect(await ended.exited()).to.equal(null);
      writeFileSync(join(tools, 'npm'), npm);
      const again = setup();
      expect(await again.exited(), again.output).to.equal(0);
      expect(again.output).not.to.include('waiting');
      expect(readFileSync(join(folder, 'calls'), 'utf8')).to.match(/^ci /);
      expect(readdirSync(copy).sort()).to.deep.equal(['node_modules', 'package-lock.json', 'scripts']);
    });

    it('installs once on a fresh clone, though two commands start at the same time', async () => {
      const both = [setup(), setup()];
      for (const one of both) expect(await one.exited(), one.output).to.equal(0);
      const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
      expect(calls).to.have.length(1);
      expect(calls[0]).to.match(/^ci /);
      expect(readdirSync(copy).sort()).to.deep.equal(['node_modules', 'package-lock.json', 'scripts']);
    });
  });
});

/** Not with the well-known keys, with which a library listens nowhere else. `address` is of no machine (RFC 5737). */
function strangersGenesis(
  folder: string,
  time = Date.now(),
): { readonly address: string; readonly genesis: string } {
  const key = toHex(publicKeyOf(new Uint8Array(32).fill(77)));
  const genesis = join(folder, 'strangers.json');
  const member = { key, name: 'Library', addresses: [], tracker: '', api: '' };
  const rest = { accounts: [], members: [member], authorities: [key], roles: [], parameters: {} };
  writeFileSync(genesis, JSON.stringify({ version: 1, name: 'Strangers', time, ...rest }));
  return { address: '192.0.2.1', genesis };
}

function isSetUp(): boolean {
  const stamp = join(ROOT, 'node_modules/.digitallib-setup');
  const lock = readFileSync(join(ROOT, 'package-lock.json'));
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === stampOf(lock);
}

/** What the setup leaves behind in node_modules. */
function stampOf(lock: Uint8Array): string {
  return createHash('sha256').update(lock).digest('hex');
}
