import { join } from 'node:path';
import { expect } from 'chai';
import type { ForeignProcess } from './fixtures/foreign-process.ts';
import { namespaceMissing, runInNamespace } from './fixtures/namespace.ts';
import { skipIf } from './fixtures/skip.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';
import { transmission } from './fixtures/transmission.ts';

const PROGRAM = join(import.meta.dirname, 'fixtures/transmission-program.ts');

describe('Transmission, in a network of its own', () => {
  let folder: string;
  let program: ForeignProcess | undefined;

  before(function () {
    skipIf(this, transmission.missing() ?? namespaceMissing());
    folder = temporaryFolder('namespace');
  });
  after(async () => {
    await program?.stop();
    removeFolder(folder);
  });

  it('downloads a bought file, and is refused by right.missing, pass.expired, pass.other-file, pass.forged, pass.malformed', async () => {
    program = runInNamespace(PROGRAM, folder);
    expect(await program.exited(), program.output).to.equal(0);
    expect(program.output.trim().split('\n')).to.deep.equal([
      'downloaded',
      'refused right.missing',
      'refused pass.expired',
      'refused pass.other-file',
      'refused pass.forged',
      'refused pass.malformed',
    ]);
  });
});
