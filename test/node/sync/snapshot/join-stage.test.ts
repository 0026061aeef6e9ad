import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { limits } from '../../../../core/limits.ts';
import { systemClock, systemRandom } from '../../../../node/process/system.ts';
import { joinRecordWrite } from '../../../../node/sync/snapshot/join-record.ts';
import { writeLargeState } from '../../../../scripts/bench/large-state.ts';
import { freeBasePort } from '../../../../scripts/free-port.ts';
import { makeFederation } from '../../../../scripts/homes.ts';
import { LibraryProcess } from '../../../../scripts/processes.ts';
import { openLevelStore } from '../../../../store/level.ts';
import { digitallib } from '../../../e2e/fixtures/command.ts';
import { eventually } from '../../../e2e/fixtures/eventually.ts';
import { type Folder, makeFolder } from '../../../store/folder.ts';

const HEIGHT = 20_000;
type Joining = { readonly phase: string; readonly trouble?: { readonly code: string } };
type Status = { readonly height?: number; readonly joining?: Joining };

describe('a new library with the genesis and nothing else', () => {
  let folder: Folder;
  let processes: LibraryProcess[];

  before(async () => {
    folder = await makeFolder();
    processes = [];
  });
  after(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await folder.remove();
  });

  it('fetches the state when it is far behind, tells how far it is and what holds it up, and outlives a kill', async () => {
    const { genesis, libraries } = makeFederation({
      folder: folder.path,
      count: 2,
      basePort: await freeBasePort(2),
      now: systemClock.now() - 10 * HEIGHT,
      authorities: 1,
      random: (length) => systemRandom.bytes(length),
    });
    const [old, young] = libraries;
    const store = await opened(old!.home);
    await writeLargeState(store, genesis, [old!.seed], { accounts: 1_000, files: 100, height: HEIGHT });
    await store.stop();

    // Killed while it was looking: that it wants a state stands in its store, and nobody is there yet.
    const wishing = await opened(young!.home);
    await wishing.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    await wishing.stop();
    const joiner = start(young!);
    const early = await status(young!.api);
    expect(early.joining?.phase).to.equal('looking');
    expect((await fetch(`${young!.api}/ready`)).status).to.equal(503);
    await expectStrangersKept(young!.httpPort);
    for (const command of [
      ['backup', '--to', join(folder.path, 'backup')],
      ['restore', '--from', join(folder.path, 'backup')],
      ['reader-codes'],
    ]) {
      const refused = await digitallib(...command, '--home', young!.home).catch((error) => error);
      expect(refused.stderr, command[0]).to.match(
        / is running: (it starts, joins|stop it first)|it joins and makes none before/,
      );
    }
    await joiner.kill();

    start(old!);
    const lost = start(young!, '--checkpoint', `10:${'ab'.repeat(32)}`);
    await eventually('the reason why it fetches nothing', async () => {
      const { joining } = await status(young!.api);
      return joining?.trouble?.code === 'checkpoint.not-shown';
    });
    await lost.kill();
    const again = start(young!);
    await again.ready();
    expect((await status(young!.api)).height).to.be.at.least(HEIGHT);
    const found = (await (await fetch(`${young!.api}/api/search?query=volume`)).json()) as unknown[];
    expect(found.length).to.be.greaterThan(10);
    expect(readFileSync(join(young!.home, 'library.log'), 'utf8')).to.contain('joined by a snapshot');
  });

  function start(library: Parameters<typeof makeProcess>[0], ...flags: string[]): LibraryProcess {
    const made = makeProcess(library, flags);
    processes.push(made);
    return made;
  }
});

/** By the doors of the API itself: its names, its page rule, and the share of one address. */
async function expectStrangersKept(port: number): Promise<void> {
  const led = { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' };
  expect(await typeOf(port, led)).to.deep.equal([421, 'host.foreign']);
  const page = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
  expect(await typeOf(port, page)).to.deep.equal([403, 'page.foreign']);
  const sockets = Array.from({ length: limits.apiPerAddressMax + 50 }, () =>
    connect({ port, host: '127.0.0.1', localAddress: '127.1.0.1' }),
  );
  try {
    for (const socket of sockets) socket.on('error', () => undefined).resume();
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    await eventually('what is beyond the share to be closed', () => {
      return sockets.filter((socket) => socket.readableEnded || socket.destroyed).length >= 50;
    });
    const asking = get({ port, host: '127.0.0.1', localAddress: '127.2.0.1', path: '/api/status' });
    const [answer] = await once(asking, 'response');
    expect(answer.resume().statusCode).to.equal(200);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

async function typeOf(port: number, headers: object): Promise<readonly [number, unknown]> {
  const asking = get({ port, host: '127.0.0.1', path: '/api/status', headers: { ...headers } });
  const [answer] = await once(asking, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return [answer.statusCode, JSON.parse(text).type];
}

function makeProcess(
  library: ConstructorParameters<typeof LibraryProcess>[0],
  flags: readonly string[],
): LibraryProcess {
  return new LibraryProcess(library, ['--log-level', 'info', ...flags]);
}

async function opened(home: string) {
  mkdirSync(home, { recursive: true });
  const store = openLevelStore(join(home, 'chain'));
  await store.start();
  return store;
}

/** As soon as anything answers. Not in haste: a connection to a free port may take that very port for itself. */
function status(api: string): Promise<Status> {
  return eventually('an answer', () =>
    fetch(`${api}/api/status`).then(
      (response) => response.json() as Promise<Status>,
      () => undefined,
    ),
  );
}
