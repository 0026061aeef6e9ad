import { globSync } from 'node:fs';
import { expect } from 'chai';
import { FIRST, filesOf, queues, ROOT } from '../../scripts/test-files.ts';

describe('the files of tests', () => {
  it('are each in one queue, once', () => {
    const { working, waiting } = queues();
    const all = globSync('test/**/*.test.ts', { cwd: ROOT });
    expect([...working, ...waiting].sort()).to.deep.equal(all.sort());
    expect(waiting).to.deep.equal(filesOf('e2e'));
  });

  it('that come first are there, and in front', () => {
    const { working, waiting } = queues();
    const isFirst = (file: string): boolean => FIRST.includes(file);
    expect([...waiting, ...working].filter(isFirst)).to.deep.equal(FIRST);
    expect(waiting.findLastIndex(isFirst)).to.equal(waiting.filter(isFirst).length - 1);
    const slow = working.filter((file) => file.startsWith('test/sim/'));
    expect(working.slice(-slow.length), 'the quick ones before').to.deep.equal(slow);
    expect(slow.findLastIndex(isFirst)).to.equal(slow.filter(isFirst).length - 1);
  });
});
