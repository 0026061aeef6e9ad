import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import { encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import { type Client, createClient } from '../../client/client.ts';
import { createWallet, type Wallet } from '../../client/wallet.ts';
import { hexToBytes } from '../../core/bytes.ts';
import { createSigner } from '../../core/crypto-node.ts';
import { limits } from '../../core/limits.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { requestProtocol } from '../../network/exchange.ts';
import { FRAMES_PROTOCOL } from '../../network/links.ts';
import { encodeWant, wantHash } from '../../node/content/messages.ts';
import { encodeOffer } from '../../node/engine/bodies.ts';
import { encodeFrame } from '../../node/engine/frames.ts';
import { encodeBatch, SALT_BYTES } from '../../node/mempool/messages.ts';
import { HEAD_TOPIC, PROTOCOLS, TRANSACTIONS_TOPIC, WANT_TOPIC } from '../../node/peers/protocol-names.ts';
import { freeBasePort } from '../../scripts/free-port.ts';
import { type FederationHomes, makeFederation } from '../../scripts/homes.ts';
import { LibraryProcess } from '../../scripts/processes.ts';
import { hashOf, keyOf, seedOf } from '../chain/world.ts';
import { Flooder } from './fixtures/flooder.ts';
import { residentBytes } from './fixtures/memory.ts';
import { available, newReader, upload, writeBook } from './fixtures/reader.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const MIB = 1024 * 1024;
/** Windows, queues and caches fill up; what a flood brings would be many times as much. */
const GROWTH_MAX = 300 * MIB;
const CONNECTIONS = 10_000;
const CONNECTIONS_AT_ONCE = 200;
const BOOKS = 8;

/** Four authorities. Three are real libraries; the key of the fourth is in the hands of somebody who floods. */
describe('three libraries, and a member that floods', () => {
  let folder: string;
  let homes: FederationHomes;
  let libraries: LibraryProcess[] = [];
  let flooder: Flooder | undefined;
  let client: Client;
  let reader: Wallet;
  let untouched: number[];
  const books: string[] = [];

  before(async () => {
    folder = temporaryFolder('flood');
    reader = createWallet(new Uint8Array(randomBytes(32)));
    homes = makeFederation({
      folder,
      count: 4,
      basePort: await freeBasePort(4),
      now: Date.now(),
      accounts: [{ key: hexToBytes(reader.publicKey), tokens: 1_000_000n }],
      random: (length) => new Uint8Array(randomBytes(length)),
    });
    libraries = homes.libraries.slice(0, 3).map((library) => new LibraryProcess(library));
    await Promise.all(libraries.map((one) => one.ready()));
    client = createClient({ url: homes.libraries[0]!.api, chainId: homes.chainId });
    const author = await newReader(client);
    for (let i = 0; i < BOOKS; i++) {
      const book = await writeBook(folder, `book ${i}.txt`, 1_000 + i);
      await upload(client, author, book);
      books.push(book.hash);
    }
    for (const { api } of homes.libraries.slice(1, 3))
      await available(createClient({ url: api }), books.at(-1)!);
    flooder = await Flooder.start(homes.libraries[3]!.seed, p2pPorts());
    await buy();
    untouched = await resident();
  });
  after(async () => {
    await flooder?.stop();
    await Promise.all(libraries.map((one) => one.stop()));
    removeFolder(folder);
  });

  it('go on under frames: votes that are none, and bodies that nobody has asked for', async () => {
    const votes = [...garbage(5_000, 200)].map((bytes) => encodeFrame('consensus', bytes));
    const block = new Uint8Array(limits.blockBytesMax);
    const bodies = Array.from({ length: 20 }, (_, i) =>
      encodeFrame('body', encodeOffer(hashOf(`${i}`), block)),
    );
    const sent = flooder!.frames([...votes, ...bodies]);
    await during(sent);
    expect(await sent, 'the flood was one').to.be.above(votes.length);
  });

  it('go on under gossip: transactions of many keys that are of no use, wants, heads', async () => {
    await during(
      flooder!.gossip(TRANSACTIONS_TOPIC, uselessBatches(30)),
      flooder!.gossip(WANT_TOPIC, wants(3_000, hexToBytes(homes.chainId), homes.libraries[3]!.seed)),
      flooder!.gossip(HEAD_TOPIC, garbage(300, 100)),
    );
  });

  it('go on under gossip that is garbage, or has signatures that do not hold', async () => {
    await during(
      flooder!.gossip(TRANSACTIONS_TOPIC, forgedBatches(30)),
      flooder!.gossip(TRANSACTIONS_TOPIC, garbage(100, 200_000)),
      flooder!.gossip('weather', garbage(100, 1_000)),
    );
  });

  it('go on under garbage on every stream protocol', async () => {
    const protocols = [...PROTOCOLS.map(requestProtocol), FRAMES_PROTOCOL, '/ipfs/id/1.0.0', '/unknown/1'];
    await during(flooder!.garbage(protocols, new Uint8Array(randomBytes(100_000))));
  });

  for (const port of ['p2pPort', 'httpPort', 'trackerPort'] as const) {
    it(`go on under ${CONNECTIONS} connections of a stranger to the ${port}`, async () => {
      await during(knock(homes.libraries[0]![port]));
    });
  }

  it('are as they were afterwards: in agreement, and not much bigger', async () => {
    await buy();
    const after = await resident();
    for (const [i, bytes] of after.entries()) expect(bytes - untouched[i]!).to.be.below(GROWTH_MAX);
    for (const { api } of homes.libraries.slice(0, 3))
      expect((await fetch(`${api}/health`)).status).to.equal(200);
  });

  /** A purchase at another library becomes final while all this happens. */
  async function during(...floods: readonly Promise<unknown>[]): Promise<void> {
    await buy();
    await Promise.all(floods);
  }

  async function buy(): Promise<void> {
    const hash = books.pop()!;
    const library = createClient({ url: homes.libraries[books.length % 3]!.api, chainId: homes.chainId });
    const { bytes } = await library.download(reader, hash);
    expect(bytes.length).to.be.above(0);
    if (books.length === 0) books.push(hash); // bought already: asking again is free
  }

  function resident(): Promise<number[]> {
    return Promise.all(libraries.map(({ pid }) => residentBytes(pid)));
  }

  function p2pPorts(): number[] {
    return homes.libraries.slice(0, 3).map(({ p2pPort }) => p2pPort);
  }

  /** Signed by readers whom nobody knows. */
  function* uselessBatches(count: number): Generator<Uint8Array> {
    const chainId = hexToBytes(homes.chainId);
    for (let batch = 0; batch < count; batch++) {
      yield batchOf((i) => {
        const name = `stranger ${(100 * batch + i) % 400}`;
        const unsigned = {
          kind: 'download',
          hash: hashOf(`${batch}`),
          key: keyOf(name),
          expires: undefined,
        } as const;
        return signTransaction<'download'>(chainId, unsigned, seedOf(name));
      });
    }
  }

  function* forgedBatches(count: number): Generator<Uint8Array> {
    for (let batch = 0; batch < count; batch++) {
      yield batchOf((i) => ({
        kind: 'download',
        hash: hashOf(`${batch} ${i}`),
        key: hexToBytes(reader.publicKey),
        expires: undefined,
        signature: new Uint8Array(64).fill(1),
      }));
    }
  }
});

type Download = Parameters<typeof encodeChecked>[0];

function batchOf(transaction: (i: number) => Download): Uint8Array {
  const transactions = Array.from({ length: 200 }, (_, i) => encodeChecked(transaction(i)).bytes);
  return encodeBatch({ salt: new Uint8Array(randomBytes(SALT_BYTES)), transactions });
}

function* wants(count: number, chainId: Uint8Array, seed: Uint8Array): Generator<Uint8Array> {
  const sign = createSigner(seed);
  for (let i = 0; i < count; i++) {
    const file = hashOf(`want ${i}`);
    const want = { file, infoHash: file.subarray(0, 20), toldMs: Date.now() + i, by: publicKeyOf(seed) };
    yield encodeWant({ ...want, signature: sign(wantHash(chainId, want)) });
  }
}

function* garbage(count: number, length: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(randomBytes(length));
}

/** Connects, says something, and goes; some hundred at a time. */
async function knock(port: number): Promise<void> {
  let left = CONNECTIONS;
  const noise = randomBytes(200);
  const visitor = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.once('connect', () => socket.write(noise, () => socket.resetAndDestroy()));
      socket.resume();
      await closed;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, visitor));
}
