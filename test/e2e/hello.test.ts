/** Whoever starts a library with the wrong genesis or key, or a copied one, is told so, and so are the others. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '../../client/client.ts';
import { toHex } from '../../core/bytes.ts';
import { createUnusedMark } from '../../node/engine/amnesia/watermark-file.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { type FederationHomes, type LibraryHome, libraryAt, makeFederation } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { newWallet } from './fixtures/reader.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';
import { isUnready } from './fixtures/unready.ts';
import { Witness } from './fixtures/witness.ts';

const HOST = '127.0.0.1';

describe('a library that others do not take for one of theirs', () => {
  let folder: string;
  let basePort: number;
  let federation: FederationHomes;
  const processes: LibraryProcess[] = [];
  const servers: Server[] = [];

  beforeEach(async () => {
    folder = temporaryFolder('hello');
    basePort = await freeBasePort(4);
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((one) => one.stop()));
    for (const server of servers.splice(0)) server.close().closeAllConnections();
    removeFolder(folder);
  });

  function found(count: number, name = 'federation'): FederationHomes {
    let drawn = count;
    return makeFederation({
      folder: join(folder, name),
      count,
      basePort,
      now: Date.now(),
      random: (length) => new Uint8Array(length).fill(++drawn),
    });
  }

  function start(...homes: readonly LibraryHome[]): void {
    processes.push(...homes.map((home) => new LibraryProcess(home)));
  }

  /** Library `i`, with this node.key and that genesis. */
  function homeOf(i: number, like: LibraryHome, genesis: LibraryHome): LibraryHome {
    const home = { ...like, ...libraryAt(join(folder, 'others'), i, basePort, HOST) };
    mkdirSync(home.home, { recursive: true });
    copyFileSync(join(genesis.home, 'genesis.json'), join(home.home, 'genesis.json'));
    createUnusedMark(join(home.home, 'signing.mark'));
    writeFileSync(join(home.home, 'node.key'), `${toHex(like.seed)}\n`, { mode: 0o600 });
    return home;
  }

  const logOf = ({ home }: LibraryHome): string => {
    const path = join(home, 'library.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const says = (home: LibraryHome, code: string): Promise<unknown> =>
    eventually(`the word ${code}`, () => logOf(home).includes(`"msg":"${code}`));
  const jsonOf = async (url: string): Promise<Record<string, unknown> | undefined> => {
    const response = await fetch(url).catch(() => undefined);
    return response && ((await response.json()) as Record<string, unknown>);
  };
  const isNotReady = (home: LibraryHome, reason: string): Promise<unknown> =>
    eventually(`no readiness because of ${reason}`, () => isUnready(home, reason));

  it('chain.other: with another genesis and the same keys, both say so, part, and are not ready', async () => {
    federation = found(2);
    const [first, second] = federation.libraries as [LibraryHome, LibraryHome];
    const path = join(second.home, 'genesis.json');
    const genesis = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...genesis, name: 'Another Federation' }));
    start(first, second);
    for (const home of [first, second]) {
      await says(home, 'chain.other: a library that this one is connected to');
      await isNotReady(home, 'nobody-answers');
    }
    const metrics = await (await fetch(`http://${HOST}:${first.metricsPort}/metrics`)).text();
    expect(metrics).to.match(/^digitallib_hellos_refused_total\{code="chain\.other"\} [1-9]/m);
    expect(metrics).to.include('\ndigitallib_ready 0\n');
    await eventually('the connection to be gone', async () => {
      return (await jsonOf(`${first.api}/api/status`))?.peers === 0;
    });
  });

  /**
   * Stands where the genesis says that the API of this member is, and hands on to where it really is. At the second time that
   * somebody asks, a minute after the first, it writes down what the log of who asks says by then.
   */
  async function doorOf(member: LibraryHome, logOfAsker: () => string) {
    const away = { ...member, httpPort: member.httpPort + 5, api: `http://${HOST}:${member.httpPort + 5}` };
    const words: string[] = [];
    const server = createServer(async (request, response) => {
      if (request.url === '/api/status') words.push(logOfAsker());
      const answer = await fetch(away.api + request.url!)
        .then(async (one) => ({ status: one.status, text: await one.text() }))
        .catch(() => undefined);
      response.writeHead(answer?.status ?? 502).end(answer?.text);
    });
    servers.push(server);
    await new Promise<void>((listening) => server.listen(member.httpPort, HOST, listening));
    return {
      away,
      /** The log when it asked again; of now when it has not. */
      atSecondLook: () => words[1] ?? logOfAsker(),
      looks: () => words.length,
    };
  }

  it('chain.other: with a genesis that nobody else has, by their API, at the first look', async () => {
    federation = found(1);
    const [member] = federation.libraries as [LibraryHome];
    const [, lost] = found(2, 'wrong').libraries as [LibraryHome, LibraryHome];
    const door = await doorOf(member, () => logOf(lost));
    start(door.away);
    await processes[0]!.ready();
    start(lost);
    await says(lost, 'chain.other: ');
    expect(door.looks()).to.be.at.least(1);
    expect(door.atSecondLook()).to.include('"msg":"chain.other: ');
    await isNotReady(lost, 'nobody-answers');
    expect(await jsonOf(`${door.away.api}/ready`)).to.deep.equal({ ready: true });
  });

  it('member.unknown: with a key that is no member’s, by their API, at the first look', async () => {
    federation = found(1);
    const [member] = federation.libraries as [LibraryHome];
    const { key: publicKey } = newWallet();
    const seed = new Uint8Array(32).fill(200);
    const stranger = homeOf(1, { ...member, seed, key: publicKey }, member);
    const door = await doorOf(member, () => logOf(stranger));
    start(door.away);
    await processes[0]!.ready();
    start(stranger);
    await says(stranger, 'member.unknown: ');
    expect(door.looks()).to.be.at.least(1);
    expect(door.atSecondLook()).to.include('"msg":"member.unknown: ');
    await isNotReady(stranger, 'nobody-answers');
    const status = await jsonOf(`${stranger.api}/api/status`);
    expect(status).to.deep.include({ ready: false, not_ready: ['nobody-answers'] });
  });

  it('node.twin: the original hears of its copy with the next hello, and says so with the one after it', async () => {
    federation = found(2);
    const [first, second] = federation.libraries as [LibraryHome, LibraryHome];
    const witness = await Witness.start(first, federation.genesis);
    try {
      start(second);
      await eventually('a hello', () => witness.hellos.length > 0);
      const original = toHex(witness.hellos[0]!.boot);
      const copy = homeOf(2, second, second);
      start(copy);
      for (const home of [second, copy]) await says(home, 'node.twin: ');
      const said = witness.hellos.map(({ boot, heard }) => ({ boot: toHex(boot), heard: heard.map(toHex) }));
      const knows = said.findIndex(({ boot, heard }) => boot !== original && heard.includes(original));
      expect(knows, 'the copy has heard of the original').to.be.above(0);
      const other = said[knows]!.boot;
      const later = said.slice(knows + 1).filter(({ boot }) => boot === original);
      expect(later.findIndex(({ heard }) => heard.includes(other))).to.be.within(0, 1);
    } finally {
      await witness.stop();
    }
  });

  it('entry.unlike: started elsewhere than its entry says, it says so, and again when the entry leads elsewhere still', async () => {
    federation = found(1);
    const [member] = federation.libraries as [LibraryHome];
    const moved = { ...member, httpPort: member.httpPort + 5, api: `http://${HOST}:${member.httpPort + 5}` };
    start(moved);
    await processes[0]!.ready();
    await says(moved, 'entry.unlike: ');
    const update = async (...fields: readonly string[]): Promise<void> => {
      const by = ['--home', moved.home, '--at', moved.api];
      await digitallib('propose', 'update-member', toHex(moved.key), ...fields, ...by);
    };
    await update('--api', moved.api); // nothing is left to be said
    await update('--tracker', `http://${HOST}:1`);
    const lines = await eventually('the second word', () => {
      const found = logOf(moved)
        .split('\n')
        .filter((line) => line.includes('"msg":"entry.unlike: '));
      return found.length > 1 && found.map((line) => JSON.parse(line) as Record<string, unknown>);
    });
    expect(lines).to.have.length(2);
    const [before, after] = lines;
    const flags = `not --host ${HOST} --`;
    expect(before).to.include({ level: 40, api: `${member.api}, ${flags}http-port ${moved.httpPort}` });
    expect(before).not.to.have.any.keys('addresses', 'tracker');
    expect(after).to.include({ tracker: `http://${HOST}:1, ${flags}tracker-port ${member.trackerPort}` });
    expect(after).not.to.have.any.keys('addresses', 'api');
  });

  it('node.twin: two with one key both say so, sign nothing and are not ready; one alone is well again', async () => {
    federation = found(2);
    const [first, second] = federation.libraries as [LibraryHome, LibraryHome];
    start(first, second);
    await Promise.all(processes.map((one) => one.ready()));
    await createClient({ url: first.api }).register(newWallet().publicKey);
    const copy = homeOf(2, second, second);
    start(copy);
    for (const home of [second, copy]) {
      await says(home, 'node.twin: ');
      await isNotReady(home, 'twin');
      expect(await jsonOf(`${home.api}/api/status`)).to.include({ role: 'twin', ready: false });
      const wallet = newWallet();
      const refused = await jsonOf(`${home.api}/api/register?public_key=${wallet.publicKey}`);
      expect(refused).to.include({ type: 'node.twin', status: 503 });
    }
    expect(logOf(first)).not.to.include('node.twin');
    // Stop one, restart the other.
    await processes[2]!.stop();
    await processes[1]!.stop();
    start(second);
    await processes.at(-1)!.ready();
    await createClient({ url: first.api }).register(newWallet().publicKey);
    expect((await jsonOf(`${second.api}/api/status`))?.role).to.equal('authority');
  });
});
