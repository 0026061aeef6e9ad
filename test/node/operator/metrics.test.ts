import { expect } from 'chai';
import { LoopWork } from '../../../node/operator/loop-work.ts';
import { Metrics } from '../../../node/operator/metrics.ts';

const nothing = () => 0;

describe('the metrics of a library', () => {
  it('say how long the event loop has worked in one go, since they were last asked', async () => {
    const metrics = new Metrics({
      height: nothing,
      view: nothing,
      behind: nothing,
      peers: nothing,
      poolTransactions: nothing,
      poolBytes: nothing,
      swarms: nothing,
      swarmPeers: nothing,
      unfinished: () => ({ count: 3, bytes: 4_096 }),
      lastBlockAgeSeconds: nothing,
      sound: nothing,
      evidence: nothing,
      cards: () => ({ lent: 3, openToday: 2, share: 0.25 }),
      twin: nothing,
      unready: () => ['twin'],
      waits: () => ['block-ahead'],
    });
    for (let i = 0; i < 3; i++) metrics.subscriptions.began();
    metrics.subscriptions.ended(undefined);
    metrics.subscriptions.ended('subscription.too-slow');
    const text = await metrics.text();
    expect(text).to.include('\ndigitallib_subscriptions 1\n');
    expect(text).to.include('\ndigitallib_subscriptions_stopped_total{code="subscription.too-slow"} 1\n');
    for (const name of ['p99', 'max']) expect(text).to.include(`digitallib_eventloop_work_${name}_seconds `);
    expect(text).to.include('\ndigitallib_ready 0\n');
    expect(text).to.include('\ndigitallib_uploads_unfinished 3\n');
    expect(text).to.include('\ndigitallib_uploads_unfinished_bytes 4096\n');
    expect(text).to.include('\ndigitallib_not_ready{reason="twin"} 1\n');
    expect(text).to.include('\ndigitallib_not_ready{reason="outdated"} 0\n');
    expect(text).to.include('\ndigitallib_waits{reason="block-ahead"} 1\n');
    expect(text).to.include('\ndigitallib_waits{reason="authorities-missing"} 0\n');
  });

  it('count work, not waiting', async () => {
    const work = new LoopWork();
    const used = process.threadCpuUsage().user;
    while (process.threadCpuUsage().user - used < 60_000); // microseconds
    let reading = work.read();
    while (reading.maxSeconds < 0.01) {
      await new Promise((resolve) => setImmediate(resolve));
      reading = work.read();
    }
    expect(reading.maxSeconds).to.be.within(0.05, 10);
    expect(reading.p99Seconds).to.be.at.most(reading.maxSeconds);
  });
});
