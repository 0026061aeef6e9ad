import { expect } from 'chai';
import { ClientError } from '../../../client/client-error.ts';
import { Tally, together } from '../../../scripts/siege/tally.ts';

const manner = { patienceMs: 60_000 };
const busy = new ClientError('upload.too-many', 'come again', { status: 429 });

describe('what the readers of a siege have seen', () => {
  it('a refusal is a failure, also one that says "come again"', async () => {
    const tally = new Tally('reader 1');
    expect(await tally.time('buy', () => Promise.reject(busy), manner)).to.equal(undefined);
    expect(tally.seen.failed).to.deep.equal({ buy: 1 });
    expect(tally.seen.failures[0]).to.match(/reader 1: buy: upload.too-many 429/);
    expect(tally.seen.tookMs).to.deep.equal({});
  });

  it('a newcomer who is told to come again does so, which is counted', async () => {
    const tally = new Tally('reader 1', async () => {});
    let asked = 0;
    const ask = async (): Promise<string> => {
      asked += 1;
      if (asked === 1) throw busy;
      return 'taken';
    };
    expect(await tally.time('upload', ask, { ...manner, newcomer: true })).to.equal('taken');
    expect(tally.seen.again).to.deep.equal({ 'upload: upload.too-many': 1 });
    expect(tally.seen.failed).to.deep.equal({});
    expect(tally.seen.tookMs.upload).to.have.length(1);
  });

  it('nothing for longer than a reader waits is a failure', async () => {
    const tally = new Tally('reader 1');
    await tally.time('read', () => new Promise(() => {}), { patienceMs: 1, waits: true });
    expect(tally.seen.failed).to.deep.equal({ read: 1 });
    expect(tally.seen.waits).to.have.length(1);
  });

  it('of all readers is the sum', async () => {
    const [one, other] = [new Tally('one'), new Tally('other')];
    await one.time('buy', async () => true, manner);
    await other.time('buy', async () => true, manner);
    await other.time('buy', () => Promise.reject(busy), manner);
    const { tookMs, failed } = together([one.seen, other.seen]);
    expect(tookMs.buy).to.have.length(2);
    expect(failed).to.deep.equal({ buy: 1 });
  });
});
