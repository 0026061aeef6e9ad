import { join } from 'node:path';
import { expect } from 'chai';
import { ForeignProcess } from './fixtures/foreign-process.ts';
import { skipIf } from './fixtures/skip.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const PROGRAM = join(import.meta.dirname, '../../scripts/chaos.ts');

/** By the name that scripts/chaos/faults.ts has for each. */
const FAULTS: Readonly<Record<string, string>> = {
  kill: 'a library is killed and started again',
  'kill-two': 'two are killed at once, so that there is no quorum until they are back',
  stop: 'a library stands still for a while',
  cut: 'a library is cut off from the others',
  'one-way': 'a library is not heard by another one, but hears it',
  flap: 'a cable has a loose contact',
  netem: 'packets come late, in another order, or not at all',
  'disk-full': 'store.failed: a library whose disk is full says so and stops; with room it comes back',
  'two-on-one-home': 'store.locked: a second process on the home of a running library refuses',
  'clock-ahead': 'the clock of a library is ten minutes ahead',
  'clock-behind': 'the clock of a library is ten minutes behind',
  'two-versions': 'a library runs another version',
};

describe('four libraries are broken while readers buy', () => {
  let folder: string;
  let chaos: ForeignProcess;

  before(async () => {
    folder = temporaryFolder('chaos');
    chaos = new ForeignProcess(process.execPath, [PROGRAM, '--once', '--seed', '1'], { TMPDIR: folder });
    await chaos.exited();
  });
  after(async () => {
    await chaos?.stop();
    removeFolder(folder);
  });

  for (const [name, what] of Object.entries(FAULTS)) {
    it(`the others go on, and it catches up: ${what}`, function () {
      skipIf(this, new RegExp(`^skipped ${name}: (.*)$`, 'm').exec(chaos.output)?.[1]);
      expect(chaos.output).to.match(new RegExp(`^fault ${name}: `, 'm'));
    });
  }

  it('in the end every acknowledged purchase is at every library, and none is there twice', async () => {
    expect(chaos.output).to.include('verdict: every acknowledged purchase is everywhere, none twice');
    expect(chaos.output).to.match(/, [1-9]\d* purchases acknowledged/);
    expect(await chaos.exited()).to.equal(0);
  });
});
