/** Two libraries that must both attest, and a librarian at the second who looks at uploads first. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Client } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { available, newReader, newWallet, sameBytes, writeBook } from './fixtures/reader.ts';

describe('a library whose librarian looks at uploads first', () => {
  let federation: Federation;
  let auto: Client;
  let manual: Client;
  let home: string;
  /** Of the library that is asked. */
  let key: string;
  const librarian = newWallet();

  before(async () => {
    federation = await Federation.start({
      count: 2,
      parameters: { attestations: 2 },
      flagsOf: (number) => (number === 2 ? ['--review', 'manual'] : []),
    });
    [auto, manual] = [federation.at(1), federation.at(2)];
    home = federation.home(2).home;
    key = Buffer.from(federation.home(2).key).toString('hex');
  });
  after(async () => await federation?.stop());

  const bring = async (client: Client, name: string) => {
    const reader = await newReader(client);
    const book = await writeBook(federation.folder, name, 300_000);
    const blob = new Blob([readFileSync(book.path)]);
    return { reader, book, uploaded: await client.uploadFile(reader, blob, name) };
  };
  const bytesAt = (hash: string) => join(home, 'archive', hash, 'data');
  const isThere = (path: string): boolean => {
    try {
      readFileSync(path);
      return true;
    } catch {
      return false;
    }
  };
  const codeOf = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'done',
      (error: unknown) => (error instanceof ClientError ? error.code : String(error)),
    );

  it('what a reader brings waits, over a kill as well, and becomes available once it is accepted', async () => {
    const { reader, book, uploaded } = await bring(manual, 'Waits.bin');
    expect(uploaded.facts?.state).to.equal('in-review');
    await federation.process(2).kill();
    await federation.restart(2);
    expect((await manual.uploadState(reader, book.hash)).state).to.equal('in-review');
    const list = await digitallib('review', 'list', '--home', home);
    expect(list).to.include(`${book.hash}  Waits.bin`).and.to.include(reader.publicKey);
    const copy = join(federation.folder, 'copy.bin');
    await digitallib('review', 'show', book.hash, '--to', copy, '--home', home);
    expect(await sameBytes(copy, book)).to.equal(true);
    expect(await codeOf(auto.file(book.hash))).to.equal('file.unknown');
    const [, mark = ''] = /^ {2}mark {3}([0-9a-f]{32})$/m.exec(list) ?? [];
    const accept = (seen: string) =>
      digitallib('review', 'accept', book.hash, '--mark', seen, '--home', home);
    expect(String(await accept('00'.repeat(16)).catch((error) => error))).to.include('not what was shown');
    expect(await accept(mark)).to.equal(`accepted ${book.hash}`);
    await available(manual, book.hash);
    expect((await manual.account(reader)).tokens).to.equal(300_000n);
    expect(await digitallib('review', 'list', '--home', home)).to.match(/^Nothing waits for a review\./);
  });

  it('upload.declined: what is declined reaches no ledger, its bytes go, and its reader reads why', async () => {
    const { reader, book } = await bring(manual, 'Junk.bin');
    expect(isThere(bytesAt(book.hash))).to.equal(true);
    const declined = await digitallib(
      ...['review', 'decline', book.hash, '--reason', 'Seen before.', '--home', home],
    );
    expect(declined).to.equal(`declined ${book.hash}  Junk.bin`);
    const state = await manual.uploadState(reader, book.hash);
    expect(state).to.include({ state: 'refused', code: 'upload.declined', reason: 'Seen before.' });
    expect(isThere(bytesAt(book.hash))).to.equal(false);
    const again = manual.uploadFile(reader, new Blob([readFileSync(book.path)]), book.name);
    const refusal = await again.catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(ClientError).and.to.have.property('code', 'upload.declined');
    expect(String(refusal)).to.include('Seen before.');
    expect(await codeOf(auto.file(book.hash))).to.equal('file.unknown');
  });

  it('what the other library has sponsored waits for a librarian, who signs by HTTP; a key that is not listed is refused', async () => {
    const { book } = await bring(auto, 'From elsewhere.bin');
    const desk = manual.desk(librarian, key);
    expect(await codeOf(desk.reviewList())).to.equal('desk.not-a-librarian');
    const list = { version: 1, librarians: [{ key: librarian.publicKey, name: 'Ada' }] };
    writeFileSync(join(home, 'librarians.json'), JSON.stringify(list));
    const waiting = await eventually('it waits', async () => {
      const page = await desk.reviewList();
      return page.waiting.find(({ hash }) => hash === book.hash);
    });
    expect(waiting).to.include({ brought: false, filename: 'From elsewhere.bin' });
    expect(waiting.by).to.equal(Buffer.from(federation.home(1).key).toString('hex'));
    expect(waiting.same_size.map(({ filename }) => filename)).to.include('Waits.bin');
    expect(await codeOf(manual.file(book.hash))).to.equal('file.not-available');
    expect(await codeOf(manual.desk(newWallet(), key).reviewAccept(book.hash, waiting))).to.equal(
      'desk.not-a-librarian',
    );
    await desk.reviewAccept(book.hash, waiting);
    await available(auto, book.hash);
  });

  it('what the other library has sponsored is not attested when it is declined, and not fetched again', async () => {
    const { book } = await bring(auto, 'Not here.bin');
    await eventually('it waits', async () =>
      (await digitallib('review', 'list', '--home', home)).includes(book.hash),
    );
    await digitallib('review', 'decline', book.hash, '--home', home);
    expect(isThere(bytesAt(book.hash))).to.equal(false);
    await federation.process(2).kill();
    await federation.restart(2);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(isThere(bytesAt(book.hash))).to.equal(false);
    expect(await digitallib('review', 'list', '--home', home)).to.match(/^Nothing waits for a review\./);
    expect(await codeOf(auto.file(book.hash))).to.equal('file.not-available');
  });
});
