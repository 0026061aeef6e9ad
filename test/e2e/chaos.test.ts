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
  'stop-a-minute': 'a library stands still for a minute',
  cut: 'a library is cut off from the others',
  'one-way': 'a library is not heard by another one, but hears it',
  flap: 'a link goes up and down',
  weather: 'everything comes late, in pieces that were lost, or breaks off',
  'disk-full': 'store.failed: a library whose disk is full says so and stops; with room it comes back',
  'two-on-one-home': 'store.locked: a second process on the home of a running library refuses',
  'clock-ahead': 'the clock of a library is ten minutes ahead',
  'clock-behind': 'the clock of a library is ten minutes behind',
  'two-versions':
    'an upgrade that one library misses: old and new programs side by side, before and after its height',
};
/** What proxies between plain processes can do as well as namespaces. */
const BY_PROXIES = ['cut', 'one-way', 'weather'];

describe('four libraries are broken while readers buy', () => {
  const chaos = setUp(['--once', '--seed', '1']);

  for (const [name, what] of Object.entries(FAULTS)) {
    it(`the others go on, and it catches up: ${what}`, function () {
      skipIf(this, new RegExp(`^skipped ${name}: (.*)$`, 'm').exec(chaos().output)?.[1]);
      expect(chaos().output, chaos().output).to.match(new RegExp(`^fault ${name}: `, 'm'));
    });
  }

  it('in the end every acknowledged purchase is at every library, and none is there twice', () =>
    endsWell(chaos()));
});

describe('four libraries are plain processes with proxies between them, which are broken', () => {
  const chaos = setUp(['--once', '--plain', '--only', BY_PROXIES.join(','), '--seed', '2']);

  for (const name of BY_PROXIES) {
    it(`the others go on, and it catches up: ${FAULTS[name]}`, () => {
      expect(chaos().output, chaos().output).to.match(new RegExp(`^fault ${name}: `, 'm'));
    });
  }

  it('in the end every acknowledged purchase is at every library, and none is there twice', () =>
    endsWell(chaos()));
});

/** @param args - of scripts/chaos.ts. @returns the run, which has ended when a test asks for it. */
function setUp(args: readonly string[]): () => ForeignProcess {
  let folder: string;
  let chaos: ForeignProcess;
  before(async () => {
    folder = temporaryFolder('chaos');
    chaos = new ForeignProcess(process.execPath, [PROGRAM, ...args], { TMPDIR: folder });
    await chaos.exited();
  });
  after(async () => {
    await chaos?.stop();
    removeFolder(folder);
  });
  return () => chaos;
}

async function endsWell(chaos: ForeignProcess): Promise<void> {
  expect(chaos.output, chaos.output).to.include(
    'verdict: every acknowledged purchase is everywhere, none twice',
  );
  expect(chaos.output).to.match(/, [1-9]\d* purchases acknowledged/);
  expect(await chaos.exited()).to.equal(0);
}
