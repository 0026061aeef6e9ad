/** Each reason that there is, from the part that finds it to all three places where somebody looks. */
import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { Metrics, type Readings } from '../../../node/operator/metrics.ts';
import { Readiness, UNREADY, type Unready } from '../../../node/operator/readiness.ts';
import { WAITS } from '../../../node/operator/waits.ts';
import { get, json } from '../../rpc/calls.ts';
import { startLibrary, type TinyLibrary } from '../../rpc/tiny-library.ts';
import { movingClock } from '../moving-clock.ts';
import { quiet } from '../replicas.ts';

const nothing = (): number => 0;

describe('why a library is not ready, or no block comes', () => {
  const clock = movingClock();
  const facts = new Set<Unready>();
  const waiting = new Set<string>();
  const waits = () => [...waiting].map((reason) => ({ reason, detail: `because of ${reason}` }));
  let readiness: Readiness;
  let metrics: Metrics;
  let library: TinyLibrary;

  before(async () => {
    readiness = new Readiness({
      clock,
      log: quiet,
      isTwin: () => facts.has('twin'),
      isOutdated: () => facts.has('outdated'),
      isUnheard: () => facts.has('nobody-answers'),
      isBeforeCheckpoint: () => facts.has('checkpoint'),
      isBehind: () => facts.has('blocks-missing'),
      freeBytes: async () => (facts.has('disk-full') ? 0 : limits.diskFreeBytesMin),
    });
    const none: Omit<Readings, 'unready' | 'waits'> = {
      ...{ height: nothing, view: nothing, behind: nothing, peers: nothing },
      ...{ poolTransactions: nothing, poolBytes: nothing, swarms: nothing, swarmPeers: nothing },
      ...{ lastBlockAgeSeconds: nothing, sound: nothing, evidence: nothing, twin: nothing },
      cards: () => ({ lent: 0, openToday: 0, share: 0 }),
      unfinished: () => ({ count: 0, bytes: 0 }),
    };
    metrics = new Metrics({
      ...none,
      unready: () => readiness.reasons(),
      waits: () => waits().map(({ reason }) => reason),
    });
    library = await startLibrary({}, ({ node }) => ({
      node: {
        ...node,
        ready: () => readiness.reasons().length === 0,
        unready: () => readiness.reasons(),
        waits,
      },
    }));
  });
  after(async () => {
    readiness.stop();
    await library.stop();
  });

  async function look(): Promise<{ ready: Response; reasons: unknown; status: object; metrics: string }> {
    await readiness.start(); // the disk is looked at now, not in ten seconds
    const ready = await get(library, '/ready');
    const { reasons } = (await ready.clone().json()) as { readonly reasons?: unknown };
    return { ready, reasons, status: await json(get(library, '/api/status')), metrics: await metrics.text() };
  }

  for (const reason of UNREADY) {
    it(`${reason}: /ready, status and the metrics say so, and nothing else`, async () => {
      facts.add(reason);
      const said = await look();
      facts.clear();
      expect(said.ready.status).to.equal(503);
      expect(said.reasons).to.deep.equal([reason]);
      expect(said.status).to.deep.include({ ready: false, not_ready: [reason] });
      expect(said.metrics).to.include('\ndigitallib_ready 0\n');
      for (const other of UNREADY) {
        const line = `\ndigitallib_not_ready{reason="${other}"} ${Number(other === reason)}\n`;
        expect(said.metrics).to.include(line);
      }
    });
  }

  for (const reason of WAITS) {
    it(`${reason}: /ready, status and the metrics say so, and readers may come`, async () => {
      waiting.add(reason);
      const said = await look();
      const expected = waits();
      waiting.clear();
      expect(said.ready.status).to.equal(200);
      expect(await said.ready.json()).to.deep.equal({ ready: true, waits: expected });
      expect(said.status).to.deep.include({ ready: true, not_ready: [], waits: expected });
      expect(said.metrics).to.include('\ndigitallib_ready 1\n');
      for (const other of WAITS) {
        const line = `\ndigitallib_waits{reason="${other}"} ${Number(other === reason)}\n`;
        expect(said.metrics).to.include(line);
      }
    });
  }

  it('says none when there is none', async () => {
    const said = await look();
    expect(await said.ready.json()).to.deep.equal({ ready: true });
    expect(said.status).to.deep.include({ ready: true, not_ready: [], waits: [] });
    expect(said.metrics).not.to.match(/^digitallib_(not_ready|waits)\{.*\} 1$/m);
  });
});
