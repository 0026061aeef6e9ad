import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { toHex } from '../../../core/bytes.ts';
import { checkState } from '../../../node/home/state-check.ts';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { openLevelStore } from '../../../store/level.ts';
import { genesisOf } from '../../chain/world.ts';
import { type Folder, makeFolder } from '../../store/folder.ts';
import { finalisedChain } from '../finalised-chain.ts';

const BLOCKS = 400;
const KEPT = 20;

describe('pruning a disk, killed', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => folder.remove());

  it('leaves a whole ledger whenever it dies, and comes to its end', async () => {
    const store = openLevelStore(folder.path);
    await store.start();
    const chain = await finalisedChain(store, 10);
    await chain.grow(BLOCKS, 1);
    const head = toHex(chain.ledger.head().hash);
    await store.stop();
    let base = 1;
    let kills = 0;
    while (!(await prunes(folder.path, 2 + (kills % 4)))) {
      kills += 1;
      const now = await look(folder.path, head);
      expect(now).to.be.at.least(base);
      base = now;
    }
    expect(kills).to.be.greaterThan(4);
    expect(await look(folder.path, head)).to.be.within(BLOCKS - KEPT - 15, BLOCKS - KEPT + 1);
  });
});

/** Kills it in the middle of what follows its `count`th write. @returns whether it came to its end before. */
async function prunes(path: string, count: number): Promise<boolean> {
  const child = spawn(process.execPath, [
    join(import.meta.dirname, 'pruning-process.ts'),
    path,
    String(KEPT),
  ]);
  const ended = once(child, 'close');
  let writes = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'done') break;
    writes += 1;
    if (writes === count) child.kill('SIGKILL');
  }
  const [code] = await ended;
  return code === 0;
}

/** The same head, its whole state, every block from the base on, and nothing below. @returns the base. */
async function look(path: string, head: string): Promise<number> {
  const store = openLevelStore(path);
  await store.start();
  const ledger = await Ledger.open(new BlockStore(store, 10), genesisOf({ blockIntervalMs: 0 }));
  expect(toHex(ledger.head().hash)).to.equal(head);
  expect((await checkState(store)).kind).to.equal('accept');
  const base = ledger.blocks.base();
  for (let height = 1; height <= BLOCKS; height++) {
    const row = ledger.blocks.at(height);
    const isThere = row !== undefined && ledger.blocks.bodyBytes(row.hash) !== undefined;
    expect(isThere, `block ${height}`).to.equal(height >= base);
  }
  await store.stop();
  return base;
}
