/** The last resort of docs/operations.md, step by step: two of four authorities are gone for ever, with their keys. */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { chainIdOf } from '../../chain/block/genesis.ts';
import { parseGenesis } from '../../chain/block/genesis-json.ts';
import { type Client, createClient } from '../../client/client.ts';
import type { Wallet } from '../../client/wallet.ts';
import { toHex } from '../../core/bytes.ts';
import type { LibraryHome } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { type Book, newReader, upload, wealthyReader, writeBook } from './fixtures/reader.ts';

const BYTES = 30_000;

describe('a new chain, when more authorities than f are gone for ever', () => {
  let federation: Federation;
  let author: Wallet;
  let reader: Wallet;
  let book: Book;
  let processes: LibraryProcess[] = [];

  before(async () => {
    federation = await Federation.start({ parameters: { blockIntervalMs: 0 } });
    const library = federation.at(1);
    author = await newReader(library);
    book = await writeBook(federation.folder, 'Of the old chain.bin', BYTES);
    await upload(library, author, book);
    reader = await wealthyReader(library, federation.folder, BYTES + 7);
    await library.download(reader, book.hash);
    await federation.settled();
  });
  after(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await federation?.stop();
  });

  it('begins with the tokens, members and roles of the old one, and its signatures are worthless', async () => {
    await federation.process(3).kill();
    await federation.process(4).kill();
    // 1: the same block at all that remain, and all of them are stopped.
    const remaining = [1, 2];
    await eventually('the same block', async () => {
      const [one, two] = await Promise.all(remaining.map((number) => federation.at(number).status()));
      return one!.hash === two!.hash;
    });
    for (const number of remaining) await federation.process(number).stop();
    // 2: everybody exports on their own, and compares.
    const keys = remaining.map((number) => toHex(federation.home(number).key));
    const [text, again] = await Promise.all(
      remaining.map((number) =>
        digitallib('export-genesis', ...keys, '--home', federation.home(number).home),
      ),
    );
    expect(again).to.equal(text);
    const genesis = parseGenesis(JSON.parse(text!));
    if (genesis.kind !== 'accept') throw new Error(genesis.code);
    const chainId = toHex(chainIdOf(genesis.value));
    expect(chainId).not.to.equal(federation.homes.chainId);
    // 4: new homes with the old keys; the word of the operators once, and then no more.
    const homes = remaining.map((number) => newHome(federation.home(number), text!));
    const clients = homes.map(({ api }) => createClient({ url: api, chainId }));
    for (const flags of [['--sign-after-amnesia', 'true'], []]) {
      processes = homes.map((home) => new LibraryProcess(home, flags));
      await Promise.all(processes.map((one) => one.ready()));
      await newReader(clients[0]!); // a block, so both vote
      await Promise.all(clients.map((client) => isVoting(client)));
      if (flags.length > 0) await Promise.all(processes.map((one) => one.stop()));
    }
    const [library, second] = clients as [Client, Client];
    expect((await second.status()).chain).to.deep.equal({ name: federation.homes.genesis.name, id: chainId });
    // 3: what goes over.
    expect((await library.account(reader)).tokens).to.equal(7n);
    expect((await library.account(author)).tokens).to.equal(BigInt(BYTES));
    const members = await digitallib('members', '--at', homes[0]!.api);
    expect(members.match(/ votes /g)).to.have.length(2);
    expect(members.match(/ follows /g)).to.have.length(2);
    // And what does not: files, purchases, and every signature.
    expect(await codeOf(library.file(book.hash))).to.equal('file.unknown');
    await upload(library, author, book);
    expect((await library.account(author)).tokens).to.equal(2n * BigInt(BYTES));
    const old = createClient({ url: homes[0]!.api, chainId: federation.homes.chainId });
    expect(await codeOf(old.download(author, book.hash))).to.equal('signature.wrong');
    expect(await codeOf(old.proof(reader, book.hash))).to.equal('signature.wrong');
    // 5: who is gone is removed.
    const gone = toHex(federation.home(3).key);
    const at = ['--at', homes[0]!.api];
    const proposed = await digitallib('propose', 'remove-member', gone, '--home', homes[0]!.home, ...at);
    await digitallib('approve', /[0-9a-f]{64}$/.exec(proposed)![0], '--home', homes[1]!.home, ...at);
    expect(await digitallib('members', ...at)).not.to.include(gone);
    // The old home never becomes part of the new chain.
    writeFileSync(join(federation.home(1).home, 'genesis.json'), text!);
    await processes[0]!.stop();
    const mistaken = new LibraryProcess(federation.home(1));
    expect(await mistaken.exited()).to.equal(1);
  });

  function newHome(old: LibraryHome, genesis: string): LibraryHome {
    const home = `${old.home}-new`;
    mkdirSync(home, { mode: 0o700 });
    copyFileSync(join(old.home, 'node.key'), join(home, 'node.key'));
    writeFileSync(join(home, 'genesis.json'), `${genesis}\n`);
    expect(existsSync(join(home, 'signing.mark'))).to.equal(false);
    return { ...old, home };
  }

  async function isVoting(client: Client): Promise<unknown> {
    return eventually('a vote', async () => (await client.status()).role === 'authority');
  }
});

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accept',
    (error: { code: string }) => error.code,
  );
}
