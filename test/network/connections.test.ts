import type { Connection } from '@libp2p/interface';
import { expect } from 'chai';
import { cutForgotten, cutSurvivors } from '../../network/connections.ts';

describe('the connections of one peer', () => {
  it('may be two when both sides dialled at once', () => {
    const [older, newer] = [connection(1, 1_000), connection(2, 5_000)];
    expect(cut(() => cutForgotten(newer, [older, newer]), older, newer)).to.deep.equal([]);
  });

  it('lose the one that the peer must have forgotten', () => {
    const [older, newer] = [connection(1, 1_000), connection(2, 7_000)];
    expect(cut(() => cutForgotten(newer, [older, newer]), older, newer)).to.deep.equal(['1']);
  });

  it('end together, but for one that was opened just now', () => {
    const closed = connection(1, 1_000, 20_000);
    const [old, fresh] = [connection(2, 2_000), connection(3, 19_000)];
    expect(cut(() => cutSurvivors(closed, [old, fresh]), old, fresh)).to.deep.equal(['2']);
  });
});

type Known = Pick<Connection, 'id' | 'timeline' | 'abort'> & { aborted: boolean };

/** As much of a connection as is asked about. */
function connection(id: number, open: number, close?: number): Connection & Known {
  const known: Known = {
    id: `${id}`,
    timeline: close === undefined ? { open } : { open, close },
    aborted: false,
    abort() {
      known.aborted = true;
    },
  };
  return known as Connection & Known;
}

function cut(run: () => void, ...all: readonly Known[]): string[] {
  run();
  return all.filter(({ aborted }) => aborted).map(({ id }) => id);
}
