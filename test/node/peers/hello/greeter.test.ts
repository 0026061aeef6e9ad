/** Hello between nodes: chains and twins are told apart by what is signed, and members only pass on. */
import { expect } from 'chai';
import { createSigner } from '../../../../core/crypto-node.ts';
import { Fault } from '../../../../core/fault.ts';
import { limits } from '../../../../core/limits.ts';
import type { PeerKey } from '../../../../core/ports.ts';
import {
  decodeAnswer,
  decodeHello,
  encodeAnswer,
  encodeHello,
  type Hello,
  hashToSign,
  type Unsigned,
} from '../../../../node/peers/hello/message.ts';
import { systemRandom } from '../../../../node/process/system.ts';
import { keyOf, seedOf } from '../../../chain/world.ts';
import type { MovingClock } from '../../moving-clock.ts';
import { CHAIN, Greeters, type GreetingNode, OTHER_CHAIN } from './greeters.ts';

describe('hello', () => {
  let greeters: Greeters;
  let clock: MovingClock;

  beforeEach(() => {
    greeters = new Greeters();
    clock = greeters.clock;
  });
  afterEach(() => greeters.stop());

  const nodeOf = (name: string, chainId = CHAIN): GreetingNode => greeters.nodeOf(name, chainId);
  const connect = (from: GreetingNode, name: string, to: GreetingNode): PeerKey =>
    greeters.connect(from, name, to);
  const pass = (ms: number): Promise<void> => greeters.pass(ms);

  it('is answered by a member of this chain', async () => {
    const [ann, bob] = [nodeOf('ann'), nodeOf('bob')];
    expect(ann.greeter.answered).to.equal(false);
    connect(ann, 'bob', bob);
    await pass(1_000);
    expect([ann.greeter.answered, bob.greeter.answered]).to.deep.equal([true, true]);
    expect([...ann.log, ...bob.log, ...ann.refused]).to.deep.equal([]);
  });

  it('is neither answered nor refused by a member that joins itself, and says nothing', async () => {
    const ann = nodeOf('ann');
    const silent = { key: keyOf('bob'), ask: async () => new Uint8Array(0) };
    ann.peers.push(silent);
    ann.greeter.connected(silent.key);
    await pass(2 * limits.helloEveryMs);
    expect(ann.greeter.answered).to.equal(false);
    expect([...ann.log, ...ann.refused]).to.deep.equal([]);
  });

  it('chain.other: both say so, once, and part', async () => {
    const [ann, bob] = [nodeOf('ann'), nodeOf('bob', OTHER_CHAIN)];
    const key = connect(ann, 'bob', bob);
    await pass(3 * limits.helloEveryMs);
    for (const node of [ann, bob]) {
      expect(node.greeter.answered).to.equal(false);
      expect(node.log).to.have.length(1);
      expect(node.log[0]).to.match(/^chain\.other: .*genesis/);
      expect(node.refused).to.include('chain.other');
    }
    expect(ann.parted[0]).to.equal(key);
    expect(bob.parted[0]).to.deep.equal(keyOf('ann'));
  });

  it('node.twin: two processes with one key find out through any member, within 90 s', async () => {
    const [one, two, bob] = [nodeOf('ann'), nodeOf('ann'), nodeOf('bob')];
    connect(one, 'bob', bob);
    await pass(600_000);
    connect(two, 'bob', bob);
    await pass(90_000);
    for (const node of [one, two]) {
      expect(node.greeter.isTwin).to.equal(true);
      expect(node.twins).to.equal(1);
      expect(node.log).to.have.length(1);
      expect(node.log[0]).to.match(/^node\.twin: .*stop one of the two/);
    }
    expect(bob.greeter.isTwin).to.equal(false);
  });

  it('does not take a node that was restarted for a twin of itself', async () => {
    const [before, bob] = [nodeOf('ann'), nodeOf('bob')];
    connect(before, 'bob', bob);
    await pass(60_000);
    before.greeter.stop();
    for (let restart = 0; restart < 3; restart++) {
      const again = nodeOf('ann');
      connect(again, 'bob', bob);
      await pass(200_000);
      expect(again.greeter.isTwin).to.equal(false);
      again.greeter.stop();
    }
  });

  it('draws another name when the machine was copied or has slept', async () => {
    const [ann, bob] = [nodeOf('ann'), nodeOf('bob')];
    const boots = new Set<string>();
    const ask = async (asker: PeerKey, bytes: Uint8Array): Promise<Uint8Array> => {
      const hello = decodeHello(bytes);
      if (hello.kind === 'accept') boots.add(String(hello.value.boot));
      return bob.greeter.answer(asker, bytes);
    };
    ann.peers.push({ key: keyOf('bob'), ask });
    await pass(5 * limits.helloEveryMs);
    expect(boots.size).to.equal(1);
    clock.set(3_600_000); // by the hour that it has slept; its uptime knows nothing of it
    await pass(2 * limits.helloEveryMs);
    expect(boots.size).to.equal(2);
    expect(ann.greeter.isTwin, 'of itself').to.equal(false);
  });

  function signed(name: string, change: Partial<Unsigned> = {}): Hello {
    const rest: Unsigned = {
      chain: CHAIN,
      key: keyOf(name),
      boot: systemRandom.bytes(16),
      heard: [],
      time: clock.now(),
      height: 0,
      rules: 1,
      program: 'x',
      ...change,
    };
    return { ...rest, signature: createSigner(seedOf(name))(hashToSign(rest)) };
  }

  it('chain.other: a member that says hello of a new chain twice a second is parted in a second, and named once', async () => {
    const bob = nodeOf('bob');
    for (let said = 0; said < 20; said++) {
      const hello = signed('ann', { chain: systemRandom.bytes(32) });
      await bob.greeter.answer(keyOf('ann'), encodeHello(hello));
      clock.pass(500);
      if (said === 2) expect(bob.parted, 'after 1.5 s').to.deep.equal([keyOf('ann')]);
    }
    expect(bob.log).to.have.length(1);
    expect(bob.parted.length).to.be.within(5, 10);
  });

  it('signature.wrong, codec.malformed: believes nothing that the key itself has not said', async () => {
    const bob = nodeOf('bob');
    const hello = signed('ann');
    const wrong: readonly [PeerKey, Uint8Array][] = [
      [keyOf('cid'), encodeHello(hello)],
      [keyOf('ann'), encodeHello({ ...hello, height: 1 })],
      [keyOf('ann'), encodeHello({ ...hello, chain: OTHER_CHAIN })],
      [keyOf('ann'), encodeHello({ ...hello, heard: [hello.boot] })],
      [keyOf('ann'), new Uint8Array(0)],
      [keyOf('ann'), new Uint8Array(limits.helloBytesMax + 1)],
    ];
    for (const [from, bytes] of wrong) {
      const failed = await bob.greeter.answer(from, bytes).catch((error: unknown) => error);
      expect(failed).to.be.instanceOf(Fault);
    }
    expect(bob.refused).to.have.length(wrong.length);
    expect(bob.greeter.answered).to.equal(false);
    expect(bob.log).to.deep.equal([]);
  });

  it('signature.wrong: a member that lies cannot make anybody a twin', async () => {
    const ann = nodeOf('ann');
    let boot: Uint8Array | undefined;
    const lies = (mine: Uint8Array): readonly Hello[] => [
      { ...signed('ann', { heard: [] }), heard: [mine] }, // an old one of ours, changed
      { ...signed('eve', { heard: [mine] }), key: keyOf('ann') },
      signed('bob', { heard: [mine] }),
    ];
    for (let i = 0; i < 3; i++) {
      const ask = async (_: PeerKey, bytes: Uint8Array): Promise<Uint8Array> => {
        const hello = decodeHello(bytes);
        if (hello.kind === 'accept') boot = hello.value.boot;
        return encodeAnswer({ own: signed('bob'), seen: [lies(boot!)[i]!] });
      };
      ann.peers = [{ key: keyOf('bob'), ask }];
      ann.greeter.connected(ann.peers[0]!.key);
      await pass(1_000);
    }
    expect(boot).not.to.equal(undefined);
    expect(ann.greeter.isTwin).to.equal(false);
    expect(ann.refused).to.deep.equal(['signature.wrong', 'signature.wrong', 'signature.wrong']);
  });

  it('is one fact with one encoding, and survives it', () => {
    const hello = signed('ann', { heard: [systemRandom.bytes(16), systemRandom.bytes(16)] });
    expect(decodeHello(encodeHello(hello))).to.deep.equal({ kind: 'accept', value: hello });
    const answer = { own: hello, seen: [signed('ann'), signed('ann')] };
    expect(decodeAnswer(encodeAnswer(answer))).to.deep.equal({ kind: 'accept', value: answer });
    for (const seen of [5, 6]) {
      const long = { own: hello, seen: Array.from({ length: seen }, () => signed('ann')) };
      expect(decodeAnswer(encodeAnswer(long))).to.include({ kind: 'reject', code: 'codec.wrong-shape' });
    }
    const five = signed('ann', { heard: Array.from({ length: 5 }, () => systemRandom.bytes(16)) });
    expect(decodeHello(encodeHello(five))).to.include({ kind: 'reject', code: 'codec.wrong-shape' });
  });
});
