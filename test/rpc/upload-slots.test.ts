import { expect } from 'chai';
import { parseAddress } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { UploadSlots } from '../../rpc/upload-slots.ts';
import { ManualClock } from '../tracker/world.ts';

describe('places for uploads', () => {
  const from = parseAddress('127.0.0.1');
  /** Of as many networks as names. */
  const elsewhere = (name: number) => parseAddress(`10.${name >> 8}.${name & 255}.1`);
  const here = new AbortController().signal;
  const busy = { slack: () => undefined, lost: () => expect.fail('nobody waits') };
  const uploader = (name: number, byPage: boolean) => {
    return { key: new Uint8Array(32).fill(name), from, paid: false, byPage };
  };

  it('pages of other sites leave some to the reader who sits there', async () => {
    const slots = new UploadSlots(new ManualClock());
    let ofPages = 0;
    for (let i = 0; i < limits.uploadsPerAddressMax; i++) {
      if ((await slots.take(uploader(i, true), busy, here)) !== undefined) ofPages += 1;
    }
    expect(ofPages).to.equal(limits.uploadsOfPagesMax);
    expect(await slots.take(uploader(100, false), busy, here)).to.be.a('function');
  });

  describe('that are all taken', () => {
    let clock: ManualClock;
    let slots: UploadSlots;
    let leave: (() => void)[];
    beforeEach(async () => {
      clock = new ManualClock();
      slots = new UploadSlots(clock);
      leave = [];
      for (let i = 0; i < limits.uploadsOfReadersMax; i++)
        leave.push((await slots.take(reader(i), busy, here))!);
    });
    const reader = (name: number) => ({ ...uploader(name, false), from: elsewhere(name), paid: true });

    /** What has become of those who wait, in the order in which it did. */
    function waiters(...names: readonly number[]) {
      const served: string[] = [];
      const all = names.map(async (name) => {
        const place = await slots.take(reader(name), busy, here);
        served.push(`${name} ${place === undefined ? 'refused' : 'served'}`);
        return place;
      });
      return { served, all };
    }

    it('let those who have paid wait in the order in which they came', async () => {
      const names = Array.from({ length: 136 }, (_, i) => limits.uploadsOfReadersMax + i);
      const { served, all } = waiters(...names);
      for (let i = 0; i < names.length; i++) {
        leave[i]!();
        leave.push((await all[i])!);
        expect(served).to.deep.equal(names.slice(0, i + 1).map((name) => `${name} served`));
      }
      expect(clock.waiting, 'no timer of anybody who has been served').to.be.at.most(1);
    });

    it('upload.too-many: let nobody wait for ever, and hold nothing for whoever has gone', async () => {
      const gone = new AbortController();
      const left = slots.take(reader(200), busy, gone.signal);
      const { served, all } = waiters(201);
      gone.abort();
      expect(await left).to.equal(undefined);
      clock.move(limits.uploadWaitsMs - 1);
      expect(served).to.deep.equal([]);
      clock.move(1);
      await all[0];
      expect(served).to.deep.equal(['201 refused']);
      leave[0]!();
      expect(await slots.take(reader(202), busy, here)).to.be.a('function');
    });

    it('upload.too-many: let no stranger wait, and of one key and of all only so many', async () => {
      const strangers: (() => void)[] = [];
      for (let i = 0; i < limits.uploadsPerNetworkMax; i++) {
        strangers.push((await slots.take(uploader(i, false), busy, here))!);
      }
      expect(await slots.take(uploader(100, false), busy, here), 'a stranger').to.equal(undefined);
      const all = Array.from({ length: limits.uploadsPerKeyMax }, (_, i) =>
        slots.take({ ...reader(200), from: elsewhere(500 + i) }, busy, here),
      );
      expect(await slots.take(reader(200), busy, here), 'of one key').to.equal(undefined);
      const many = limits.uploadsWaitingMax - limits.uploadsPerKeyMax;
      for (let i = 0; i < many; i++) void slots.take(named(1_000 + i), busy, here);
      expect(await slots.take(reader(201), busy, here), 'of all').to.equal(undefined);
      for (let i = 0; i < limits.uploadsPerKeyMax; i++) leave[i]!();
      expect(await Promise.all(all)).to.not.include(undefined);
    });

    it('give one to who waits as soon as somebody has become slow', async () => {
      const slow = { slack: () => slack, lost: () => void lost++ };
      let slack: number | undefined;
      let lost = 0;
      leave[0]!();
      await slots.take(reader(200), slow, here);
      const { served, all } = waiters(201);
      clock.move(1_000);
      expect(served).to.deep.equal([]);
      slack = 1;
      clock.move(1_000);
      await all[0];
      expect([served, lost]).to.deep.equal([['201 served'], 1]);
    });

    const named = (name: number) => ({
      ...reader(name),
      key: Uint8Array.from({ length: 32 }, (_, i) => (name >> i) & 255),
    });
  });

  describe('of keys that have paid', () => {
    const reader = (name: number, at: string) => ({
      ...uploader(name, false),
      from: parseAddress(at),
      paid: true,
    });
    const held = { slack: () => undefined, lost: () => expect.fail('it keeps its place') };
    const half = limits.uploadsOfReadersMax / 2;

    it('a reading room of 200 behind one address has half, in the order in which they came', async () => {
      const slots = new UploadSlots(new ManualClock());
      const served: number[] = [];
      const leave: (() => void)[] = [];
      const waiting = Array.from({ length: half + limits.uploadsWaitingMax / 2 }, async (_, name) => {
        leave.push((await slots.take(reader(name, '10.0.0.1'), held, here))!);
        served.push(name);
      });
      for (let i = 0; i < waiting.length; i++) {
        await waiting[i];
        leave[i]!();
      }
      expect(served).to.deep.equal(waiting.map((_, name) => name));
    });

    it('ten networks, with as many keys as they like, leave a place to a reader from elsewhere, and in the queue too', async () => {
      const slots = new UploadSlots(new ManualClock());
      const taken = new Set<string>();
      for (let network = 0; network < 10; network++) {
        for (let i = 0; i < half + limits.uploadsWaitingMax; i++) {
          const name = network * 1_000 + i;
          void slots.take(keyed(name, `10.0.${network}.1`), held, here).then((leave) => {
            if (leave !== undefined) taken.add(`${name}`);
          });
        }
      }
      await Promise.resolve();
      expect(taken.size).to.be.within(half, limits.uploadsOfReadersMax - 1);
      expect(await slots.take(keyed(99_999, '10.1.0.1'), held, here)).to.be.a('function');
    });

    const keyed = (name: number, at: string) => ({
      ...reader(0, at),
      key: Uint8Array.from({ length: 32 }, (_, i) => (i < 4 ? (name >> (8 * i)) & 255 : 0)),
    });
  });
});
