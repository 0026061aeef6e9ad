/** A chain that waits says for what: for real time, for a clock, for those who are not there. With real processes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '../../client/client.ts';
import { clockOff } from '../../scripts/chaos/clock-off.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { type LibraryHome, makeFederation } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { eventually } from './fixtures/eventually.ts';
import { newWallet } from './fixtures/reader.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const OFF_MS = 10 * 60_000;

type Line = { readonly level: number; readonly reason?: string; readonly msg: string } & Record<
  string,
  unknown
>;
type Wait = { readonly reason: string; readonly detail: string };

describe('a chain that waits', () => {
  let folder: string;
  const processes: LibraryProcess[] = [];

  beforeEach(() => {
    folder = temporaryFolder('waiting');
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((one) => one.stop()));
    removeFolder(folder);
  });

  async function found(count: number): Promise<readonly LibraryHome[]> {
    let drawn = count;
    const { libraries } = makeFederation({
      folder: join(folder, 'federation'),
      count,
      basePort: await freeBasePort(count),
      now: Date.now(),
      random: (length) => new Uint8Array(length).fill(++drawn),
    });
    return libraries;
  }

  function start(home: LibraryHome, offMs = 0): LibraryProcess {
    const started = new LibraryProcess(home, [], offMs === 0 ? {} : { node: clockOff(offMs) });
    processes.push(started);
    return started;
  }

  const linesOf = ({ home }: LibraryHome): Line[] => {
    const path = join(home, 'library.log');
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text
      .split('\n')
      .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
  };
  const says = (home: LibraryHome, what: (line: Line) => boolean): Promise<Line> =>
    eventually('the line in the log', () => linesOf(home).find(what));
  const waits = async ({ api }: LibraryHome, path = '/api/status'): Promise<readonly Wait[] | undefined> => {
    const response = await fetch(api + path).catch(() => undefined);
    const answer = response && ((await response.json()) as { waits?: readonly Wait[] });
    return answer?.waits;
  };
  const register = ({ api }: LibraryHome) => createClient({ url: api }).register(newWallet().publicKey);

  it('block-ahead: for real time, after all clocks were fast, names the leader and until when', async () => {
    const homes = await found(2);
    const [first] = homes as [LibraryHome];
    const fast = homes.map((home) => start(home, OFF_MS));
    await Promise.all(fast.map((one) => one.ready()));
    await register(first);
    await Promise.all(fast.map((one) => one.stop()));
    const right = homes.map((home) => start(home));
    await Promise.all(right.map((one) => one.ready()));
    for (const home of homes) {
      const line = await says(home, ({ reason }) => reason === 'block-ahead');
      expect(line).to.include({ level: 50 });
      expect(homes.map(({ name }) => name)).to.include(line.leader);
      expect(line.ahead).to.match(/^\d min/);
      const [wait] = (await waits(home))!;
      expect(wait!.detail).to.match(
        /^the last block is \d min.* ahead of this clock: no block comes until .* UTC; check the clock of \w+$/,
      );
      expect(await waits(home, '/ready'), 'readers are served').to.have.length(1);
      const metrics = await (await fetch(`http://127.0.0.1:${home.metricsPort}/metrics`)).text();
      expect(metrics).to.include('\ndigitallib_waits{reason="block-ahead"} 1\n');
      expect(linesOf(home).filter(({ reason }) => reason === 'block-ahead')).to.have.length(1);
    }
  });

  it('clock-off, authorities-missing: names the library with the fast clock, and the one that is gone until it is back', async () => {
    const homes = await found(3);
    const [first, second, third] = homes as [LibraryHome, LibraryHome, LibraryHome];
    const running = homes.map((home) => start(home, home === third ? OFF_MS : 0));
    await Promise.all(running.map((one) => one.ready()));
    const own = await says(third, ({ reason }) => reason === 'clock-off');
    expect(own).to.include({ clock: 'ahead', libraries: 2 });
    expect((await waits(third))![0]!.detail).to.match(
      /^this clock is \d+ min.* ahead of most of those of 2 libraries/,
    );
    expect(await waits(first)).to.deep.equal([]);
    // Until it has led a view with something to propose.
    const future = await eventually('a block from the future', async () => {
      await register(second);
      return linesOf(first).find(({ msg }) => msg.startsWith('block from the future'));
    });
    expect(future.leader).to.equal(third.name);

    await running[2]!.kill();
    void register(first).catch(() => undefined); // waits for a block that does not come
    for (const home of [first, second]) {
      const line = await says(home, ({ reason }) => reason === 'authorities-missing');
      expect(line).to.include({ level: 50, needed: 3, answering: 2, missing: third.name });
      expect((await waits(home))![0]!.detail).to.match(
        new RegExp(`^no block for .*: 2 of 3 needed answer; missing: ${third.name}$`),
      );
    }
    await start(third).ready();
    for (const home of [first, second]) {
      await says(home, ({ reason, level }) => reason === 'authorities-missing' && level === 40);
      expect(linesOf(home).filter(({ reason }) => reason === 'authorities-missing')).to.have.length(2);
      expect(await waits(home)).to.deep.equal([]);
    }
    await register(first);
  });
});
