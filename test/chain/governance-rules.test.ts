/** What the authorities decide together. */
import { expect } from 'chai';
import { authoritiesHash, sealsEpoch } from '../../chain/block/block.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import type { Action } from '../../chain/governance/action.ts';
import {
  account,
  authorities,
  file,
  isBilling,
  member,
  members,
  openProposals,
  parameters,
  proposal,
  right,
  supply,
  upgrade,
} from '../../chain/queries.ts';
import { SPACES } from '../../chain/state/keys.ts';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import { decodeTransaction, encodeTransaction } from '../../chain/transaction/transaction.ts';
import { compareBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { genesisOf, hashOf, idOf, keyOf, storedBy, World } from './world.ts';

const newcomer = { key: keyOf('eve'), name: 'Eve', addresses: [], tracker: '', api: '' };

describe('rules for governance', () => {
  it('applies a proposal in the block in which a quorum has approved', () => {
    const world = new World(genesisOf({}, 4));
    const proposed = world.propose({ kind: 'add-member', member: newcomer });
    world.run([proposed, world.approve(idOf(proposed), 'bob')]);
    expect(member(world.state.view, keyOf('eve'))).to.equal(undefined);
    const { events } = world.run([world.approve(idOf(proposed), 'cid')]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['approved', 'members-changed', 'applied']);
    expect(member(world.state.view, keyOf('eve'))).to.deep.equal(newcomer);
    expect(members(world.state.view)).to.have.length(5);
    expect(openProposals(world.state.view, world.time)).to.deep.equal([]);
    expect(proposal(world.state.view, idOf(proposed), world.now)?.applied).to.equal(2);
  });

  it('one authority alone decides at once', () => {
    const world = new World(genesisOf({}, 1));
    world.run([world.propose({ kind: 'upgrade', height: 100, version: 2 })]);
    expect(upgrade(world.state.view)).to.deep.equal({ height: 100, version: 2 });
  });

  it('applies each kind of action', () => {
    const world = new World();
    const tuned = { ...world.genesis.parameters, heartbeatMs: 500 };
    world.decide({ kind: 'set-parameters', parameters: tuned });
    expect(parameters(world.state.view)).to.deep.equal(tuned);
    world.decide({ kind: 'grant-role', key: keyOf('reader'), role: 'billing' });
    expect(isBilling(world.state.view, keyOf('reader'))).to.equal(true);
    world.decide({ kind: 'revoke-role', key: keyOf('reader'), role: 'billing' });
    expect(isBilling(world.state.view, keyOf('reader'))).to.equal(false);
    world.decide({ kind: 'update-member', member: { ...newcomer, key: keyOf('dan'), name: 'Dan' } });
    expect(member(world.state.view, keyOf('dan'))?.name).to.equal('Dan');
    world.decide({ kind: 'remove-member', key: keyOf('dan') });
    expect(members(world.state.view)).to.have.length(3);
  });

  it('a change of authorities seals the epoch; its child belongs to the next one', () => {
    const world = new World();
    const { block } = world.decide(world.elect('ann', 'dan'));
    expect(sealsEpoch(block.header)).to.equal(true);
    expect(block.header.epoch).to.equal(0);
    expect(block.header.nextAuthoritiesHash).to.deep.equal(authoritiesHash([keyOf('ann'), keyOf('dan')]));
    expect(authorities(world.state.view)).to.deep.equal([keyOf('ann'), keyOf('dan')].sort(compareBytes));
    const child = world.run([]).block.header;
    expect(child.epoch).to.equal(1);
    expect(child.authoritiesHash).to.deep.equal(block.header.nextAuthoritiesHash);
    expect(sealsEpoch(child)).to.equal(false);
  });

  it('proposal.unknown: a change of the authorities makes void what was proposed and approved under the old set', () => {
    const world = new World(genesisOf({}, 4));
    const waiting = world.propose({ kind: 'grant-role', key: keyOf('reader'), role: 'billing' }, 'bob');
    world.run([waiting, world.approve(idOf(waiting), 'ann')]);
    expect(world.code(world.approve(idOf(waiting), 'cid'))).to.equal('accept');
    world.decide(world.elect('ann', 'bob'));
    for (const name of ['ann', 'bob']) {
      expect(world.code(world.approve(idOf(waiting), name)), name).to.equal('proposal.unknown');
    }
    expect(openProposals(world.state.view, world.time)).to.deep.equal([]);
    expect(proposal(world.state.view, idOf(waiting), world.now)).to.equal(undefined);
  });

  it('does not bring back an authority that was removed, by an old proposal or an old approval', () => {
    const world = new World(genesisOf({}, 4));
    // Two of four are for another set without dan; it is not enough.
    const old = world.propose(world.elect('ann', 'bob', 'cid'), 'dan');
    const same = world.propose({ kind: 'grant-role', key: keyOf('reader'), role: 'billing' }, 'dan');
    world.run([old, world.approve(idOf(old), 'cid'), same, world.approve(idOf(same), 'cid')]);
    world.decide(world.elect('ann', 'bob'));
    world.decide(world.elect('ann', 'bob', 'cid', 'dan'), ['ann', 'bob']);
    // The set of then is the set of now: what was void stays void.
    expect(world.code(world.approve(idOf(old), 'ann'))).to.equal('proposal.unknown');
    expect(world.code(world.approve(idOf(same), 'ann'))).to.equal('proposal.unknown');
    expect(world.code(old)).to.equal('transaction.repeated');
  });

  it('proposal.unknown: what was applied in another epoch is over as well, and leaves with the others', () => {
    const world = new World(genesisOf({}, 4));
    const applied = world.propose({ kind: 'grant-role', key: keyOf('reader'), role: 'billing' });
    world.run([applied, ...['bob', 'cid'].map((name) => world.approve(idOf(applied), name))]);
    expect(world.code(world.approve(idOf(applied), 'dan'))).to.equal('proposal.closed');
    world.decide(world.elect('ann', 'bob', 'dan'));
    expect(world.code(world.approve(idOf(applied), 'dan'))).to.equal('proposal.unknown');
    expect(proposal(world.state.view, idOf(applied), world.now)).to.equal(undefined);
    world.run([], limits.proposalLifeMs);
    expect(proposalsStored(world)).to.equal(1);
    world.run([world.transfer('uploader', 1n)]);
    expect(proposalsStored(world)).to.equal(0);
  });

  it('lets expired proposals leave the state with the transactions that come', () => {
    const world = new World();
    const waiting = [1, 2, 3].map((n) => world.propose({ kind: 'upgrade', height: 50 + n, version: 2 }));
    world.run(waiting);
    world.run([], limits.proposalLifeMs);
    world.run([world.transfer('uploader', 1n)], 1);
    world.run([world.transfer('uploader', 1n)], 1);
    expect(proposalsStored(world)).to.equal(0);
    expect(openProposals(world.state.view, world.time)).to.deep.equal([]);
  });

  it('tells nobody of a proposal that is over, though it is still stored', () => {
    const world = new World();
    const waiting = world.propose({ kind: 'upgrade', height: 50, version: 2 });
    world.run([waiting]);
    const found = (time: number) => {
      const one = proposal(world.state.view, idOf(waiting), { ...world.now, time });
      return [one !== undefined, openProposals(world.state.view, time).length];
    };
    const end = world.time + limits.proposalLifeMs;
    expect(found(end), 'its last millisecond').to.deep.equal([true, 1]);
    expect(found(end + 1)).to.deep.equal([false, 0]);
    world.run([], limits.proposalLifeMs + 1);
    expect(proposalsStored(world)).to.equal(1);
    expect(found(world.time)).to.deep.equal([false, 0]);
    expect(world.code(world.approve(idOf(waiting), 'bob')), 'as the rule says').to.equal('proposal.unknown');
  });

  it('proposal.not-applicable: a new authority has signed for its seat, in this epoch, and in time', () => {
    const world = new World(genesisOf({}, 1));
    const election = world.elect('ann', 'dan');
    const [seat] = election.seats;
    const wrong = {
      none: [],
      'of another': world.elect('ann', 'cid').seats,
      'one too many': world.elect('ann', 'cid', 'dan').seats,
      'of another epoch': [{ ...seat!, epoch: 1 }],
      'too old': [{ ...seat!, expires: world.time / 1_000 }],
    };
    for (const [why, seats] of Object.entries(wrong)) {
      expect(world.code(world.propose({ ...election, seats })), why).to.equal('proposal.not-applicable');
    }
    expect(world.code(world.propose(election))).to.equal('accept');
    const inTime = { ...seat!, expires: world.time / 1_000 + 1 };
    expect(world.code(world.propose({ ...election, seats: [inTime] }))).to.equal('accept');
    // Whoever votes already needs none, and cannot be asked for it.
    world.decide(election, ['ann']);
    expect(world.elect('ann', 'bob', 'dan').seats.map(({ key }) => key)).to.deep.equal([keyOf('bob')]);
  });

  it('proposal.not-applicable: an upgrade is announced in time, and taken back at any time', () => {
    const world = new World(genesisOf({ upgradeNoticeBlocks: 12 }, 1));
    const upgradeAt = (height: number, version = 2) => world.propose({ kind: 'upgrade', height, version });
    expect(world.code(upgradeAt(12))).to.equal('proposal.not-applicable');
    expect(world.code(upgradeAt(13))).to.equal('accept');
    world.run([upgradeAt(13)]);
    while (world.state.header.height < 11) world.run([]);
    expect(world.code(upgradeAt(13, 1))).to.equal('accept');
    expect(world.code(upgradeAt(12, 1))).to.equal('proposal.not-applicable');
  });

  it('role.missing: only an authority proposes and approves', () => {
    const world = new World();
    const proposed = world.propose({ kind: 'upgrade', height: 50, version: 2 });
    world.run([proposed]);
    expect(world.code(world.propose({ kind: 'upgrade', height: 50, version: 2 }, 'dan'))).to.equal(
      'role.missing',
    );
    expect(world.code(world.approve(idOf(proposed), 'dan'))).to.equal('role.missing');
  });

  it('proposal.unknown', () => {
    const world = new World();
    expect(world.code(world.approve(hashOf('nothing'), 'ann'))).to.equal('proposal.unknown');
  });

  it('proposal.already-approved: an authority counts once, the proposer has approved', () => {
    const world = new World();
    const proposed = world.propose({ kind: 'upgrade', height: 50, version: 2 });
    world.run([proposed]);
    expect(world.verdict(world.approve(idOf(proposed), 'ann'))).to.deep.equal({
      kind: 'ignore',
      code: 'proposal.already-approved',
    });
  });

  it('proposal.closed: applied; proposal.unknown: two weeks old', () => {
    const world = new World(genesisOf({}, 4));
    const applied = world.propose({ kind: 'upgrade', height: 50, version: 2 });
    const approvals = ['bob', 'cid'].map((name) => world.approve(idOf(applied), name));
    world.run([applied, ...approvals]);
    expect(world.code(world.approve(idOf(applied), 'dan'))).to.equal('proposal.closed');
    const old = world.propose({ kind: 'upgrade', height: 60, version: 2 });
    world.run([old]);
    expect(world.code(world.approve(idOf(old), 'dan'), limits.proposalLifeMs)).to.equal('accept');
    expect(world.code(world.approve(idOf(old), 'dan'), limits.proposalLifeMs + 1)).to.equal(
      'proposal.unknown',
    );
  });

  it('proposal.too-many: one authority cannot fill the list, and expired proposals make room', () => {
    const world = new World();
    const spam = () => world.propose({ kind: 'upgrade', height: 1_000, version: 2 });
    for (let i = 0; i < limits.proposalsOpenPerAuthorityMax; i++) world.run([spam()]);
    expect(world.code(spam())).to.equal('proposal.too-many');
    expect(world.code(world.propose({ kind: 'upgrade', height: 50, version: 2 }, 'bob'))).to.equal('accept');
    world.run([], limits.proposalLifeMs + 1);
    expect(world.code(spam())).to.equal('accept');
  });

  it('proposal.not-applicable: what does not fit the present state is refused', () => {
    const world = new World(genesisOf({}, 1));
    const refused: Action[] = [
      { kind: 'add-member', member: { ...newcomer, key: keyOf('bob') } },
      { kind: 'add-member', member: { ...newcomer, key: new Uint8Array(32) } },
      { kind: 'update-member', member: newcomer },
      { kind: 'remove-member', key: keyOf('eve') },
      { kind: 'remove-member', key: keyOf('ann') },
      world.elect('ann'),
      world.elect('eve'),
      { kind: 'grant-role', key: keyOf('billing'), role: 'billing' },
      { kind: 'grant-role', key: keyOf('stranger'), role: 'billing' },
      { kind: 'revoke-role', key: keyOf('reader'), role: 'billing' },
      { kind: 'take-down', hash: hashOf('never announced') },
      { kind: 'restore', hash: hashOf('never announced') },
      { kind: 'upgrade', height: 0, version: 2 },
      { kind: 'upgrade', height: 1, version: 2 },
      { kind: 'upgrade', height: 9, version: 0 },
      { kind: 'upgrade', height: 9, version: 3 },
      { kind: 'upgrade', height: Number.MAX_SAFE_INTEGER, version: Number.MAX_SAFE_INTEGER },
      { kind: 'set-parameters', parameters: { ...world.genesis.parameters, attestations: 5 } },
    ];
    for (const action of refused) {
      expect(world.code(world.propose(action)), action.kind).to.equal('proposal.not-applicable');
    }
  });

  it('resets a false entry: what it minted goes, as far as the balance reaches, and the true file can come', () => {
    const world = new World();
    world.run([world.upload('f', 100n)]);
    world.run([world.download('f')]);
    world.run([world.transfer('reader', 70n, 'uploader')]);
    const before = supply(world.state.view);
    expect(world.code(world.propose({ kind: 'reset-file', hash: hashOf('g') }))).to.equal('accept');
    const { events } = world.decide({ kind: 'reset-file', hash: hashOf('f') });
    expect(events.map(({ kind }) => kind)).to.include('reset');
    expect(account(world.state.view, keyOf('uploader'))).to.include({ tokens: 0n, uploaded: 0n });
    expect(supply(world.state.view).minted, '30 of 100 were left').to.equal(before.minted - 30n);
    expect(file(world.state.view, hashOf('f'))).to.equal(undefined);
    expect(right(world.state.view, keyOf('reader'), hashOf('f'))).to.equal('none');
    expect(world.code(world.download('f', 'billing'))).to.equal('file.unknown');

    world.run([world.upload('f', 40n, 'billing', { sponsor: keyOf('bob') })]);
    expect(file(world.state.view, hashOf('f'))?.size).to.equal(40n);
    expect(right(world.state.view, keyOf('reader'), hashOf('f')), 'it was bought').to.equal('reader');
    expect(right(world.state.view, keyOf('uploader'), hashOf('f')), 'it was not its file').to.equal('none');
    expect(world.code(world.download('f'))).to.equal('download.already-owned');
  });

  it('proposal.not-applicable: only what is available is reset, also when it was taken down', () => {
    const world = new World(genesisOf({ attestations: 2 }, 1));
    world.run([world.upload('f', 100n)]);
    const reset = (): ReturnType<World['propose']> =>
      world.propose({ kind: 'reset-file', hash: hashOf('f') });
    expect(world.code(reset())).to.equal('proposal.not-applicable');
    world.run([world.attest('f', 'bob')]);
    world.decide({ kind: 'take-down', hash: hashOf('f') }, ['ann']);
    world.run([reset()]);
    expect(world.code(reset())).to.equal('proposal.not-applicable');
    expect(world.code(world.upload('f', 100n)), 'the take-down has gone with it').to.equal('accept');
  });

  it('keeps as many libraries as must attest a file', () => {
    const world = new World(genesisOf({ attestations: 3 }, 1));
    world.decide({ kind: 'remove-member', key: keyOf('dan') }, ['ann']);
    expect(world.code(world.propose({ kind: 'remove-member', key: keyOf('cid') }))).to.equal(
      'proposal.not-applicable',
    );
    const parameters = { ...world.genesis.parameters, attestations: 2 };
    world.decide({ kind: 'set-parameters', parameters }, ['ann']);
    world.decide({ kind: 'remove-member', key: keyOf('cid') }, ['ann']);
    expect(members(world.state.view)).to.have.length(2);
  });

  it('moves an upgrade that is scheduled, and takes it back', () => {
    const world = new World(genesisOf({}, 1));
    world.decide({ kind: 'upgrade', height: 15, version: 2 }, ['ann']);
    world.decide({ kind: 'upgrade', height: 90, version: 2 }, ['ann']);
    expect(upgrade(world.state.view)).to.deep.equal({ height: 90, version: 2 });
    while (world.state.header.height < 16) world.run([]);
    world.decide({ kind: 'upgrade', height: 18, version: 1 }, ['ann']);
    while (world.state.header.height < 100) world.run([]);
    expect(world.state.header.version).to.equal(1);
  });

  it('takes thirty authorities, and not one more', () => {
    const world = new World(genesisOf({}, 1));
    const names = Array.from({ length: limits.authoritiesMax }, (_, i) => (i === 0 ? 'ann' : `library ${i}`));
    for (const name of names.slice(1)) {
      world.decide({ kind: 'add-member', member: { ...newcomer, key: keyOf(name) } }, ['ann']);
    }
    world.decide(world.elect(...names), ['ann']);
    expect(authorities(world.state.view)).to.have.length(30);
    const more = encodeTransaction(world.propose(world.elect(...names, 'bob')));
    expect(decodeTransaction(more, RULES_VERSION)).to.include({ kind: 'reject', code: 'codec.wrong-shape' });
    const none = encodeTransaction(world.propose({ kind: 'set-authorities', keys: [], seats: [] }));
    expect(decodeTransaction(none, RULES_VERSION)).to.include({ kind: 'reject', code: 'codec.wrong-shape' });
    // 21 of 30 decide.
    const proposed = world.propose({ kind: 'remove-member', key: keyOf('dan') });
    world.run([proposed, ...names.slice(1, 20).map((name) => world.approve(idOf(proposed), name))]);
    expect(member(world.state.view, keyOf('dan'))).not.to.equal(undefined);
    world.run([world.approve(idOf(proposed), names[20]!)]);
    expect(member(world.state.view, keyOf('dan'))).to.equal(undefined);
  });

  it('goes by the new set from the transaction on that has changed it, within the same block', () => {
    const world = new World(genesisOf({}, 1));
    const removal = world.propose({ kind: 'remove-member', key: keyOf('dan') });
    const block = [
      world.propose(world.elect('ann', 'bob', 'cid')),
      removal, // ann alone is no quorum any more
      world.approve(idOf(removal), 'bob'),
    ];
    world.run(block);
    expect(member(world.state.view, keyOf('dan'))).not.to.equal(undefined);
    const { events } = world.run([world.approve(idOf(removal), 'cid')]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['approved', 'members-changed', 'applied']);
  });

  it('an authority that leaves in a block neither proposes nor approves behind that in it', () => {
    const world = new World();
    const waiting = world.propose({ kind: 'remove-member', key: keyOf('dan') });
    world.run([waiting]);
    const change = world.propose(world.elect('ann', 'bob'));
    const approvals = ['bob', 'cid'].map((name) => world.approve(idOf(change), name));
    const late = [
      world.approve(idOf(waiting), 'cid'),
      world.propose({ kind: 'remove-member', key: keyOf('dan') }, 'cid'),
    ];
    const { refused } = world.build([change, ...approvals, ...late].map(encodeChecked));
    expect(refused.map(({ verdict }) => verdict.code)).to.deep.equal(['proposal.unknown', 'role.missing']);
  });

  it('proposal.not-applicable: an authority is a member when its election is applied, and stays one', () => {
    const world = new World(genesisOf({}, 1));
    world.decide({ kind: 'add-member', member: newcomer }, ['ann']);
    const removal = world.propose({ kind: 'remove-member', key: keyOf('eve') });
    const election = world.propose(world.elect('ann', 'eve'));
    const first = world.build([removal, election].map(encodeChecked));
    expect(first.refused.map(({ id }) => id)).to.deep.equal([idOf(election)]);
    const second = world.build([election, removal].map(encodeChecked));
    // What needs two now waits for the other one, who would be asked to send itself away.
    expect(second.refused).to.deep.equal([]);
    world.adopt(second.executed);
    expect(world.code(world.approve(idOf(removal), 'eve'))).to.equal('proposal.not-applicable');
  });

  it('proposal.not-applicable: one change of authorities a block', () => {
    const world = new World(genesisOf({}, 1));
    const first = world.propose(world.elect('ann', 'bob'));
    const second = world.propose(world.elect('ann', 'bob', 'cid'));
    const approval = world.approve(idOf(second), 'bob');
    const { refused } = world.build([first, second, approval].map(encodeChecked));
    expect(refused.map(({ verdict }) => verdict.code)).to.deep.equal(['proposal.not-applicable']);
  });
});

function proposalsStored(world: World): number {
  return [...storedBy(world).values.keys()].filter(
    (key) => Number.parseInt(key.slice(0, 2), 16) === SPACES.proposal,
  ).length;
}
