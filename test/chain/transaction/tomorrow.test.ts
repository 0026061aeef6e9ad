/** Rules by version: what rules of tomorrow add, change and migrate, and that everything before them stays as it was. */
import { expect } from 'chai';
import { openProposals, parameters } from '../../../chain/queries.ts';
import type * as Transactions from '../../../chain/transaction/transaction.ts';
import { encodeTransaction, type Transaction } from '../../../chain/transaction/transaction.ts';
import { toHex } from '../../../core/bytes.ts';
import { plantUnder } from '../../sim/bugs/plant.ts';
import type { Burn } from '../tomorrow/burn.ts';
import { TOMORROW } from '../tomorrow/edits.ts';
import type * as Worlds from '../world.ts';
import { genesisOf, keyOf } from '../world.ts';

const GENESIS = genesisOf({}, 1);
const DUE = 12;

describe('rules of tomorrow', () => {
  let tomorrow: typeof Worlds;
  let transactions: typeof Transactions;
  let world: Worlds.World;

  before(async () => {
    tomorrow = await plantUnder('test/chain/world.ts', TOMORROW);
    transactions = await plantUnder('chain/transaction/transaction.ts', TOMORROW);
  });
  beforeEach(() => {
    world = new tomorrow.World(GENESIS);
    world.run([world.propose({ kind: 'upgrade', height: DUE, version: 2 })]);
  });

  const burn = (amount: bigint): Transaction => {
    const made: Burn = { kind: 'burn', amount, key: keyOf('reader'), ...world.once() };
    return made as unknown as Transaction; // today's union does not have it
  };
  const untilHeight = (height: number): void => {
    while (world.state.header.height < height) world.run([]);
  };

  it('rule.not-in-force: a kind that they add waits for them', () => {
    untilHeight(DUE - 2);
    expect(world.code(burn(5n)), 'for the block before').to.equal('rule.not-in-force');
    untilHeight(DUE - 1);
    expect(world.code(burn(5n)), 'for their first one').to.equal('accept');
    world.run([burn(5n)]);
    expect(world.state.header).to.include({ height: DUE, version: 2 });
  });

  it('rule.not-in-force: what they know and those before do not is not called unreadable', () => {
    const bytes = transactions.encodeTransaction(burn(5n));
    expect(transactions.decodeTransaction(bytes, 1)).to.include({
      kind: 'reject',
      code: 'rule.not-in-force',
    });
    expect(transactions.decodeTransaction(bytes, 2).kind).to.equal('accept');
    const propose = (more: object) => {
      const all = { ...parameters(world.state.view), ...more };
      return encodeTransaction(world.propose({ kind: 'set-parameters', parameters: all }));
    };
    const codeOf = (encoded: Uint8Array, version: number): string => {
      const verdict = transactions.decodeTransaction(encoded, version);
      return verdict.kind === 'accept' ? 'accept' : verdict.code;
    };
    expect([1, 2].map((version) => codeOf(propose({}), version))).to.deep.equal([
      'accept',
      'rule.not-in-force',
    ]);
    const fresh = propose({ transferLeast: 7 });
    expect([1, 2].map((version) => codeOf(fresh, version))).to.deep.equal(['rule.not-in-force', 'accept']);
    expect(codeOf(propose({ transferLeast: -1 }), 2)).to.equal('codec.wrong-shape');
    expect(codeOf(propose({ nobodyKnows: 1 }), 2)).to.equal('codec.wrong-shape');
  });

  it('in their first block the parameter that they add has its value, what was to be migrated is, and the changed rule holds', () => {
    untilHeight(DUE - 3);
    expect(world.code(world.transfer('uploader', 1n))).to.equal('accept');
    untilHeight(DUE - 1);
    expect(parameters(world.state.view)).not.to.have.property('transferLeast');
    expect(world.code(world.transfer('uploader', 1n)), 'for their first block').to.equal('accept');
    world.run([]);
    expect(parameters(world.state.view)).to.include({ transferLeast: 2 });
    expect(world.code(world.transfer('uploader', 1n))).to.equal('amount.wrong');
    expect(world.code(world.transfer('uploader', 2n))).to.equal('accept');
  });

  it('void what waits for approvals when they begin, and take none of it by its old form', () => {
    const four = new tomorrow.World(genesisOf({}, 4));
    four.decide({ kind: 'upgrade', height: DUE, version: 2 });
    const old = four.propose({ kind: 'set-parameters', parameters: parameters(four.state.view) });
    four.run([old]);
    expect(openProposals(four.state.view, four.time)).to.have.length(1);
    while (four.state.header.version === 1) four.run([]);
    expect(openProposals(four.state.view, four.time)).to.have.length(0);
    expect(
      four.code(four.propose({ kind: 'set-parameters', parameters: parameters(four.state.view) })),
    ).to.equal('accept');
    const { transferLeast: _, ...before } = parameters(four.state.view) as never as Record<string, number>;
    const outdated = four.propose({ kind: 'set-parameters', parameters: before as never });
    expect(four.code(outdated)).to.equal('rule.not-in-force');
  });

  it('a chain of both versions is replayed from its genesis to the same state', () => {
    world.run([world.transfer('uploader', 1n)]);
    untilHeight(DUE);
    world.run([burn(5n), world.transfer('uploader', 2n)]);
    const again = new tomorrow.World(GENESIS);
    for (const executed of world.blocks) again.adopt(executed);
    expect(toHex(again.state.hash)).to.equal(toHex(world.state.hash));
    const versions = world.blocks.map(({ block }) => block.header.version);
    expect(versions).to.deep.equal([...versions.slice(0, DUE - 1).map(() => 1), 2, 2]);
  });
});
