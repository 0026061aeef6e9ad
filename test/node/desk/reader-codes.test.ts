import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { addReaderCodesCommand } from '../../../cli/commands/reader-codes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import { accept, ignore, reject } from '../../../core/verdict.ts';
import { ReaderCodes } from '../../../node/desk/reader-codes.ts';
import { AdminSocket } from '../../../node/operator/admin-socket.ts';
import { systemRandom as random } from '../../../node/process/system.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { silentLog as log } from '../../catalogue/silent-log.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';

const DAY_MS = 86_400_000;

const [ANN, BEN] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

describe('reader codes', () => {
  let home: string;
  let clock: MovingClock;
  let codes: ReaderCodes;
  const file = (): string => join(home, 'reader-codes.json');
  const opened = (): ReaderCodes => new ReaderCodes({ clock, random }, home);

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'digitallib-codes-'));
    clock = movingClock();
    codes = opened();
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('serve one key each, also after a restart', async () => {
    const [one, two] = await codes.make(2, DAY_MS);
    const spent = await codes.spend(one!, ANN);
    expect(await codes.spend(one!, BEN)).to.equal(undefined);
    await spent!.settle(accept());
    expect(await codes.spend(one!, ANN), 'used up').to.equal(undefined);
    codes = opened();
    expect(await codes.spend(one!, ANN)).to.equal(undefined);
    expect(await codes.spend(two!, BEN)).not.to.equal(undefined);
    expect(await opened().spend(two!, ANN)).to.equal(undefined);
  });

  it('go on with their key when the library is killed on the way, and with no other', async () => {
    const [one] = await codes.make(1, DAY_MS);
    await codes.spend(one!, ANN); // and it is killed
    codes = opened();
    expect(await codes.spend(one!, BEN)).to.equal(undefined);
    const again = await codes.spend(one!, ANN);
    await again!.settle(reject('card.node-cap'));
    expect(await codes.spend(one!, BEN), 'what was sent before may still come').to.equal(undefined);
    await (await codes.spend(one!, ANN))!.settle(accept());
    expect(await opened().spend(one!, ANN)).to.equal(undefined);
  });

  it('stay with their key while what was sent may yet become final', async () => {
    const [one] = await codes.make(1, DAY_MS);
    await (await codes.spend(one!, ANN))!.settle(reject('node.finality-timeout'));
    expect(await codes.spend(one!, BEN)).to.equal(undefined);
    expect(await opened().spend(one!, ANN)).not.to.equal(undefined);
  });

  it('serve one of two keys that come at a time', async () => {
    const [one] = await codes.make(1, DAY_MS);
    const both = await Promise.all([codes.spend(one!, ANN), codes.spend(one!, BEN)]);
    expect(both.filter((spent) => spent !== undefined)).to.have.length(1);
  });

  it('are not given back by one of several calls of a key while another is under way', async () => {
    const [one] = await codes.make(1, DAY_MS);
    const [first, second] = await Promise.all([codes.spend(one!, ANN), codes.spend(one!, ANN)]);
    await second!.settle(ignore('register.already-known'));
    expect(await codes.spend(one!, BEN)).to.equal(undefined);
    await first!.settle(accept());
    expect(await codes.spend(one!, ANN)).to.equal(undefined);
  });

  it('serve anybody again when nothing came of it', async () => {
    const [one] = await codes.make(1, DAY_MS);
    await (await codes.spend(one!, ANN))!.settle(reject('pool.full'));
    expect(await opened().spend(one!, BEN)).not.to.equal(undefined);
  });

  it('are on the disk as hashes before anybody is told, and for the owner alone', async () => {
    const made = await codes.make(3, DAY_MS);
    const text = readFileSync(file(), 'utf8');
    expect(Object.keys(JSON.parse(text).codes)).to.have.length(3);
    for (const code of made) expect(text).not.to.include(code);
  });

  it('are read as people write them', async () => {
    const [one, two] = await codes.make(2, DAY_MS);
    expect(one).to.match(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    expect(await codes.spend(one!.toUpperCase().replaceAll('-', ' '), ANN)).not.to.equal(undefined);
    expect(await codes.spend(two!.replaceAll('0', 'O').replaceAll('1', 'l'), ANN)).not.to.equal(undefined);
  });

  it('expire, and leave room then', async () => {
    const [one] = await codes.make(limits.readerCodesMax, DAY_MS);
    const refused = await codes.make(1, DAY_MS).catch((error: Fault) => error.code);
    expect(refused).to.equal('config.invalid');
    clock.pass(DAY_MS + 1);
    expect(await codes.spend(one!, ANN)).to.equal(undefined);
    expect(await codes.make(1, DAY_MS)).to.have.length(1);
  });

  it('are refused when their file is none', () => {
    writeFileSync(file(), '{}');
    expect(opened).to.throw(Fault, 'is not a file of reader codes');
  });

  it('are made by a command, for a library that runs', async () => {
    const store = createMemoryStore();
    const operate = async () => ({ result: null });
    const stock = async () => ({ outcome: 'busy' as const });
    const admin = new AdminSocket({ store, log, readerCodes: codes, stock, operate }, home);
    await admin.start();
    const run = async (...rest: string[]): Promise<string> => {
      const said: string[] = [];
      const program = new Command().exitOverride().configureOutput({ writeErr() {} });
      addReaderCodesCommand(program, (text) => said.push(text));
      await program.parseAsync(['reader-codes', '--home', home, ...rest], { from: 'user' });
      return said.join('\n');
    };
    const made = (await run('--count', '200', '--days', '7')).split('\n');
    expect(made).to.have.length(200);
    expect(await codes.spend(made.at(-1)!, ANN)).not.to.equal(undefined);
    expect(await run('--days', '1000').catch((error: Fault) => error.code)).to.equal('config.invalid');
    await admin.stop();
    expect(await run().catch((error: Fault) => error.message)).to.include('no library answers in');
  });
});
