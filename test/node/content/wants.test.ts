import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Archive, createArchive } from '../../../archive/archive.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { createSigner } from '../../../core/crypto-node.ts';
import { limits } from '../../../core/limits.ts';
import type { Network } from '../../../core/ports.ts';
import { verifyHash } from '../../../core/sign.ts';
import { createMemoryHub } from '../../../network/memory.ts';
import { encodeWant, wantHash } from '../../../node/content/messages.ts';
import { Wants } from '../../../node/content/wants.ts';
import { TOPICS, WANT_TOPIC } from '../../../node/peers/protocol-names.ts';
import { hashOf, keyOf, seedOf } from '../../chain/world.ts';
import { EVERYBODY, LogInMemory, ManualClock, RandomInMemory, wantOf } from '../../tracker/world.ts';
import { eventually } from '../eventually.ts';

const NAMES = ['ann', 'bob', 'cid'] as const;
const FILE = hashOf('a file');
const WANT = wantOf(FILE, FILE.subarray(0, 20));
const MINUTE_MS = 60_000;

describe('what readers want at the tracker of one library', () => {
  let folder: string;
  let clock: ManualClock;
  let archive: Archive;
  let networks: Network[];
  let wants: Wants[];
  /** What cid has heard. */
  let heard: string[];

  const CHAIN = hashOf('chain');
  function libraryOf(
    name: string,
    network: Network,
    into: Pick<Archive, 'want' | 'has' | 'sought'> = archive,
    verify: typeof verifyHash = verifyHash,
  ): Wants {
    return new Wants({
      ...{ archive: into, network, clock, chainId: CHAIN, verify },
      identity: { publicKey: keyOf(name), sign: createSigner(seedOf(name)) },
      isMember: (key) => NAMES.some((one) => equalBytes(keyOf(one), key)),
    });
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-wants-'));
    clock = new ManualClock();
    const ports = { clock, random: new RandomInMemory(), log: new LogInMemory() };
    const files = { freeBytes: async () => Number.MAX_SAFE_INTEGER, announceUrls: () => [], names: () => [] };
    const place = { folder, bytesMax: 1_000, host: '127.0.0.1', port: 0, federation: 'Wants' };
    archive = createArchive({ ...ports, ...files, ...EVERYBODY }, place);
    await archive.start();
    const hub = createMemoryHub({ clock });
    const members = NAMES.map((name) => ({ key: keyOf(name), addresses: [] }));
    networks = NAMES.map((name) => hub.network(keyOf(name), { topics: TOPICS, protocols: [], members }));
    wants = networks.map((network, i) => libraryOf(NAMES[i]!, network));
    heard = [];
    for (const [i, network] of networks.entries()) {
      network.handle({
        frame() {},
        gossip: (topic, _, bytes) => {
          if (i === 2) heard.push(topic);
          return wants[i]!.receive(bytes);
        },
        request: () => Promise.reject(new Error('nobody asks')),
        connected() {},
        disconnected() {},
      });
      await network.start();
    }
  });
  afterEach(async () => {
    for (const network of networks) await network.stop();
    await archive.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is told once a minute by each library, also when another one has told the same a moment ago', async () => {
    const [ann, bob] = wants;
    ann!.wanted(WANT);
    clock.move(1_000);
    ann!.wanted(WANT);
    bob!.wanted(WANT);
    await eventually(() => heard.length === 2);
    clock.move(MINUTE_MS - 1_000);
    ann!.wanted(WANT);
    await eventually(() => heard.length === 3);
    expect(heard).to.deep.equal([WANT_TOPIC, WANT_TOPIC, WANT_TOPIC]);
  });

  const told = (name: string, toldMs: number, signer = name, file = FILE): Uint8Array => {
    const want = { file, infoHash: file.subarray(0, 20), toldMs, by: keyOf(name) };
    return encodeWant({ ...want, signature: createSigner(seedOf(signer))(wantHash(CHAIN, want)) });
  };
  /** A library that writes down who is said to seek something. */
  function listener(sought: string[], looked: () => void = () => {}): Wants {
    const into = {
      want: () => false,
      has: () => true,
      sought: (_: unknown, __: unknown, by: string) => sought.push(by),
    };
    return libraryOf('bob', networks[1]!, into, (...all) => {
      looked();
      return verifyHash(...all);
    });
  }

  it('signature.wrong, member.unknown, gossip.too-much: is only what that member itself has told just now', () => {
    const sought: string[] = [];
    const bob = listener(sought);
    const now = clock.now() + 3_600_000;
    expect(bob.receive(told('ann', now))).to.deep.equal({ kind: 'accept', value: undefined });
    expect(bob.receive(told('ann', now + 1, 'cid'))).to.include({ kind: 'reject', code: 'signature.wrong' });
    expect(bob.receive(told('eve', now))).to.include({ kind: 'ignore', code: 'member.unknown' });
    clock.move(1_800_000);
    expect(bob.receive(told('ann', now - 600_000))).to.include({ kind: 'ignore', code: 'gossip.too-much' });
    expect(bob.receive(told('ann', clock.now())), 'by our own clock it is new').to.include({
      kind: 'accept',
    });
    expect(sought).to.deep.equal([toHex(keyOf('ann')), toHex(keyOf('ann'))]);
  });

  it('gossip.too-much: is paid for by its author, who is not listened to beyond his share, and costs no signature then', () => {
    const [sought, share]: [string[], number] = [[], limits.wantsPerMemberMax];
    let looks = 0;
    const bob = listener(sought, () => looks++);
    for (let i = 0; i < share + 20; i++) bob.receive(told('cid', clock.now(), 'cid', hashOf(`${i}`)));
    expect([sought.length, looks]).to.deep.equal([share, share]);
    expect(bob.receive(told('cid', clock.now() + 1))).to.include({ kind: 'ignore', code: 'gossip.too-much' });
    expect(bob.receive(told('ann', clock.now())), 'the others').to.include({ kind: 'accept' });
    clock.move(1_000);
    expect(bob.receive(told('cid', clock.now()))).to.include({ kind: 'accept' });
  });

  it('gossip.too-much: costs its author nothing when it is forged, repeated, or was told before we have started', () => {
    const sought: string[] = [];
    const bob = listener(sought);
    const many = 2 * limits.wantsPerMemberMax;
    const old = clock.now();
    clock.move(10 * MINUTE_MS);
    bob.receive(told('ann', clock.now()));
    for (let i = 0; i < many; i++) {
      bob.receive(told('ann', clock.now() + i, 'cid', hashOf(`${i}`)));
      bob.receive(told('ann', clock.now()));
    }
    const anew = listener(sought);
    for (let i = 0; i < many; i++) anew.receive(told('ann', old + i));
    expect(sought).to.have.length(1);
    for (const library of [bob, anew])
      expect(library.receive(told('ann', clock.now() + 1))).to.include({ kind: 'accept' });
  });

  it('is not told to others more often than they listen, and then when the reader announces again', async () => {
    const published: Uint8Array[] = [];
    const network = {
      publish: (_: string, bytes: Uint8Array) => void published.push(bytes),
    } as unknown as Network;
    const ann = libraryOf('ann', network);
    const all = Array.from({ length: limits.wantsPerMemberMax + 1 }, (_, i) =>
      wantOf(hashOf(`${i}`), hashOf(`${i}`).subarray(0, 20)),
    );
    for (const want of all) ann.wanted(want);
    expect(published).to.have.length(limits.wantsPerMemberMax);
    clock.move(1_000);
    for (const want of all) ann.wanted(want);
    expect(published).to.have.length(all.length);
    const sought: string[] = [];
    const bob = listener(sought);
    for (const bytes of published.slice(0, -1)) bob.receive(bytes);
    expect(sought, 'what is told is listened to').to.have.length(limits.wantsPerMemberMax);
  });

  it('is told of readers with passes of another library only while half is left for readers of our own', () => {
    const published: Uint8Array[] = [];
    const network = {
      publish: (_: string, bytes: Uint8Array) => void published.push(bytes),
    } as unknown as Network;
    const ann = libraryOf('ann', network);
    for (let i = 0; i < 2 * limits.wantsPerMemberMax; i++) {
      ann.wanted(wantOf(hashOf(`made up ${i}`), hashOf(`made up ${i}`).subarray(0, 20), { by: 'eve' }));
    }
    expect(published.length).to.be.within(1, limits.wantsPerMemberMax / 2 + 1);
    const before = published.length;
    ann.wanted(wantOf(hashOf('own'), hashOf('own').subarray(0, 20)));
    expect(published).to.have.length(before + 1);
  });

  it('is not told when the peer has the whole file, or is no reader', async () => {
    const [ann] = wants;
    ann!.wanted({ ...WANT, complete: true });
    ann!.wanted({ ...WANT, role: 'member' });
    ann!.wanted({ ...WANT, infoHash: FILE.subarray(1, 21) });
    await eventually(() => heard.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).to.have.length(1);
  });
});
