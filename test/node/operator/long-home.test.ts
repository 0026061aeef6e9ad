import { mkdir, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DeepStore } from '../../../core/ports.ts';
import { AdminSocket, adminSocketPath, makeReaderCodes } from '../../../node/operator/admin-socket.ts';
import { silentLog } from '../../catalogue/silent-log.ts';
import { makeFolder } from '../../store/folder.ts';

/** Its answers are made of nothing that is stored. */
const NO_STORE = undefined as unknown as DeepStore;

describe('a library whose home has a long path', () => {
  it('is reached by its operator at the socket in it, and leaves no link behind', async () => {
    const folder = await makeFolder();
    const home = join(folder.path, 'a'.repeat(100), 'b'.repeat(100));
    await mkdir(home, { recursive: true });
    const links = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('dl-'));
    const before = await links();
    const admin = new AdminSocket(
      {
        store: NO_STORE,
        log: silentLog,
        readerCodes: { make: async (count) => Array.from({ length: count }, () => 'code') },
        stock: async () => ({ outcome: 'busy' }),
        operate: async () => ({ result: null }),
      },
      home,
    );
    expect(await makeReaderCodes(home, { count: 1, days: 1 })).to.equal(undefined);
    await admin.start();
    try {
      expect((await stat(adminSocketPath(home))).mode & 0o777).to.equal(0o600);
      expect(await makeReaderCodes(home, { count: 2, days: 1 })).to.deep.equal(['code', 'code']);
    } finally {
      await admin.stop();
    }
    expect(await readdir(home)).to.deep.equal([]);
    expect(await makeReaderCodes(home, { count: 1, days: 1 })).to.equal(undefined);
    expect((await links()).filter((name) => !before.includes(name))).to.deep.equal([]);
    await folder.remove();
  });
});
