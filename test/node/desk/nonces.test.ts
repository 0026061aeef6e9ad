import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { accept, reject } from '../../../core/verdict.ts';
import { Nonces } from '../../../node/desk/nonces.ts';
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
  const spend = async (key: Uint8Array, index: number): Promise<string> => {
    const verdict = await nonces.spend(key, nonce(index), inAnHour(), accept);
    return verdict.kind === 'reject' ? verdict.code : verdict.kind;
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

  it('are forgotten, on the disk too, when they could not be good any more by a clock that was set back an hour', async () => {
    await spend(ann, 1);
    clock.pass(limits.deskLifeMs + 1_000);
    expect(await spend(ann, 2)).to.equal('accept');
    expect(await stored()).to.equal(2);
    clock.pass(2 * limits.deskLifeMs + 1_000);
    nonces = new Nonces({ store, clock });
    await nonces.start();
    expect(await stored()).to.equal(0);
  });

  it('desk.too-many: are so many of one librarian, who closes the desk to nobody else', async () => {
    for (let index = 0; index < limits.deskNoncesPerKeyMax; index++) await spend(ann, index);
    expect(await spend(ann, 5_000)).to.equal('desk.too-many');
    expect(await spend(bob, 5_000)).to.equal('accept');
    clock.pass(2 * limits.deskLifeMs + 1_000);
    expect(await spend(ann, 5_001)).to.equal('accept');
  });

  it('are paid for once: what is repeated costs nothing, and what cannot be paid for may come again', async () => {
    let paid = 0;
    const pay = () => (++paid === 1 ? reject('request.over-budget') : accept());
    const codes: string[] = [];
    for (let time = 0; time < 3; time++) {
      const verdict = await nonces.spend(ann, nonce(1), inAnHour(), pay);
      codes.push(verdict.kind === 'reject' ? verdict.code : verdict.kind);
    }
    expect(codes).to.deep.equal(['request.over-budget', 'accept', 'desk.repeated']);
    expect(paid).to.equal(2);
  });

  it('are not done when they cannot be written, and not done later either', async () => {
    store.failNext(1);
    let failed: unknown;
    await nonces.spend(ann, nonce(1), inAnHour(), accept).catch((error) => {
      failed = error;
    });
    expect(failed).not.to.equal(undefined);
    expect(await spend(ann, 1)).to.equal('desk.repeated');
  });
});
