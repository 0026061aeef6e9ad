/** Whoever starts a library with the wrong genesis or key, or a copied one, is told so, and so are the others. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '../../client/client.ts';
import { toHex } from '../../core/bytes.ts';
import { createUnusedMark } from '../../node/amnesia/watermark-file.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { type FederationHomes, type LibraryHome, libraryAt, makeFederation } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { eventually } from './fixtures/eventually.ts';
import { newWallet } from './fixtures/reader.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const HOST = '127.0.0.1';

describe('a library that others do not take for one of theirs', () => {
  let folder: string;
  let basePort: number;
  let federation: FederationHomes;
  const processes: LibraryProcess[] = [];

  beforeEach(async () => {
    folder = temporaryFolder('hello');
    basePort = await freeBasePort(4);
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((one) => one.stop()));
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
    eventually(`the word ${code}`, () => new RegExp(`"${code}: `).test(logOf(home)));
  const jsonOf = async (url: string): Promise<Record<string, unknown> | undefined> => {
    const response = await fetch(url).catch(() => undefined);
    return response && ((await response.json()) as Record<string, unknown>);
  };
  const isNotReady = (home: LibraryHome, reason: string): Promise<unknown> =>
    eventually(`no readiness because of ${reason}`, async () => {
      const ready = await jsonOf(`${home.api}/ready`);
      return Array.isArray(ready?.reasons) && ready.reasons.includes(reason);
    });

  it('chain.other: with another genesis and the same keys, both say so, part, and are not ready', async () => {
    federation = found(2);
    const [first, second] = federation.libraries as [LibraryHome, LibraryHome];
    const path = join(second.home, 'genesis.json');
    const genesis = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...genesis, name: 'Another Federation' }));
    start(first, second);
    for (const home of [first, second]) {
      await says(home, 'chain.other');
      await isNotReady(home, 'nobody-answers');
    }
    const metrics = await (await fetch(`http://${HOST}:${first.metricsPort}/metrics`)).text();
    expect(metrics).to.match(/^digitallib_hellos_refused_total\{code="chain\.other"\} [1-9]/m);
    expect(metrics).to.include('\ndigitallib_ready 0\n');
    await eventually('the connection to be gone', async () => {
      return (await jsonOf(`${first.api}/api/status`))?.peers === 0;
    });
  });

  it('chain.other: with a genesis that nobody else has, by their API', async () => {
    federation = found(1);
    const [member] = federation.libraries as [LibraryHome];
    const [, lost] = found(2, 'wrong').libraries as [LibraryHome, LibraryHome];
    start(member, lost);
    await says(lost, 'chain.other');
    await isNotReady(lost, 'nobody-answers');
    expect(await jsonOf(`${member.api}/ready`)).to.deep.equal({ ready: true });
  });

  it('member.unknown: with a key that is no member’s, by their API', async () => {
    federation = found(1);
    const [member] = federation.libraries as [LibraryHome];
    const { key: publicKey } = newWallet();
    const seed = new Uint8Array(32).fill(200);
    const stranger = homeOf(1, { ...member, seed, key: publicKey }, member);
    start(member, stranger);
    await says(stranger, 'member.unknown');
    await isNotReady(stranger, 'nobody-answers');
    const status = await jsonOf(`${stranger.api}/api/status`);
    expect(status).to.deep.include({ ready: false, not_ready: ['nobody-answers'] });
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
      await says(home, 'node.twin');
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
