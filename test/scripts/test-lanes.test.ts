import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runLanes } from '../../scripts/test-lanes.ts';

/** Says that each file has passed once, but for those with such a name. */
const PROGRAM = `
process.on('message', ({ file }) => {
  if (file === undefined) process.exit();
  console.log(process.pid + ' runs ' + file);
  if (file.startsWith('dies')) process.exit(3);
  const failed = file.startsWith('fails') ? [file] : [];
  setTimeout(() => {
    process.stdout.write('\\0');
    const memory = file.startsWith('fills') ? 2 ** 31 : 2 ** 27;
    process.send({ passed: 1 - failed.length, skipped: 0, failed, times: { [file]: 1 }, memory });
  }, file.startsWith('slow') ? 1_000 : 10);
});
process.on('disconnect', () => process.exit());
`;

describe('tests in lanes', () => {
  let folder: string;
  let program: string;
  const shown: string[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-lanes-'));
    program = join(folder, 'lane.mjs');
    writeFileSync(program, PROGRAM);
  });
  beforeEach(() => void shown.splice(0));
  after(() => rmSync(folder, { recursive: true }));

  const run = (...lanes: readonly string[][][]) => runLanes(program, lanes, (text) => shown.push(text));
  const pidOf = (file: string) => /^\d+/.exec(shown.find((text) => text.endsWith(` runs ${file}\n`))!)![0];

  it('runs each file once, shows what each has printed in one piece, and adds up', async () => {
    const queue = ['a', 'b', 'fails', 'c', 'd'];
    const tally = await run([queue], [queue]);
    expect(tally).to.deep.include({ passed: 4, skipped: 0, failed: ['fails'] });
    expect(Object.keys(tally.times).sort()).to.deep.equal(['a', 'b', 'c', 'd', 'fails']);
    expect(shown.map((text) => text.replace(/^\d+ runs /, '')).sort()).to.deep.equal(
      ['a', 'b', 'c', 'd', 'fails'].map((file) => `${file}\n`),
    );
  });

  it('lets a lane that is done go on with what another one has not begun', async () => {
    const [own, other] = [['a'], ['slow', 'b', 'c']];
    await run([own, other], [other]);
    expect(pidOf('b')).to.equal(pidOf('a'));
    expect(pidOf('c')).to.equal(pidOf('a'));
    expect(pidOf('slow')).not.to.equal(pidOf('a'));
  });

  it('goes on in another process behind a file that has filled its memory', async () => {
    const { passed } = await run([['a', 'fills', 'b']]);
    expect(passed).to.equal(3);
    expect(pidOf('fills')).to.equal(pidOf('a'));
    expect(pidOf('b')).not.to.equal(pidOf('a'));
  });

  it('fails when a file ends its process, and runs the others all the same', async () => {
    const { passed, failed } = await run([['a', 'dies', 'b']]);
    expect(passed).to.equal(2);
    expect(failed).to.deep.equal(['dies has ended its process']);
    expect(shown.join('')).to.include(' runs dies\n');
  });
});
