import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '../../client/index.ts';
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

  it('docs/sdk.md: its programs do what they say, in order', async () => {
    const page = join(ROOT, 'docs/sdk.md');
    const programs = readFileSync(page, 'utf8').matchAll(/^```js ([\w.-]+)\n(.*?)^```$/gms);
    const printed: Record<string, string> = {};
    const { chain } = await createClient({ url: library.url }).status();
    const environment = { LIBRARY: library.url, CHAIN: chain.id };
    for (const [, name, text] of programs) {
      project.write(name!, text!);
      printed[name!] = await project.run([name!], environment);
    }
    expect(printed['account.mjs']).to.equal('true 0n 2500n\n');
    expect(printed['upload.mjs']).to.match(/^30000 of 30000 bytes\nanna\.txt\.torrent\n$/m);
    expect(printed['events.mjs']).to.match(/^available \S+/);
    expect(printed['cancel.mjs']).to.equal("[ 'anna.txt' ]\nthe page was left\nfile.unknown 404\n");
  });
});
