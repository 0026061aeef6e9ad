import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openLevelStore } from '../../store/level.ts';
import { expectFault } from '../contracts/fault.ts';
import { storeContract } from '../contracts/store.ts';
import { type Folder, makeFolder } from './folder.ts';

describe('the store on disk', () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await makeFolder();
  });

  afterEach(() => folder.remove());

  describe('as every store', () => {
    storeContract(async () => {
      const path = join(folder.path, 'store');
      return { store: openLevelStore(path), again: () => openLevelStore(path) };
    });
  });

  it('answers store.locked while another process holds it, and says so', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), folder.path]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const fault = await expectFault('store.locked', () => openLevelStore(folder.path).start());
    expect(fault.message).to.contain('Another process is using the store').and.to.contain(folder.path);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    const store = openLevelStore(folder.path);
    await store.start();
    await store.stop();
  });

  it('answers store.failed when the folder cannot be one', async () => {
    const path = join(folder.path, 'file');
    await writeFile(path, 'not a folder');
    await expectFault('store.failed', () => openLevelStore(path).start());
    await mkdir(join(folder.path, 'other', 'CURRENT'), { recursive: true });
    await expectFault('store.failed', () => openLevelStore(join(folder.path, 'other')).start());
  });
});
