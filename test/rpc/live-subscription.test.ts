/** A subscription reads no further than its connection takes. */
import { expect } from 'chai';
import { accept } from '../../core/verdict.ts';
import type { RpcContext } from '../../rpc/context.ts';
import type { LiveFeed } from '../../rpc/live/live-feed.ts';
import { Subscription } from '../../rpc/live/subscription.ts';
import { eventually } from '../node/eventually.ts';

describe('a subscription', () => {
  it('reads on while there is room, and not for who takes nothing', async () => {
    let room = 3;
    let reads = 0;
    const sent: string[] = [];
    const feed = {
      follow: () => () => {},
      async read(_: unknown, { height }: { height: number }) {
        reads += 1;
        const next = { height: height + 1, index: 0 };
        return {
          kind: 'piece',
          parts: [{ text: '[]', count: 1, next }],
          next,
          looked: { blocks: 1, events: 1 },
        };
      },
    } as unknown as LiveFeed;
    const context = {
      ports: {
        clock: { now: () => 0, after: () => () => {} },
        ledger: { head: () => ({ height: 1_000 }) },
        node: { closed: () => false },
      },
      queue: ['others', '', ''],
      pay: () => accept(),
      charge() {},
    } as unknown as RpcContext;
    const one = new Subscription(
      {
        context: () => context,
        hasRoom: () => room > 0,
        send(text) {
          room -= 1;
          sent.push(text);
        },
        stopped: () => expect.fail('it goes on'),
      },
      feed,
      { name: '1', from: { height: 1, index: 0 }, wanted: { is: () => true, shape: '' }, until: undefined },
    );
    one.goOn();
    await eventually(() => sent.length === 3);
    for (let i = 0; i < 5; i++) {
      one.goOn(); // there is a new block
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([reads, one.next]).to.deep.equal([3, '4:0']);
    room = 2;
    one.goOn();
    await eventually(() => sent.length === 5);
    expect([reads, one.next]).to.deep.equal([5, '6:0']);
    one.end();
  });
});
