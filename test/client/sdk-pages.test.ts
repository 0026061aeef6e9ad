import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { START, startLibrary, type TinyLibrary } from '../rpc/tiny-library.ts';
import { SdkProject } from '../scripts/sdk-project.ts';
import { runPage } from './run-page.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the pages of the SDK', () => {
  let library: TinyLibrary;
  let project: SdkProject;

  beforeEach(async () => {
    library = await startLibrary({}, undefined, 1, { mode: 'open', isFreeHere: true });
    library.advance(Date.now() - START); // programs of readers ask the clock of the machine
    project = new SdkProject();
  });
  afterEach(async () => {
    project.remove();
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  it('README of the package: its program does what it says', async () => {
    const printed = await runPage(join(ROOT, 'client/README.md'), project.folder, library.url);
    expect(printed).to.match(/^registered [0-9a-f]{64} may read \d+ bytes now$/m);
    expect(printed).to.match(/^the library has it$/m);
    expect(printed).to.match(/^bought ishmael\.txt \d+ bytes$/m);
    expect(readFileSync(join(project.folder, 'bought.torrent'), 'utf8')).to.match(
      /^v1 torrent of [0-9a-f]{64}/,
    );
  });
});
