import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { utf8 } from '../../core/bytes.ts';
import { fromBigEndian } from '../../store/keyspaces.ts';
import { openLevelStore } from '../../store/level.ts';
import { type Folder, makeFolder } from './folder.ts';

const KILLS = 20;

describe('the store on disk, killed', () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await makeFolder();
  });

  afterEach(() => folder.remove());

  it(`has every acknowledged batch, whole, after each of ${KILLS} kills`, async () => {
    let acknowledged = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const last = await writeUntilKilled(folder.path, 1 + ((kill * 7) % 30));
      expect(last).to.be.greaterThan(acknowledged);
      acknowledged = last;
      const written = await inspect(folder.path, acknowledged);
      expect(written).to.be.at.least(acknowledged);
    }
  });
});

/** Kills the writer in the middle of what follows its `count`th acknowledgement. @returns the last number acknowledged. */
async function writeUntilKilled(path: string, count: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), path]);
  let seen = 0;
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    seen += 1;
    if (seen === count) child.kill('SIGKILL');
  }
  return last;
}

/** @returns the counter. Everything up to it must be there, and nothing of what would follow. */
async function inspect(path: string, acknowledged: number): Promise<number> {
  const store = openLevelStore(path);
  await store.start();
  const counter = fromBigEndian(store.get(utf8('counter'))!);
  for (let n = 1; n <= Math.max(counter, acknowledged); n++) {
    expect(store.get(utf8(`left ${n}`)), `left ${n}`).to.deep.equal(new Uint8Array(2_000).fill(n));
    expect(fromBigEndian(store.get(utf8(`right ${n}`))!), `right ${n}`).to.equal(n);
  }
  expect(store.get(utf8(`left ${counter + 1}`))).to.equal(undefined);
  expect(store.get(utf8(`right ${counter + 1}`))).to.equal(undefined);
  await store.stop();
  return counter;
}
