/** An upgrade waits until a quorum of those who vote has said that it knows the rules. */
import { expect } from 'chai';
import { decodeHeader, encodeHeader } from '../../../chain/block/block.ts';
import { childVersion, RULES_VERSION } from '../../../chain/block/version.ts';
import { authorities, signals } from '../../../chain/queries.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { PublicKey32 } from '../../../core/scalars.ts';
import { genesisOf, World } from '../world.ts';

const NEXT = RULES_VERSION + 1;
/** The upgrade is agreed upon in the first blocks, and due from here on. */
const DUE = 20;

describe('an upgrade', () => {
  let world: World;
  /** Who knows the next rules. */
  let ready: PublicKey32[];

  beforeEach(() => {
    world = new World(genesisOf({}, 4));
    ready = [];
    world.decide({ kind: 'upgrade', height: DUE, version: NEXT });
  });

  function block(): void {
    world.knows = ready.some((key) => equalBytes(key, world.proposer)) ? NEXT : RULES_VERSION;
    world.run([]);
  }
  function untilHeight(height: number): void {
    while (world.state.header.height < height) block();
  }
  const voters = (): readonly PublicKey32[] => authorities(world.state.view);

  it('waits behind its height until the last of a quorum has said in a block that it knows the rules', () => {
    ready = voters().slice(0, 2);
    untilHeight(DUE + 40);
    expect(childVersion(world.state)).to.equal(RULES_VERSION);
    ready = voters().slice(0, 3);
    while (!equalBytes(world.proposer, ready[2]!)) block();
    expect(childVersion(world.state)).to.equal(RULES_VERSION);
    block();
    expect(childVersion(world.state)).to.equal(NEXT);
  });

  it('is due at its height, not before, where all are ready', () => {
    ready = [...voters()];
    untilHeight(DUE - 2);
    expect(childVersion(world.state)).to.equal(RULES_VERSION);
    block();
    expect(childVersion(world.state)).to.equal(NEXT);
  });

  it('does not count the word that its maker has taken back, nor one that is old', () => {
    ready = voters().slice(0, 3);
    untilHeight(10);
    const [first] = ready;
    ready = ready.slice(1);
    untilHeight(DUE + 4);
    expect(childVersion(world.state), 'taken back').to.equal(RULES_VERSION);
    expect(signals(world.state.view).map(({ key }) => toHex(key))).not.to.include(toHex(first!));
    // The other two make no block any more, and are as good as gone.
    world.away = ready;
    untilHeight(DUE + limits.signalBlocks);
    ready = [first!, voters()[3]!];
    untilHeight(DUE + limits.signalBlocks + 10);
    expect(signals(world.state.view), 'four knew it, but not at one time').to.have.length(2);
    expect(childVersion(world.state), 'old').to.equal(RULES_VERSION);
  });

  it('keeps nothing of signals while nobody knows more', () => {
    const before = world.state.header.stateRoot;
    block();
    expect(signals(world.state.view)).to.deep.equal([]);
    expect(toHex(world.state.header.stateRoot)).to.equal(toHex(before));
    ready = [world.proposer];
    block();
    expect(signals(world.state.view)).to.have.length(1);
  });

  it('codec.wrong-shape: a signal says more than the block follows, or is none', () => {
    const { header } = world.state;
    for (const [knows, kind] of [
      [NEXT, 'accept'],
      [RULES_VERSION, 'reject'],
      [0, 'reject'],
      [-1, 'reject'],
      [1.5, 'reject'],
    ] as const) {
      expect(decodeHeader(encodeHeader({ ...header, knows })).kind, `${knows}`).to.equal(kind);
    }
  });
});
