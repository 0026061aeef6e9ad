/** `stock add`, as its operator sees it: a running library stands behind the socket, and says what the test wants. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { addStockCommand } from '../../cli/commands/stock.ts';
import { Fault } from '../../core/fault.ts';
import { AdminSocket, adminSocketPath, type StockAnswer } from '../../node/operator/admin-socket.ts';
import { LogInMemory } from '../tracker/world.ts';

describe('stock add', () => {
  let home: string;
  let books: string;
  let hasFailed: boolean;
  let asked: string[];
  let answer: StockAnswer;
  let admin: AdminSocket | undefined;
  let server: Server | undefined;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'digitallib-stock-'));
    books = join(home, 'books');
    mkdirSync(books);
    hasFailed = false;
    asked = [];
    answer = { outcome: 'taken' };
  });
  afterEach(async () => {
    await admin?.stop();
    server?.close();
    admin = server = undefined;
    rmSync(home, { recursive: true, force: true });
  });

  const listen = async (): Promise<void> => {
    const none = (): never => expect.fail('nobody asks for that');
    const ports = { store: {} as never, log: new LogInMemory(), readerCodes: { make: none }, operate: none };
    const stock = async ({ path }: { readonly path: string }) => {
      asked.push(path);
      return answer;
    };
    admin = new AdminSocket({ ...ports, stock }, home);
    await admin.start();
  };
  const add = async (...files: string[]): Promise<string[]> => {
    const said: string[] = [];
    const program = new Command().exitOverride();
    addStockCommand(program, {
      say: (text) => void said.push(text),
      failed() {
        hasFailed = true;
      },
    });
    await program.parseAsync(['stock', 'add', ...files, '--home', home], { from: 'user' });
    return said.map((one) => one.replace(/^\[\d+\/\d+\] /, '')).sort();
  };
  const fault = async (...files: string[]): Promise<Fault> => {
    const error: unknown = await add(...files).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Fault);
    return error as Fault;
  };
  const book = (folder: Buffer | string, name: string): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(Buffer.concat([Buffer.from(folder), Buffer.from(`/${name}`)]), name);
  };

  it('goes on behind a folder, or a name, that cannot be read: each is one line', async () => {
    await listen();
    book(books, 'Good.pdf');
    book(Buffer.concat([Buffer.from(`${books}/bad `), Buffer.of(0xff)]), 'Lost.pdf');
    writeFileSync(Buffer.concat([Buffer.from(`${books}/`), Buffer.of(0xfe), Buffer.from('.pdf')]), 'bytes');
    book(join(books, 'more'), 'Other.pdf');
    const said = await add(join(books, 'none'), books);
    expect(asked).to.have.members([join(books, 'Good.pdf'), join(books, 'more', 'Other.pdf')]);
    const refused = said.filter((line) => line.startsWith('refused'));
    expect(refused).to.have.length(3);
    expect(refused.filter((line) => line.includes('is not UTF-8'))).to.have.length(2);
    expect(refused.filter((line) => /none: ENOENT/.test(line))).to.have.length(1);
    expect(said).to.include('5 files: 2 taken in, 0 known already, 0 waits, 3 refused');
    expect(hasFailed).to.equal(true);
  });

  it('refuses at once what is named and is neither a file nor a folder: it may have no end', async () => {
    await listen();
    const pipe = join(home, 'pipe');
    execFileSync('mkfifo', [pipe]);
    book(books, 'Good.pdf');
    const said = await add(pipe, '/dev/zero', books);
    expect(said).to.include(`refused ${pipe}: it is not a file`);
    expect(said).to.include('refused /dev/zero: it is not a file');
    expect(asked).to.deep.equal([join(books, 'Good.pdf')]);
  });

  it('prints the hash of what is known already, as of what is taken in', async () => {
    await listen();
    book(books, 'Good.pdf');
    for (const outcome of ['taken', 'known'] as const) {
      answer = { outcome };
      expect(
        (await add(books)).some((line) => /Good\.pdf: [0-9a-f]{64}$/.test(line)),
        outcome,
      ).to.equal(true);
    }
  });

  it('says of a path that is too long for the socket that it is, and goes on', async () => {
    await listen();
    book(books, 'Good.pdf');
    let folder = books;
    // Six characters each in JSON.
    while (folder.length < 2_000) folder = join(folder, '\u0001'.repeat(200));
    book(folder, 'Deep.pdf');
    const said = await add(books);
    expect(said.filter((line) => /Deep\.pdf: its path is too long/.test(line))).to.have.length(1);
    expect(asked).to.deep.equal([join(books, 'Good.pdf')]);
  });

  it('store.closed: ends with one sentence when the library does, killed or stopped', async () => {
    book(books, 'Good.pdf');
    server = createServer({ pauseOnConnect: true }, (socket) => setTimeout(() => socket.destroy(), 50)); // unread: a reset
    await new Promise<void>((listening) => server!.listen(adminSocketPath(home), listening));
    expect(await fault(books)).to.include({ code: 'store.closed' });
    server.close();
    await listen();
    answer = { outcome: 'refused', code: 'node.not-ready' };
    expect(await fault(books)).to.include({ code: 'store.closed' });
  });
});
