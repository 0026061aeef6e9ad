import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '../../client/client.ts';
import { hexToBytes, toHex } from '../../core/bytes.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { libraryAt } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { digitallib as command } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { newReader, newWallet, upload, writeBook } from './fixtures/reader.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');

/** Every command of docs/operations.md, in the order in which a federation may need them. */
describe('the page “Running a library”, against four libraries', () => {
  let federation: Federation;
  let newcomer: LibraryProcess | undefined;
  /** Commands that were run, without what was given to them. */
  const done = new Set<string>(['start']);

  before(async () => {
    federation = await Federation.start();
  });
  after(async () => {
    await newcomer?.stop();
    await federation?.stop();
  });

  const homeOf = (number: number): string => federation.home(number).home;

  /** As an operator types it. @returns what it prints. */
  async function digitallib(...words: readonly string[]): Promise<string> {
    done.add(words[0] === 'propose' ? `propose ${words[1]}` : words[0]!);
    return await command(...words);
  }

  /** The library whose key signs, and which is asked. */
  const by = (number: number): readonly string[] => [
    '--home',
    homeOf(number),
    '--at',
    federation.home(number).api,
  ];

  async function propose(...words: readonly string[]): Promise<string> {
    const printed = await digitallib('propose', ...words, ...by(1));
    const [, id] = /^Proposed in block \d+: ([0-9a-f]{64})$/.exec(printed) ?? [];
    expect(id, printed).to.be.a('string');
    return id!;
  }

  async function decide(approving: readonly number[], ...words: readonly string[]): Promise<void> {
    const id = await propose(...words);
    const printed = await Promise.all(approving.map((number) => digitallib('approve', id, ...by(number))));
    for (const line of printed) expect(line).to.match(/^Approved in block \d+/);
  }

  const keyOf = (number: number): string => toHex(federation.home(number).key);
  const roleAt = async (api: string): Promise<string | undefined> => {
    const answer = await fetch(`${api}/api/status`).catch(() => undefined);
    return ((await answer?.json()) as { readonly role?: string } | undefined)?.role;
  };

  it('shows on every library what the page says to look at', async () => {
    const { api, metricsPort } = federation.home(1);
    const status = await (await fetch(`${api}/api/status`)).json();
    expect(status).to.include.keys('height', 'hash', 'peers', 'role', 'evidence');
    expect((await fetch(`${api}/ready`)).status).to.equal(200);
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    for (const [name] of PAGE.matchAll(/digitallib_\w+/g)) {
      expect(metrics).to.match(new RegExp(`^${name}(\\{[^}]*\\})? `, 'm')); // alone, or one for each reason
    }
    expect(await (await fetch(`${api}/api/evidence`)).json()).to.deep.equal({ evidence: [] });
  });

  it('takes in a library from its empty home, lets it vote, and sends it away', async () => {
    const home = join(federation.folder, 'new-library');
    const key = await digitallib('init', '--home', home);
    const seed = hexToBytes(readFileSync(join(home, 'node.key'), 'utf8').trim(), 32);
    const place = libraryAt(federation.folder, 0, await freeBasePort(1), '127.0.0.1');
    const library = { ...place, name: 'Library', home, seed, key: hexToBytes(key, 32) };
    await decide(
      [2, 3],
      'add-member',
      key,
      '--name',
      'Library',
      '--address',
      `/ip4/127.0.0.1/tcp/${library.p2pPort}`,
      '--tracker',
      `http://127.0.0.1:${library.trackerPort}`,
      '--api',
      library.api,
    );
    expect(await digitallib('members', ...by(4))).to.include(`${key}  follows  Library`);
    newcomer = new LibraryProcess(library, ['--genesis', join(homeOf(1), 'genesis.json')]);
    await newcomer.ready();
    const { height } = await federation.at(1).status();
    await eventually(
      'the new library to catch up',
      async () => (await createClient({ url: library.api }).status()).height >= height,
    );

    const seat = await digitallib('seat', '--home', home, '--at', library.api);
    await decide([2, 3], 'add-authority', seat);
    await eventually('the vote of the new library', async () => (await roleAt(library.api)) === 'authority');
    await decide([2, 3, 4], 'remove-authority', key);
    await eventually('it to observe', async () => (await roleAt(library.api)) === 'observer');
    await decide([2, 3], 'update-member', key, '--api', 'https://library.example');
    expect(await digitallib('members', ...by(2))).to.include('https://library.example');
    await decide([2, 3], 'remove-member', key);
    expect(await digitallib('members', ...by(2))).not.to.include(key);
    await newcomer.stop();
  });

  it('proposes every other change', async () => {
    const reader = await newReader(federation.at(1));
    const book = await writeBook(federation.folder, 'A Leaflet.bin', 1_000);
    await upload(federation.at(1), reader, book);
    await decide([2, 3], 'take-down', book.hash);
    expect((await federation.at(1).search('Leaflet')).files).to.deep.equal([]);
    await decide([2, 3], 'restore', book.hash);
    const old = await federation.at(1).file(book.hash);
    await decide([2, 3], 'reset-file', book.hash);
    await federation.settled(1);
    expect((await federation.at(1).search('Leaflet')).files).to.deep.equal([]);
    expect((await federation.at(1).account(reader)).tokens).to.equal(0n);
    await upload(federation.at(2), reader, book);
    expect((await federation.at(2).file(book.hash)).height).to.be.above(old.height);
    await decide([2, 3], 'grant-billing', reader.publicKey);
    await decide([2, 3], 'revoke-billing', reader.publicKey);
    await decide([2, 3], 'set-parameters', 'heartbeatMs=30000', 'attestations=1');
    await propose('set-authorities', ...[1, 2, 3].map(keyOf));
    expect(await digitallib('proposals', ...by(4))).to.match(/1 of 3, until .*\n {2}set-authorities /);
    await decide([2, 3], 'upgrade', '1000000', '1');
    expect(await digitallib('proposals', ...by(4))).to.include('From block 1000000 on');
  });

  it('brings a library back whose disk is lost: from a backup, and it signs again when the others have answered', async () => {
    const backup = join(federation.folder, 'backup');
    expect(await digitallib('backup', '--home', homeOf(2), '--to', backup)).to.match(/^Block \d+ /);
    await federation.process(2).kill();
    for (const lost of ['chain', 'signing.mark', 'catalogue.sqlite', 'archive']) {
      rmSync(join(homeOf(2), lost), { recursive: true, force: true });
    }
    await digitallib('restore', '--home', homeOf(2), '--from', backup);
    await newReader(federation.at(1));
    await federation.restart(2);
    await eventually('it to vote again', async () => (await roleAt(federation.home(2).api)) === 'authority');
    const log = readFileSync(join(homeOf(2), 'library.log'), 'utf8');
    for (const said of ['this node does not know what its key has signed', 'this node signs again']) {
      expect(log).to.include(said);
      expect(PAGE).to.include(said);
    }
    await federation.settled(1);
  });

  it('makes a search index anew', async () => {
    await federation.process(3).stop();
    rmSync(join(homeOf(3), 'catalogue.sqlite'), { force: true });
    expect(await digitallib('rebuild-catalogue', '--home', homeOf(3))).to.match(/up to block \d+/);
    await federation.restart(3);
    expect((await federation.at(3).search('Leaflet')).files).to.have.length(1);
  });

  it('gives out codes, and registers nobody without one', async () => {
    await federation.process(3).stop();
    const library = new LibraryProcess(federation.home(3), ['--registration', 'code']);
    try {
      await library.ready();
      const printed = await digitallib('reader-codes', '--home', homeOf(3), '--count', '2', '--days', '30');
      const codes = printed.split('\n');
      expect(codes).to.have.length(2);
      const client = federation.at(3);
      const key = newWallet().publicKey;
      expect(await client.register(key).catch(({ code }) => code)).to.equal('register.code-needed');
      await client.register(key, { code: codes[0]! });
      expect(await client.isRegistered(key)).to.equal(true);
    } finally {
      await library.stop();
    }
    await federation.restart(3);
  });

  it('looks for the evidence of a fork at a library that has stopped, and finds none', async () => {
    await federation.process(3).stop();
    expect(await digitallib('show-fork', '--home', homeOf(3))).to.equal('No fork was seen.');
    await federation.restart(3);
  });

  it('lends cards, brings stock, looks at what comes, and writes the genesis of another federation', async () => {
    const at = (...words: readonly string[]) => digitallib(...words, '--home', homeOf(1));
    await decide([2, 3], 'set-parameters', 'cardBytesPerNodePerDay=20000000000');
    const reader = await newReader(federation.at(1));
    const key = reader.publicKey;
    expect(await at('card', 'give', key)).to.match(new RegExp(`^${key}  [0-9]+ bytes a day, up to`));
    expect((await federation.at(1).account(reader)).card?.credit).to.be.a('bigint');
    expect(await at('card', 'list')).to.include(key);
    expect((await at('card', 'invite', '--count', '2', '--days', '30')).split('\n')).to.have.length(2);
    expect(await at('card', 'withdraw', key)).to.include(key);

    const book = await writeBook(federation.folder, 'Of the library.bin', 1_000);
    expect(await at('stock', 'add', book.path)).to.include('1 taken in');
    expect(await at('review', 'list'))
      .to.be.a('string')
      .and.not.to.include(book.hash);

    const home = join(federation.folder, 'other');
    const place = ['--address', '/ip4/192.0.2.1/tcp/4645', '--tracker', 'http://192.0.2.1:6969'];
    const line = await digitallib(
      'init',
      '--home',
      home,
      '--name',
      'Library',
      ...place,
      '--api',
      'http://192.0.2.1:8645',
    );
    writeFileSync(join(home, 'members'), `${line}\n`);
    const out = join(home, 'other.json');
    const told = await digitallib(
      ...['genesis', 'new', '--situation', 'school', '--out', out, '--name', 'Our libraries'],
      ...['--member', join(home, 'members'), '--authority', 'all'],
    );
    expect(told).to.match(/[0-9a-f]{64}/);
    expect(JSON.parse(readFileSync(out, 'utf8')).name).to.equal('Our libraries');
  });

  it('signs after amnesia when most have forgotten, on the word of the operators', async () => {
    const reader = await newReader(federation.at(1));
    await federation.settled(1);
    await federation.stopProcesses();
    for (const number of [3, 4]) rmSync(join(homeOf(number), 'signing.mark'));
    await Promise.all([1, 2, 3, 4].map((number) => federation.restart(number)));
    for (const number of [3, 4]) expect(await roleAt(federation.home(number).api)).to.equal('amnesic');
    for (const number of [3, 4]) {
      await federation.process(number).stop();
      const sure = new LibraryProcess(federation.home(number), ['--sign-after-amnesia', 'true']);
      await sure.ready();
      await eventually('it to vote', async () => (await roleAt(federation.home(number).api)) === 'authority');
      await sure.stop();
      await federation.restart(number);
    }
    expect(await federation.at(4).isRegistered(reader.publicKey)).to.equal(true);
    await federation.at(1).register(newWallet().publicKey);
    await federation.settled(1);
  });

  it('begins a new chain when the keys are gone: the same state gives the same genesis', async () => {
    await federation.stopProcesses();
    const remain = [1, 2].map(keyOf);
    const [first, second] = await Promise.all(
      [1, 2].map((number) => digitallib('export-genesis', '--home', homeOf(number), ...remain)),
    );
    expect(first).to.equal(second);
    const begun = [1, 2].map((number) => {
      const home = join(federation.folder, `begun-${number}`);
      mkdirSync(home);
      copyFileSync(join(homeOf(number), 'node.key'), join(home, 'node.key'));
      writeFileSync(join(home, 'genesis.json'), `${first}\n`);
      expect(existsSync(join(home, 'signing.mark'))).to.equal(false);
      return { ...federation.home(number), home };
    });
    const start = async (...flags: readonly string[]): Promise<readonly LibraryProcess[]> => {
      const processes = begun.map((library) => new LibraryProcess(library, flags));
      await Promise.all(processes.map((one) => one.ready()));
      return processes;
    };
    for (const flags of [['--sign-after-amnesia', 'true'], []]) {
      const processes = await start(...flags);
      try {
        await createClient({ url: begun[0]!.api }).register(newWallet().publicKey);
      } finally {
        await Promise.all(processes.map((one) => one.stop()));
      }
    }
  });

  it('names no command that was not run here', () => {
    const named = [...PAGE.matchAll(/digitallib ((?:propose )?[a-z][a-z-]+)/g)].map(([, words]) => words!);
    expect(named).to.include.members(['backup', 'restore', 'propose upgrade', 'export-genesis']);
    expect(named.filter((words) => !done.has(words))).to.deep.equal([]);
  });
});
