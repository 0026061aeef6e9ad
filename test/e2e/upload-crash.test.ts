import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClientError } from '../../client/client-error.ts';
import type { Wallet } from '../../client/wallet.ts';
import { eventually } from './fixtures/eventually.ts';
import { type Book, newReader, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const ROUNDS = 3;
const READERS = 2;
const AT_ONCE = 3;
const ACKNOWLEDGED = 4;

describe('a library that is killed in the middle of uploads', () => {
  let library: SingleLibrary;
  const readers: Wallet[] = [];
  const tried: Book[] = [];
  const acknowledged: Book[] = [];

  before(async () => {
    library = await SingleLibrary.start();
    for (let i = 0; i < READERS; i++) readers.push(await newReader(library.client));
  });
  after(async () => await library?.stop());

  /** Uploads one after the other, until the library is gone. */
  async function keepUploading(reader: Wallet, told: () => void): Promise<void> {
    for (;;) {
      const book = await writeBook(library.folder, `${tried.length}.bin`, 300_000 + tried.length);
      tried.push(book);
      try {
        await library.client.uploadFile(reader, new Blob([book.bytes.slice()]), book.name);
      } catch (error) {
        if (error instanceof ClientError && error.code === 'client.unreachable') return;
        throw error;
      }
      acknowledged.push(book);
      told();
    }
  }

  /** undefined: the ledger has heard nothing of it. */
  async function stateOf({ hash }: Book): Promise<'available' | 'announced' | undefined> {
    try {
      await library.client.file(hash);
      return 'available';
    } catch (error) {
      if (error instanceof ClientError && error.code === 'file.not-available') return 'announced';
      if (error instanceof ClientError && error.code === 'file.unknown') return undefined;
      throw error;
    }
  }

  for (let round = 1; round <= ROUNDS; round++) {
    it(`attests what was final when it comes back, whatever readers do (${round} of ${ROUNDS})`, async () => {
      const wanted = acknowledged.length + ACKNOWLEDGED;
      const enough = Promise.withResolvers<void>();
      const told = (): void => {
        if (acknowledged.length >= wanted) enough.resolve();
      };
      const uploading = readers.flatMap((reader) =>
        Array.from({ length: AT_ONCE }, () => keepUploading(reader, told)),
      );
      await Promise.race([enough.promise, Promise.all(uploading)]);
      await library.process.kill();
      await Promise.all(uploading);
      await library.restart();
      for (const book of tried) {
        await eventually(`${book.name} to be available, or unknown`, async () => {
          return (await stateOf(book)) !== 'announced';
        });
      }
      for (const book of acknowledged) expect(await stateOf(book), book.name).to.equal('available');
      expect(readdirSync(join(library.home.home, 'archive', 'incoming'))).to.deep.equal([]);
    });
  }
});
