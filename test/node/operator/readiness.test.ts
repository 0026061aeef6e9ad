import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { Readiness, UNREADY, type Unready } from '../../../node/operator/readiness.ts';
import { movingClock } from '../moving-clock.ts';
import { quiet } from '../replicas.ts';

describe('readiness', () => {
  const facts = new Set<Unready>();
  let free = limits.diskFreeBytesMin;
  const clock = movingClock();
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const readiness = new Readiness({
    clock,
    log: { ...quiet, error: say, warn: say },
    isTwin: () => facts.has('twin'),
    isOutdated: () => facts.has('outdated'),
    isUnheard: () => facts.has('nobody-answers'),
    isBeforeCheckpoint: () => facts.has('checkpoint'),
    isBehind: () => facts.has('blocks-missing'),
    freeBytes: async () => free,
  });
  after(() => readiness.stop());

  it('names each reason by itself, and none when there is none', async () => {
    await readiness.start();
    expect(readiness.reasons()).to.deep.equal([]);
    for (const reason of UNREADY.filter((one) => one !== 'disk-full')) {
      facts.add(reason);
      expect(readiness.reasons()).to.deep.equal([reason]);
      facts.clear();
    }
  });

  it('disk-full: looks at the disk again and again, and says when it begins and when it is over', async () => {
    free = limits.diskFreeBytesMin - 1;
    clock.pass(10_000);
    await new Promise(setImmediate);
    expect(readiness.reasons()).to.deep.equal(['disk-full']);
    facts.add('twin');
    expect(readiness.reasons()).to.deep.equal(['twin', 'disk-full']);
    clock.pass(10_000);
    await new Promise(setImmediate);
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/^disk-full: /);
    free += 1;
    clock.pass(10_000);
    await new Promise(setImmediate);
    expect(readiness.reasons()).to.deep.equal(['twin']);
    expect(said).to.have.length(2);
  });
});
