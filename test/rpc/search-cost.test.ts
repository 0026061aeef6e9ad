/** A search pays what it has cost beyond its price, slice by slice. */
import { expect } from 'chai';
import { CALLS } from '../../api/calls.ts';
import { accept } from '../../core/verdict.ts';
import { search } from '../../rpc/calls/search.ts';
import type { RpcContext } from '../../rpc/context.ts';
import type { Search } from '../../rpc/ports.ts';

describe('what a search costs', () => {
  const chargedFor = async (slices: readonly number[]): Promise<number> => {
    let charged = 0;
    const catalogue: Search = {
      async search(_, { spent }) {
        for (const slice of slices) spent(slice);
        return accept({ files: [], next: undefined });
      },
    };
    const charge = (cost: number): void => {
      expect(cost).to.be.above(0);
      charged += cost;
    };
    const context = { ports: { catalogue }, queue: ['others', 'one'], charge } as unknown as RpcContext;
    await search(context, { query: 'a', limit: 5, cursor: undefined } as Parameters<typeof search>[1]);
    return charged;
  };

  it('is taken beyond its price, in however many slices it came', async () => {
    expect(await chargedFor([])).to.equal(0);
    expect(await chargedFor([CALLS.search.cost])).to.equal(0);
    expect(await chargedFor([1, 1, 1])).to.equal(0);
    expect(await chargedFor([CALLS.search.cost + 10])).to.equal(10);
    expect(await chargedFor([4, 4, 0, 7])).to.equal(15 - CALLS.search.cost);
    expect(await chargedFor([0.5, 0, CALLS.search.cost, 20])).to.equal(20.5);
  });
});
