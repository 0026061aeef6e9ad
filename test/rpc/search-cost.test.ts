/** A search pays what it has cost beyond its price, slice by slice. */
import { expect } from 'chai';
import { accept } from '../../core/verdict.ts';
import type { RpcContext } from '../../rpc/context.ts';
import { COSTS } from '../../rpc/costs.ts';
import type { Search } from '../../rpc/ports.ts';
import { search } from '../../rpc/verbs/search.ts';

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
    const context = { ports: { catalogue }, line: ['others', 'one'], charge } as unknown as RpcContext;
    await search(context, { query: 'a', limit: 5, cursor: undefined } as Parameters<typeof search>[1]);
    return charged;
  };

  it('is taken beyond its price, in however many slices it came', async () => {
    expect(await chargedFor([])).to.equal(0);
    expect(await chargedFor([COSTS.search])).to.equal(0);
    expect(await chargedFor([1, 1, 1])).to.equal(0);
    expect(await chargedFor([COSTS.search + 10])).to.equal(10);
    expect(await chargedFor([4, 4, 0, 7])).to.equal(15 - COSTS.search);
    expect(await chargedFor([0.5, 0, COSTS.search, 20])).to.equal(20.5);
  });
});
