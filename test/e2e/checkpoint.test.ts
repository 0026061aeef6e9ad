/** A new library that was given a wrong checkpoint: it says so, is not ready, and serves nothing. With real processes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '../../client/client.ts';
import { limits } from '../../core/limits.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { type LibraryHome, makeFederation } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { eventually } from './fixtures/eventually.ts';
import { newWallet } from './fixtures/reader.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';
import { isUnready } from './fixtures/unready.ts';

const WRONG = 'ab'.repeat(32);
/** Whoever can follow nobody serves what it has after `arrivalMs`; without the rule it was ready by then. */
const LONG_ENOUGH_MS = limits.arrivalMs + 3_000;

/** Slowly enough for a stranger's budget. */
const ASKED_EVERY_MS = 2_000;

describe('a new library with a checkpoint', () => {
  let folder: string;
  let members: readonly LibraryHome[];
  let joiner: LibraryHome;
  let right: { height: number; hash: string };
  const processes: LibraryProcess[] = [];

  before(async () => {
    folder = temporaryFolder('checkpoint');
    let drawn = 40;
    const { libraries } = makeFederation({
      folder,
      count: 4,
      authorities: 3,
      basePort: await freeBasePort(4),
      now: Date.now(),
      random: (length) => new Uint8Array(length).fill(++drawn),
    });
    members = libraries.slice(0, 3);
    joiner = libraries[3]!;
    await Promise.all(members.map((home) => start(home).ready()));
    const client = createClient({ url: members[0]!.api });
    for (let i = 0; i < 3; i++) await client.register(newWallet().publicKey);
    right = await client.status();
  });
  after(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    removeFolder(folder);
  });

  function start(home: LibraryHome, ...flags: readonly string[]): LibraryProcess {
    const started = new LibraryProcess(home, flags);
    processes.push(started);
    return started;
  }
  const log = (): string => readFileSync(join(joiner.home, 'library.log'), 'utf8');
  const ask = (path: string) => fetch(joiner.api + path).catch(() => undefined);

  for (const [what, checkpoint] of [
    ['names another block than the members have', (): string => `${right.height}:${WRONG}`],
    ['lies above all that they have', (): string => `${right.height + 1_000_000}:${WRONG}`],
  ] as const) {
    it(`node.not-ready: is not ready and serves nothing when it ${what}`, async () => {
      const process = start(joiner, '--checkpoint', checkpoint());
      await eventually('the API', async () => (await ask('/api/status'))?.ok);
      if (checkpoint().startsWith(`${right.height}:`)) {
        const said = await eventually(
          'the word',
          () => /^.*at the height of --checkpoint.*$/m.exec(log())?.[0],
        );
        expect(JSON.parse(said)).to.include({ level: 50, code: 'block.other-chain', height: right.height });
        expect(members.map(({ name }) => name)).to.include(JSON.parse(said).name);
      }
      const since = Date.now();
      let nextMs = since;
      await eventually('the time after which it would serve', async () => {
        const ready = await ask('/ready');
        expect(ready?.status).to.equal(503);
        expect(((await ready!.json()) as { reasons: string[] }).reasons).to.include('checkpoint');
        if (Date.now() < nextMs) return false;
        nextMs += ASKED_EVERY_MS;
        for (const path of [
          '/api/search?query=',
          '/api/members',
          `/api/register?public_key=${newWallet().publicKey}`,
        ]) {
          expect(await (await ask(path))!.json(), path).to.include({ type: 'node.not-ready' });
        }
        return Date.now() - since > LONG_ENOUGH_MS;
      });
      expect(await isUnready(joiner, 'checkpoint'), 'status and metrics say why').to.equal(true);
      const words = log().match(/at the height of --checkpoint/g) ?? [];
      expect(words.length, 'once of each member').to.be.at.most(members.length);
      await process.stop();
    });
  }

  it('is ready and serves with the right one', async () => {
    const process = start(joiner, '--checkpoint', `${right.height}:${right.hash}`);
    await process.ready();
    expect((await ask('/api/members'))?.status).to.equal(200);
    await process.stop();
  });
});
