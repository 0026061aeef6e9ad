import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { accept, reject } from '../../../core/verdict.ts';
import { Nonces } from '../../../node/desk/nonces.ts';
import type { DeskRequest } from '../../../rpc/desk-request.ts';
import { deskNonceRange } from '../../../store/keyspaces.ts';
import { createMemoryStore, type MemoryStore } from '../../../store/memory.ts';
import { keyOf } from '../../chain/world.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';

describe('requests at the desk', () => {
  let store: MemoryStore;
  let clock: MovingClock;
  let nonces: Nonces;
  const [ann, bob] = [keyOf('ann'), keyOf('bob')];
  const nonce = (index: number): Uint8Array =>
    new Uint8Array(16)
      .fill(7)
      .with(0, index % 256)
      .with(1, index >> 8);
  const inAnHour = (): number => Math.floor((clock.now() + limits.deskLifeMs) / 1_000);
  const spend = async (
    key: Uint8Array,
    index: number,
    { expires = inAnHour(), changes = true } = {},
  ): Promise<string> => {
    const verdict = await nonces.spend({ key, nonce: nonce(index), expires, changes }, () => accept());
    return verdict.kind === 'reject' ? verdict.code : verdict.kind;
  };
  const of = (index: number): DeskRequest => {
    return { key: ann, nonce: nonce(index), expires: inAnHour(), changes: true };
  };
  const stored = async (): Promise<number> =>
    (await store.range({ ...deskNonceRange(), limit: 10_000 })).length;

  beforeEach(async () => {
    store = createMemoryStore();
    await store.start();
    clock = movingClock();
    nonces = new Nonces({ store, clock });
    await nonces.start();
  });

  it('desk.repeated: are good once for each librarian, also after a kill', async () => {
    expect(await spend(ann, 1)).to.equal('accept');
    expect(await spend(ann, 1)).to.equal('desk.repeated');
    expect(await spend(bob, 1)).to.equal('accept');
    store.crash({ keep: 'none' });
    await store.start();
    nonces = new Nonces({ store, clock });
    await nonces.start();
    expect(await spend(ann, 1)).to.equal('desk.repeated');
    expect(await spend(ann, 2)).to.equal('accept');
  });

  it('are forgotten, on the disk too, when they could not be good any more, by a clock that was set back ten minutes', async () => {
    await spend(ann, 1, { expires: Math.floor(clock.now() / 1_000) + 60 });
    clock.pass(limits.deskNonceMarginMs + 59_000);
    expect(await spend(ann, 2)).to.equal('accept');
    expect(await stored()).to.equal(2);
    clock.pass(2_000);
    expect(await spend(ann, 3)).to.equal('accept');
    expect(await stored(), 'the first is gone').to.equal(2);
    clock.pass(limits.deskLifeMs + limits.deskNonceMarginMs + 1_000);
    nonces = new Nonces({ store, clock });
    await nonces.start();
    expect(await stored()).to.equal(0);
  });

  it('desk.too-many: are so many of one librarian, who closes the desk to nobody else, and hears until when', async () => {
    for (let index = 0; index < limits.deskNoncesPerKeyMax; index++) await spend(ann, index);
    const refused = await nonces.spend(of(5_000), () => accept());
    const seconds = (limits.deskLifeMs + limits.deskNonceMarginMs) / 1_000 + 1;
    expect(refused).to.deep.include({ code: 'desk.too-many', facts: { retry_after: seconds } });
    expect(await spend(bob, 5_000)).to.equal('accept');
    clock.pass(seconds * 1_000);
    expect(await spend(ann, 5_001)).to.equal('accept');
  });

  it('desk.repeated: of calls that only tell something are good once, too, leave nothing on the disk, and go when they lapse', async () => {
    const expires = Math.floor(clock.now() / 1_000) + 60;
    expect(await spend(ann, 1, { expires, changes: false })).to.equal('accept');
    expect(await spend(ann, 1, { expires, changes: false })).to.equal('desk.repeated');
    for (let index = 2; index <= limits.deskNoncesPerKeyMax; index++) {
      await spend(ann, index, { expires, changes: false });
    }
    expect(await spend(ann, 5_000, { changes: false })).to.equal('desk.too-many');
    expect(await spend(ann, 5_000), 'who only looks keeps nobody from deciding').to.equal('accept');
    expect(await stored()).to.equal(1);
    clock.pass(61_000);
    expect(await spend(ann, 5_001, { changes: false })).to.equal('accept');
  });

  it('are paid for once: what is repeated costs nothing, and what cannot be paid for may come again', async () => {
    let paid = 0;
    const pay = () => (++paid === 1 ? reject('request.over-budget') : accept());
    const codes: string[] = [];
    for (let time = 0; time < 3; time++) {
      const verdict = await nonces.spend(of(1), pay);
      codes.push(verdict.kind === 'reject' ? verdict.code : verdict.kind);
    }
    expect(codes).to.deep.equal(['request.over-budget', 'accept', 'desk.repeated']);
    expect(paid).to.equal(2);
  });

  it('are not done when they cannot be written, and not done later either', async () => {
    store.failNext(1);
    let failed: unknown;
    await nonces
      .spend(of(1), () => accept())
      .catch((error) => {
        failed = error;
      });
    expect(failed).not.to.equal(undefined);
    expect(await spend(ann, 1)).to.equal('desk.repeated');
  });
});
