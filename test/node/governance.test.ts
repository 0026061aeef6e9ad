import { expect } from 'chai';
import { RULES_VERSION } from '../../chain/block/version.ts';
import type { Action } from '../../chain/governance/action.ts';
import { authorities, member } from '../../chain/queries.ts';
import { encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { systemClock, systemRandom } from '../../node/process/system.ts';
import { keyOf, seedOf } from '../chain/world.ts';
import { SAYS_MORE_THAN_IT_KNOWS } from '../sim/bugs/mutants.ts';
import { plantUnder } from '../sim/bugs/plant.ts';
import { electionAt } from './election.ts';
import { eventually } from './eventually.ts';
import type * as Replicas from './replicas.ts';
import { registration, startFederation, type TestFederation, type TestReplica } from './replicas.ts';

describe('governance of a federation of four', () => {
  let federation: TestFederation;
  beforeEach(async () => {
    federation = await startFederation(['ann', 'bob', 'cid', 'dan'], { authorities: 4 });
    await eventually(() => federation.replicas.every(({ engine }) => engine.role === 'authority'));
  });
  afterEach(() => federation.stop());

  const named = (name: string): TestReplica => federation.replicas.find((one) => one.name === name)!;
  const submit = async (transaction: Transaction, by = 'ann'): Promise<void> => {
    const verdict = await named(by).submission.submit(transaction);
    expect(verdict.kind, JSON.stringify(verdict)).to.equal('accept');
  };
  const chainId = (): Hash32 => named('ann').ledger.chainId;

  /** ann proposes; three of four agree, or whoever it is said. */
  const decide = async (action: Action, approving = ['bob', 'cid']): Promise<void> => {
    const expires = Math.floor(systemClock.now() / 1_000) + 600;
    const unsigned = { kind: 'propose' as const, action, nonce: systemRandom.bytes(16), expires };
    const propose = signTransaction<'propose'>(
      chainId(),
      { ...unsigned, proposer: keyOf('ann') },
      seedOf('ann'),
    );
    await submit(propose);
    const { id } = encodeChecked(propose);
    for (const name of approving) {
      const approve = { kind: 'approve' as const, proposal: id, authority: keyOf(name) };
      await submit(signTransaction<'approve'>(chainId(), approve, seedOf(name)));
    }
  };
  const set = (...names: string[]): Action => electionAt(named('ann').ledger, names);
  const isConnected = (one: string, other: string): boolean =>
    named(one)
      .network.peers()
      .some((peer) => equalBytes(peer, keyOf(other)));

  it('takes in a member, lets it vote, sends an authority away, and cuts off who is no member', async () => {
    const eve = await federation.join('eve');
    expect(isConnected('eve', 'ann')).to.equal(false);
    await decide({
      kind: 'add-member',
      member: { key: keyOf('eve'), name: 'Eve', addresses: [], tracker: '', api: '' },
    });
    await eventually(() => member(eve.ledger.head().view, keyOf('eve')) !== undefined);
    expect(isConnected('eve', 'ann')).to.equal(true);
    expect(eve.engine.role).to.equal('observer');

    await decide(set('ann', 'bob', 'cid', 'dan', 'eve'));
    await eventually(() => federation.replicas.every(({ engine }) => engine.status().epoch === 1));
    await eventually(() => eve.engine.role === 'authority');
    await federation.kill('dan'); // now eve is needed
    await submit(registration(federation.genesis, 'one', 'ann'));

    await decide(set('ann', 'bob', 'cid', 'eve'), ['bob', 'cid', 'eve']);
    await eventually(() => federation.replicas.every(({ engine }) => engine.status().epoch === 2));
    expect(authorities(eve.ledger.head().view).map(toHex)).not.to.include(toHex(keyOf('dan')));

    await decide(set('ann', 'bob', 'cid'));
    await eventually(() => eve.engine.role === 'observer');
    await submit(registration(federation.genesis, 'two', 'ann'));
    await eventually(() => eve.ledger.head().header.height === named('ann').ledger.head().header.height);

    await decide({ kind: 'remove-member', key: keyOf('eve') });
    await eventually(() => !isConnected('eve', 'ann'));
    expect(member(named('ann').ledger.head().view, keyOf('eve'))).to.equal(undefined);
  });

  it('keeps out who was removed, although an operator still names it', async () => {
    const eve = await federation.join('eve');
    const key = keyOf('eve');
    await decide({ kind: 'add-member', member: { key, name: 'Eve', addresses: [], tracker: '', api: '' } });
    const named = [{ key, addresses: [] }];
    await federation.kill('dan').then((dan) => federation.join('dan', dan, false, named));
    await eventually(() => isConnected('dan', 'eve'));
    await decide({ kind: 'remove-member', key });
    await eventually(() => ['ann', 'bob', 'cid', 'dan'].every((name) => !isConnected(name, 'eve')));
    const dan = await federation.kill('dan').then((old) => federation.join('dan', old, false, named));
    await eventually(() => dan.engine.role === 'authority');
    expect(isConnected('dan', 'eve')).to.equal(false);
    expect(eve.network.peers()).to.deep.equal([]);
  });

  it('stops before a block whose rules it does not know, without a crash', async () => {
    await federation.stop();
    const tomorrow = await plantUnder<typeof Replicas>('test/node/replicas.ts', [SAYS_MORE_THAN_IT_KNOWS]);
    federation = await tomorrow.startFederation(['ann', 'bob', 'cid', 'dan'], { authorities: 4 });
    const ann = named('ann');
    const last = ann.ledger.head().header.height + 30;
    await decide({ kind: 'upgrade', height: last + 1, version: RULES_VERSION + 1 });
    for (let i = 0; ann.ledger.head().header.height < last; i++) {
      await Promise.race([
        submit(registration(federation.genesis, `reader ${i}`, 'ann')),
        eventually(() => ann.ledger.head().header.height >= last),
      ]);
    }
    await eventually(() => federation.replicas.every(({ engine }) => engine.role === 'outdated'));
    const late = ann.submission.submit(registration(federation.genesis, 'late', 'ann'));
    const again = await federation.kill('dan').then((dan) => federation.join('dan', dan));
    await eventually(() => again.sync.behind === 0 && again.engine.role === 'outdated');
    for (const { ledger, engine, errors } of federation.replicas) {
      expect(ledger.head().header.height).to.equal(last);
      expect(errors, 'said once')
        .to.have.length(1)
        .and.have.nested.property('[0]')
        .that.includes('a newer one');
      expect(engine.status().idle).to.equal(true);
    }
    await ann.stop();
    expect((await late).kind).to.equal('reject');
  });

  it('passes an upgrade to rules that it knows', async () => {
    const ann = named('ann');
    const height = ann.ledger.head().header.height + 30;
    await decide({ kind: 'upgrade', height, version: RULES_VERSION });
    for (let i = 0; ann.ledger.head().header.height <= height; i++) {
      await submit(registration(federation.genesis, `reader ${i}`, 'ann'));
    }
    expect(ann.engine.role).to.equal('authority');
  });
});
