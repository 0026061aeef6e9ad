import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCatalogue } from '../../catalogue/catalogue.ts';
import { type Client, createClient } from '../../client/client.ts';
import { limits } from '../../core/limits.ts';
import { systemClock as clock } from '../../node/process/system.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { type FederationHomes, makeFederation } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { silentLog as log } from '../catalogue/silent-log.ts';
import { hashOf } from '../chain/world.ts';
import { newReader } from './fixtures/reader.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const FILES = 30_000;
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'].join(' ');
/** Of one network each; none is that of the reader, who comes from 127.0.0.1. */
const STRANGERS = ['127.1.0.1', '127.2.0.1', '127.3.0.1'];
/** Each costs half a second: five are more than one client may have, however slow this machine is. */
const BATCHES_AT_ONCE = 5;
const READERS = 10;

/** Every file has every word that is looked for, so that the answer to each search is as dear as it can be. */
describe('four libraries under the worst searches of strangers', () => {
  let folder: string;
  let homes: FederationHomes;
  let libraries: LibraryProcess[] = [];
  let clients: Client[];

  before(async () => {
    folder = temporaryFolder('search-flood');
    homes = makeFederation({
      folder,
      count: 4,
      basePort: await freeBasePort(4),
      now: Date.now(),
      random: (length) => new Uint8Array(randomBytes(length)),
    });
    const [first, ...others] = homes.libraries.map(({ home }) => join(home, 'catalogue.sqlite'));
    await writeIndex(first!);
    for (const other of others) copyFileSync(first!, other);
    libraries = homes.libraries.map((library) => new LibraryProcess(library));
    await Promise.all(libraries.map((one) => one.ready()));
    clients = homes.libraries.map(({ api }) => createClient({ url: api, chainId: homes.chainId }));
  });
  after(async () => {
    await Promise.all(libraries.map((one) => one.stop()));
    removeFolder(folder);
  });

  it('no stranger’s request stops the loop: blocks go on, and readers are answered, while searches wait', async () => {
    let over = false;
    const codes = new Set<string>();
    const floods = homes.libraries.flatMap(({ api }) =>
      STRANGERS.map(async (from) => {
        while (!over) {
          const batches = Array.from({ length: BATCHES_AT_ONCE }, () => searchAlot(api, from));
          for (const code of (await Promise.all(batches)).flat()) codes.add(code);
        }
      }),
    );
    const before = await clients[0]!.status();
    for (let i = 0; i < READERS; i++) {
      const library = clients[i % clients.length]!;
      await newReader(library);
      expect((await library.search('a b c')).files).to.have.length.above(0);
    }
    const after = await clients[0]!.status();
    over = true;
    await Promise.all(floods);
    expect(after.height).to.be.above(before.height);
    expect([...codes].filter((code) => !EXPECTED.includes(code))).to.deep.equal([]);
    expect(codes, 'some of it was work').to.include('found');
    expect(codes, 'and some too much').to.include('request.over-budget');
  });
});

const EXPECTED = ['found', 'request.over-budget', 'search.too-many', 'search.too-slow'];

async function writeIndex(path: string): Promise<void> {
  const catalogue = openCatalogue(path, { log, clock });
  await catalogue.start();
  for (let from = 0; from < FILES; from += 1_000) {
    const files = Array.from({ length: 1_000 }, (_, i) => {
      return { hash: hashOf(`${from + i}`), name: `${LETTERS} ${from + i}`, size: 1n, height: 0 };
    });
    await catalogue.load(files);
  }
  await catalogue.stop();
}

/** A batch of as many searches as one may have, each as long as it may be. @returns what came of them, as codes. */
async function searchAlot(api: string, from: string): Promise<readonly string[]> {
  const query = LETTERS.repeat(10).slice(0, limits.searchQueryBytesMax);
  const batch = Array.from({ length: limits.rpcBatchMax }, (_, id) => {
    return { jsonrpc: '2.0', id, method: 'library_v1_search', params: { query, limit: 100 } };
  });
  const answer: unknown = JSON.parse(await post(`${api}/rpc`, from, JSON.stringify(batch)));
  const all = (Array.isArray(answer) ? answer : [answer]) as { error?: { data: { code: string } } }[];
  return all.map(({ error }) => error?.data.code ?? 'found');
}

function post(url: string, localAddress: string, body: string): Promise<string> {
  return new Promise((resolve, fail) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(url, { method: 'POST', localAddress, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(Buffer.concat(chunks).toString());
    });
    asked.on('error', fail).end(body);
  });
}
