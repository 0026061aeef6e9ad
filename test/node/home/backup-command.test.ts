import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { genesisToJson } from '../../../chain/block/genesis.ts';
import { toHex } from '../../../core/bytes.ts';
import { toPeerId } from '../../../network/peer-key.ts';
import { systemClock, systemRandom } from '../../../node/process/system.ts';
import { freeBasePort } from '../../../scripts/free-port.ts';
import { type FederationHomes, type LibraryHome, makeFederation } from '../../../scripts/homes.ts';
import { LibraryProcess } from '../../../scripts/processes.ts';
import { keyOf } from '../../chain/world.ts';
import { digitallib } from '../../e2e/fixtures/command.ts';
import { eventually } from '../../e2e/fixtures/eventually.ts';
import { type Folder, makeFolder } from '../../store/folder.ts';

type Status = { readonly height: number };

describe('the commands backup and restore, and --peers', () => {
  let folder: Folder;
  let federation: FederationHomes;
  let basePort: number;
  let processes: LibraryProcess[];

  before(async () => {
    folder = await makeFolder();
    processes = [];
    basePort = await freeBasePort(5);
    federation = makeFederation({
      folder: folder.path,
      count: 2,
      basePort,
      now: systemClock.now(),
      authorities: 1,
      parameters: { blockIntervalMs: 20 },
      random: (length) => systemRandom.bytes(length),
    });
  });
  after(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await folder.remove();
  });

  it('copy a running library under load, and give a new home its ledger', async () => {
    // Neither is where the genesis says: only the peer that is named can be found.
    const [first, second] = federation.libraries.map((library, i) => moved(library, 2 + i));
    const peer = `/ip4/127.0.0.1/tcp/${first!.p2pPort}/p2p/${toPeerId(first!.key)}`;
    // At once: the first one waits a minute for a word of the other member before it is ready without.
    const [old, young] = await Promise.all([start(first!), start(second!, ['--peers', peer])]);
    let loading = true;
    let registered = 0;
    const load = (async () => {
      while (loading) {
        const key = toHex(keyOf(`reader ${registered}`));
        const answer = await fetch(`${first!.api}/api/register?public_key=${key}`);
        expect(answer.status, await answer.text()).to.equal(200);
        registered += 1;
      }
    })();
    await eventually('readers', () => registered >= 20);
    const backup = join(folder.path, 'backup');
    const printed = await digitallib('backup', '--home', first!.home, '--to', backup);
    const height = Number(/^Block (\d+) /.exec(printed)?.[1]);
    expect(height).to.be.greaterThan(10);
    loading = false;
    await load;
    await eventually('the block', async () => (await statusOf(second!)).height >= height);
    await young.stop();
    await old.stop();

    const third = { ...moved(first!, 4), name: 'restored', home: join(folder.path, 'restored') };
    await digitallib('restore', '--home', third.home, '--from', backup);
    const restored = await start(third);
    expect((await statusOf(third)).height).to.be.at.least(height);
    const account = await fetch(`${third.api}/api/account?public_key=${toHex(keyOf('reader 0'))}`);
    expect(account.status).to.equal(200);
    await restored.stop();
    const again = await digitallib('restore', '--home', third.home, '--from', backup).catch((error) => error);
    expect(again.stderr).to.contain('config.invalid');
  });

  function moved(library: LibraryHome, place: number): LibraryHome {
    const httpPort = basePort + 10 * place;
    const api = `http://127.0.0.1:${httpPort}`;
    return { ...library, httpPort, p2pPort: httpPort + 1, trackerPort: httpPort + 2, api };
  }

  async function start(library: LibraryHome, flags: readonly string[] = []): Promise<LibraryProcess> {
    await mkdir(library.home, { recursive: true });
    await writeFile(
      join(library.home, 'genesis.json'),
      `${JSON.stringify(genesisToJson(federation.genesis), null, 2)}\n`,
    );
    const started = new LibraryProcess(library, flags);
    processes.push(started);
    await started.ready();
    return started;
  }
});

async function statusOf(library: LibraryHome): Promise<Status> {
  return (await (await fetch(`${library.api}/api/status`)).json()) as Status;
}
