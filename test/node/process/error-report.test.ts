import { expect } from 'chai';
import { Fault } from '../../../core/fault.ts';
import { errorReport } from '../../../node/process/error-report.ts';

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  code: 'ENOSPC',
  syscall: 'write',
});

describe('the report of an error that is not our mistake', () => {
  it('is one line, with the reason that the system gives', () => {
    expect(errorReport(new Fault('store.failed', 'The store could not write.', { cause: full }))).to.equal(
      'The store could not write: the disk is full (ENOSPC) (store.failed)',
    );
    expect(errorReport(full)).to.equal('the disk is full (ENOSPC)');
    const level = Object.assign(new Error('IO error:\n x'), { code: 'LEVEL_IO_ERROR' });
    expect(errorReport(new Fault('store.failed', 'not opened', { cause: level }))).to.equal(
      'not opened: IO error: x (store.failed)',
    );
    const denied = Object.assign(new Error('?'), { code: 'EACCES', syscall: 'open', path: '/x/node.key' });
    expect(errorReport(denied)).to.equal('/x/node.key: not allowed (EACCES)');
  });

  it('says nothing of a mistake of ours: that needs its stack', () => {
    expect(errorReport(new TypeError('x is not a function'))).to.equal(undefined);
    expect(errorReport('a string')).to.equal(undefined);
    expect(errorReport(new Fault('config.invalid', 'wrong', { cause: new TypeError('inner') }))).to.equal(
      'wrong (config.invalid)',
    );
  });
});
