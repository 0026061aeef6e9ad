/** A card gathers by itself: what nobody counts must be what a count of days would give; and it ends when it should. */
import { expect } from 'chai';
import type { Action } from '../../chain/governance/action.ts';
import { card, parameters } from '../../chain/queries.ts';
import { keyOf } from '../chain/world.ts';
import { gather } from './gathering.ts';
import { scenarioOf } from './scenario.ts';
import { World } from './world.ts';

const TERMS = { allowance: 100, ceiling: 1_000 };

/** The second of two libraries lends a reader a card that ends with the present period. */
function lent() {
  const small = { libraries: 2, startFiles: 0, attestations: 1 };
  const world = new World(scenarioOf('school', 'card', { days: 100, seed: 1, ...small }));
  const [first, library] = [world.libraries[0]!, world.libraries[1]!];
  for (const key of ['reader', 'author']) library.register(key);
  library.lendOnTerms('reader', { ...TERMS, until: world.ledger.period });
  world.bring({ name: 'book', size: 500 }, 'author', first.name);
  const pass = (days: number) => {
    for (let day = 0; day < days; day++) world.pass();
  };
  const credit = () => card(world.ledger.view, keyOf('reader'), world.ledger.time)?.credit;
  const read = () => world.ledger.submit(world.pen.download('book', 'reader')).kind;
  const decide = (action: Action) => {
    const { kind } = world.ledger.submit(world.pen.propose(action, first.name));
    expect(kind).to.equal('accept');
  };
  return { world, first, library, pass, credit, read, decide };
}

describe('a card', () => {
  it('has what a count of days gives, whatever is read and changed between', () => {
    for (let seed = 1; seed <= 60; seed++) expect(gather(seed), `seed ${seed}`).to.equal(undefined);
  });

  it('is there on the last day of its last period, and pays nothing on the next', () => {
    const { pass, credit, read } = lent();
    pass(29);
    expect(credit()).to.equal(1_000n);
    pass(1);
    expect(credit()).to.equal(undefined);
    expect(read()).to.equal('reject');
  });

  it('belongs to whoever lent it, as long as it is in force', () => {
    const { world, first, library, pass } = lent();
    const until = world.ledger.period;
    expect(first.lendOnTerms('reader', { ...TERMS, until })).to.equal(false);
    pass(30);
    expect(library.lendOnTerms('reader', { ...TERMS, until })).to.equal(false);
    expect(first.lendOnTerms('reader', { ...TERMS, until: until + 1 })).to.equal(true);
  });

  it('of a member that was removed pays nothing, and goes on when the member is back', () => {
    const { library, pass, credit, read, decide } = lent();
    const member = { key: keyOf(library.name), name: library.name, addresses: [], tracker: '', api: '' };
    decide({ kind: 'remove-member', key: member.key });
    expect(credit()).to.equal(undefined);
    expect(read()).to.equal('reject');
    pass(1);
    decide({ kind: 'add-member', member });
    expect(credit()).to.equal(1_000n);
    expect(read()).to.equal('accept');
    expect(credit()).to.equal(500n);
  });

  it('pays nothing while the federation lends none', () => {
    const { world, credit, read, decide } = lent();
    const now = parameters(world.ledger.view);
    decide({ kind: 'set-parameters', parameters: { ...now, cardBytesPerNodePerDay: 0 } });
    expect(credit()).to.equal(undefined);
    expect(read()).to.equal('reject');
    decide({ kind: 'set-parameters', parameters: now });
    expect(read()).to.equal('accept');
  });
});
