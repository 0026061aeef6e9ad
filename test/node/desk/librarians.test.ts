import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import { Librarians } from '../../../node/desk/librarians.ts';
import { keyOf } from '../../chain/world.ts';
import { LogInMemory } from '../../tracker/world.ts';

describe('the list of librarians', () => {
  let home: string;
  let log: LogInMemory;
  const [ann, bob] = [keyOf('ann'), keyOf('bob')];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'digitallib-librarians-'));
    log = new LogInMemory();
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const write = (text: string): void => writeFileSync(join(home, 'librarians.json'), text);
  const list = (...keys: Uint8Array[]): string =>
    JSON.stringify({ version: 1, librarians: keys.map((key) => ({ key: toHex(key), name: 'A person' })) });
  const answer = (librarians: Librarians, key: Uint8Array): string => {
    const verdict = librarians.knows(key);
    return verdict.kind === 'reject' ? verdict.code : verdict.kind;
  };

  it('is nobody when there is none, and is read again whenever it has changed', () => {
    const librarians = new Librarians(home, log);
    expect(answer(librarians, ann)).to.equal('desk.not-a-librarian');
    write(list(ann));
    expect(answer(librarians, ann)).to.equal('accept');
    expect(answer(librarians, bob)).to.equal('desk.not-a-librarian');
    write(list(ann, bob));
    expect(answer(librarians, bob)).to.equal('accept');
    rmSync(join(home, 'librarians.json'));
    expect(answer(librarians, ann)).to.equal('desk.not-a-librarian');
  });

  it('desk.closed: a file that is wrong stops no running library; nobody is one until it is mended, and the log says why', () => {
    write(list(ann));
    const librarians = new Librarians(home, log);
    for (const wrong of [
      '{',
      '[]',
      '{"version":1,"librarians":[{"key":"AB","name":"x"}]}',
      ' '.repeat(70_000),
    ]) {
      write(wrong);
      expect(answer(librarians, ann), wrong.slice(0, 20)).to.equal('desk.closed');
      expect(answer(librarians, bob), 'a stranger learns nothing').to.equal('desk.not-a-librarian');
    }
    expect(JSON.stringify(log)).to.include('nobody is a librarian until the list is mended');
    write(list(ann));
    expect(answer(librarians, ann)).to.equal('accept');
  });

  it('is read again when it was changed in place, with the size and the time that it had', async () => {
    const path = join(home, 'librarians.json');
    write(list(ann));
    utimesSync(path, 1_000, 1_000);
    const librarians = new Librarians(home, log);
    expect(answer(librarians, ann)).to.equal('accept');
    await sleep(50); // file systems count in ticks
    write(list(bob));
    utimesSync(path, 1_000, 1_000);
    expect(answer(librarians, ann)).to.equal('desk.not-a-librarian');
    expect(answer(librarians, bob)).to.equal('accept');
  });

  it('may begin with a byte order mark', () => {
    write(`\ufeff${list(ann)}`);
    expect(answer(new Librarians(home, log), ann)).to.equal('accept');
  });

  it('config.invalid: no library starts with a file that is wrong, and it says which and what', () => {
    write('{"version":1,"librarians":[{"key":"AB","name":"x"}]}');
    expect(() => new Librarians(home, log)).to.throw(Fault, /librarians\.json.*librarians\.0\.key/);
    write(list(...Array.from({ length: limits.librariansMax + 1 }, (_, index) => keyOf(`many ${index}`))));
    expect(() => new Librarians(home, log)).to.throw(Fault);
  });
});
