/** Uploads as they are kept on the disk: what is pushed out when there are too many, and what a restart makes of it. */
import { expect } from 'chai';
import { clientAddressOf, parseAddress } from '../../../../core/address.ts';
import { type Bytes, equalBytes, utf8 } from '../../../../core/bytes.ts';
import { sha256 } from '../../../../core/hash.ts';
import { limits } from '../../../../core/limits.ts';
import type { Intake } from '../../../../node/content/uploads/intake.ts';
import { Intakes } from '../../../../node/content/uploads/intakes.ts';
import { createMemoryStore } from '../../../../store/memory.ts';
import { hashOf, infoHashesOf } from '../../../chain/world.ts';

const NOW = 1_800_000_000_000;
const READER = keyed('reader');

describe('uploads that are over', () => {
  let store: ReturnType<typeof createMemoryStore>;
  let intakes: Intakes;
  let time: number;
  beforeEach(async () => {
    store = createMemoryStore();
    await store.start();
    time = NOW;
    await restart();
  });

  async function restart(): Promise<void> {
    intakes = new Intakes(store, (key) => equalBytes(key, READER));
    await intakes.start();
  }
  function over(name: string, key: Bytes, address: string, more: Partial<Intake> = {}): Promise<void> {
    time += 1;
    return intakes.put({
      ...{ hash: hashOf(name), key, size: 5n, name, signature: new Uint8Array(64), expires: undefined },
      ...{ lapses: time, infoHashes: INFO_HASHES, address: clientAddressOf(parseAddress(address)!) },
      ...{ byPage: false, paid: false, seeded: false },
      ...{ state: 'refused', code: 'upload.too-slow', until: time + limits.standingKeptMs },
      ...more,
    });
  }
  const isKnown = (name: string, key: Bytes) => intakes.get(hashOf(name), key) !== undefined;

  it('of one network with a script push out their own, and not what others are still to be told; also after a restart', async () => {
    const [kim, script] = [keyed('kim'), keyed('script')];
    await over('kims', kim, '192.0.2.1');
    await over('of one who has paid', READER, '10.0.0.1');
    const made = limits.standingsKeptMax - 2;
    for (let i = 0; i < made; i++) await over(`made up ${i}`, script, `10.0.0.${i % 250}`);
    expect(isKnown('made up 0', script)).to.equal(true);
    await over('one more', keyed('another'), '10.0.0.7');
    expect(isKnown('made up 0', script), 'the oldest of that key').to.equal(false);
    await restart();
    await over('and another', kim, '192.0.2.2');
    expect(isKnown('made up 1', script)).to.equal(false);
    expect(isKnown('made up 2', script)).to.equal(true);
    for (const name of ['kims', 'and another']) expect(isKnown(name, kim), name).to.equal(true);
    expect(isKnown('of one who has paid', READER)).to.equal(true);
    expect(isKnown('one more', keyed('another'))).to.equal(true);
    expect(intakes.all()).to.have.length(limits.standingsKeptMax);
    await restart();
    expect(intakes.all(), 'and so it is on the disk').to.have.length(limits.standingsKeptMax);
  });

  it('are not counted with those that are under way, and make no room of theirs', async () => {
    await over('kims', keyed('kim'), '192.0.2.1', { state: 'waiting', code: undefined });
    await over('lous', keyed('lou'), '192.0.2.1');
    expect(intakes.size).to.equal(1);
  });
});

describe('uploads that have begun', () => {
  it('upload.too-many: ten networks of keys that have paid leave room to another one, after one has had half', async () => {
    const store = createMemoryStore();
    await store.start();
    const intakes = new Intakes(store, () => true);
    await intakes.start();
    /** As many as there is room for. */
    async function fill(network: number): Promise<number> {
      for (let count = 0; ; count++) {
        const [hash, key] = [hashOf(`${network} ${count}`), keyed(`${network} ${count >> 4}`)];
        const bringer = {
          key,
          address: clientAddressOf(parseAddress(`10.0.${network}.1`)!),
          byPage: false,
          paid: true,
          seeded: true,
        };
        if (intakes.mayBegin(hash, bringer, () => false).kind !== 'accept') return count;
        await intakes.put({
          ...{
            ...bringer,
            hash,
            size: 5n,
            name: 'a book',
            signature: new Uint8Array(64),
            expires: undefined,
          },
          ...{ lapses: NOW, infoHashes: INFO_HASHES, state: 'fetching', code: undefined, until: NOW },
        });
      }
    }
    expect(await fill(0)).to.equal(limits.intakesOfReadersMax / 2);
    for (let network = 1; network < 10; network++) {
      expect(await fill(network)).to.equal(limits.intakesOfReadersPerNetworkMax);
    }
    expect(await fill(10)).to.be.above(0);
    await store.stop();
  });
});

const INFO_HASHES = infoHashesOf('book');

function keyed(name: string): Bytes {
  return sha256(utf8(name));
}
