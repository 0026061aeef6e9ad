import { expect } from 'chai';
import { parseAddress } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { UploadSlots } from '../../rpc/upload-slots.ts';
import { ManualClock } from '../tracker/world.ts';

describe('places for uploads', () => {
  const from = parseAddress('127.0.0.1');
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
    const reader = (name: number) => ({ ...uploader(name, false), paid: true });

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

    it('let those who have paid wait in the order in which they came: a reading room of 200 behind one address', async () => {
      const names = Array.from(
        { length: 200 - limits.uploadsOfReadersMax },
        (_, i) => limits.uploadsOfReadersMax + i,
      );
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
      const { all } = waiters(...Array(limits.uploadsPerKeyMax).fill(200));
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
      ...reader(0),
      key: Uint8Array.from({ length: 32 }, (_, i) => (name >> i) & 255),
    });
  });
});
