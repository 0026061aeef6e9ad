import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openInvitations } from '../../../node/cards/invitations.ts';
import { systemRandom as random } from '../../../node/process/system.ts';
import { movingClock } from '../moving-clock.ts';

const DAY_MS = 86_400_000;

describe('invitations to a card', () => {
  let home: string;
  let errors: string[];
  const clock = movingClock();
  const open = () =>
    openInvitations({ clock, random, log: { error: (message) => void errors.push(message) } }, home);

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'digitallib-invitations-'));
    errors = [];
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('are good over a restart', async () => {
    const [code] = await open().make(1, DAY_MS);
    expect(await open().spend(code!, new Uint8Array(32))).not.to.equal(undefined);
    expect(errors).to.deep.equal([]);
  });

  it('keep no library from starting when their file is damaged: it is put aside as it was, and new ones are good', async () => {
    const [lost] = await open().make(1, DAY_MS);
    for (const damaged of ['', '{"version":1', '{"version":1,"codes":[]}', 'x'.repeat(100)]) {
      errors = [];
      writeFileSync(join(home, 'card-codes.json'), damaged);
      clock.pass(1);
      const codes = open();
      expect(errors, damaged).to.have.length(1);
      expect(await codes.spend(lost!, new Uint8Array(32))).to.equal(undefined);
      const [code] = await codes.make(1, DAY_MS);
      expect(await open().spend(code!, new Uint8Array(32))).not.to.equal(undefined);
      const aside = readdirSync(home).filter((name) => name.startsWith('card-codes.json.damaged-'));
      expect(aside.map((name) => readFileSync(join(home, name), 'utf8'))).to.include(damaged);
    }
  });

  it('keep none from starting when there is something else by their name', async () => {
    mkdirSync(join(home, 'card-codes.json'));
    expect(await open().make(1, DAY_MS)).to.have.length(1);
    expect(errors).to.have.length(1);
  });
});
