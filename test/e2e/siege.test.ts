import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ForeignProcess } from './fixtures/foreign-process.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const PROGRAM = join(import.meta.dirname, '../../scripts/siege.ts');
/** Seconds, and little of everything: what is shown here is that the siege is one, and that it is held. */
const SMALL = [
  '--minutes',
  '0.5',
  '--files',
  '500',
  '--readers',
  '3',
  '--round-seconds',
  '5',
  '--strength',
  '0.1',
];

describe('four libraries are besieged while readers read', () => {
  let folder: string;
  let siege: ForeignProcess;

  before(async () => {
    folder = temporaryFolder('siege');
    siege = new ForeignProcess(process.execPath, [PROGRAM, ...SMALL, '--phase', 'attack'], {
      TMPDIR: folder,
    });
    await siege.exited();
  });
  after(async () => {
    await siege?.stop();
    removeFolder(folder);
  });

  it('every call of every reader succeeds, and the bytes are those of the books', () => {
    expect(siege.output, siege.output).to.match(/^ {2}read +[1-9]\d* +0 /m);
    expect(siege.output).not.to.match(/^missed: attack: /m);
  });

  it('every attack takes place', () => {
    expect(siege.output).not.to.include('nobody has attacked');
  });

  it('strangers who know the info hashes get no byte of a book', () => {
    expect(siege.output).to.include('strangers got 0 bytes of books');
    expect(siege.output).to.match(/ handshakes a second with info hashes of books/);
  });

  it('leaves nothing behind', () => {
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});
