/** A library brings what it owns, as its operator does: by command, over a kill, and twice. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createWallet } from '../../client/wallet.ts';
import { toHex } from '../../core/bytes.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { available, type Book, wealthyReader, writeBook } from './fixtures/reader.ts';

const SMALL = 40_000;
/** Long enough to be killed in the middle of. */
const LARGE = 60_000_000;

describe('the stock of a library', () => {
  let federation: Federation;
  let folder: string;
  let small: Book;
  let books: Book[];

  before(async () => {
    federation = await Federation.start({ count: 2, parameters: { attestations: 2, blockIntervalMs: 0 } });
    folder = join(federation.folder, 'books');
    const inner = join(folder, 'more');
    mkdirSync(inner, { recursive: true });
    small = await writeBook(folder, 'Small.pdf', SMALL);
    books = [
      small,
      await writeBook(inner, 'Large 1.pdf', LARGE),
      await writeBook(inner, 'Large 2.pdf', LARGE + 1),
    ];
    writeFileSync(join(folder, '.hidden'), 'no book');
  });
  after(async () => await federation?.stop());

  const add = (...words: string[]) => digitallib('stock', 'add', ...words, '--home', federation.home(1).home);

  it('is taken in though the library is killed in the middle, and another attests it', async () => {
    const killed = add(folder).catch((error) => error);
    const incoming = join(federation.home(1).home, 'archive', 'incoming');
    await eventually('bytes on their way', () => readdirSync(incoming).length > 0);
    await federation.process(1).kill();
    const { stderr } = (await killed) as { stderr: string };
    expect(stderr).to.match(/stopped meanwhile|no library answers/);
    await federation.restart(1);
    expect(readdirSync(incoming)).to.deep.equal([]);
    const told = await add(folder);
    expect(told.split('\n').at(-1)).to.match(/^3 files: \d taken in, \d known already, \d waits, 0 refused$/);
    for (const { hash } of books) await available(federation.at(2), hash);
  });

  it('is known already when it is brought again', async () => {
    const told = await add(folder, small.path);
    expect(told).to.include(`known already ${small.path}`);
    expect(told.split('\n').at(-1)).to.equal('4 files: 0 taken in, 4 known already, 0 waits, 0 refused');
  });

  it('is bought and read like any book, and its bringer is no reader', async () => {
    const library = federation.at(2);
    const reader = await wealthyReader(library, federation.folder, SMALL);
    await library.download(reader, small.hash);
    const own = createWallet(federation.home(1).seed);
    expect(await library.isRegistered(own.publicKey)).to.equal(false);
    expect(await library.account(own), 'nobody is credited').to.include({ tokens: 0n, uploaded: 0n });
    expect(await library.account(reader)).to.include({ tokens: 0n });
    const file = await library.file(small.hash);
    expect(file).to.include({ filename: 'Small.pdf', size: BigInt(SMALL) });
    expect(
      JSON.stringify(file, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.to.include(toHex(federation.home(1).key));
  });

  it('says what is wrong with a file, and that it has not taken all', async () => {
    const empty = await writeBook(federation.folder, 'Empty.pdf', 1);
    writeFileSync(empty.path, '');
    const failed = await add(empty.path, small.path).catch((error) => error);
    expect(failed).to.include({ code: 1 });
    expect(failed.stdout).to.match(/refused .*Empty\.pdf: .*\(file\.empty\)/);
    expect(failed.stdout).to.include('2 files: 0 taken in, 1 known already, 0 waits, 1 refused');
    const stopped = await digitallib(
      'stock',
      'add',
      small.path,
      '--home',
      join(federation.folder, 'no home'),
    ).catch((error) => error);
    expect(stopped.stderr).to.include('no library answers');
  });
});
