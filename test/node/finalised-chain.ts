/** A chain with real certificates in a store, made block by block without running consensus: for tests of node/. */

import { sealsEpoch } from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import type { Parameters } from '../../chain/block/genesis.ts';
import type { Action } from '../../chain/governance/action.ts';
import { authorities } from '../../chain/queries.ts';
import { encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { assemble } from '../../consensus/certificate.ts';
import { encodeMessage, type Finalization } from '../../consensus/messages.ts';
import { quorum } from '../../consensus/quorum.ts';
import { statementHash } from '../../consensus/statements.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, compareBytes, equalBytes } from '../../core/bytes.ts';
import { createSigner } from '../../core/crypto-node.ts';
import type { DeepStore } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { BlockStore } from '../../node/ledger/block-store.ts';
import { Ledger } from '../../node/ledger/ledger.ts';
import { genesisOf, keyOf, LIBRARIES, seedOf, World } from '../chain/world.ts';

export type FinalisedChain = {
  readonly world: World;
  readonly ledger: Ledger;
  /** Makes a block of these, finalises it and commits it. */
  commit(transactions: readonly Transaction[], afterMs?: number): Promise<void>;
  /** `count` blocks of some registrations each. */
  grow(count: number, perBlock?: number): Promise<void>;
  /** Makes these libraries the authorities. */
  elect(names: readonly string[]): Promise<void>;
};

/** @param store - started and empty. */
export async function finalisedChain(
  store: DeepStore,
  statesKept = 100,
  parameters: Partial<Parameters> = {},
): Promise<FinalisedChain> {
  const world = new World(genesisOf({ blockIntervalMs: 0, ...parameters }));
  const ledger = await Ledger.open(new BlockStore(store, statesKept), world.genesis);
  let readers = 0;

  async function adopt(executed: Executed, signers: readonly PublicKey32[]): Promise<void> {
    const certificate = encodeMessage(finalizationOf(world.chainId, executed, signers));
    const again = ledger.execute(executed.block, executed.transactions);
    assert(again.kind === 'accept', 'the ledger accepts what the world has made');
    const commit = ledger.prepareCommit(executed.hash, certificate);
    assert(commit !== undefined, 'the block extends the head');
    await store.write(commit.writes, { sync: false }); // nothing is at stake here
    await store.write(ledger.advance(commit), { sync: false });
  }

  async function commit(transactions: readonly Transaction[], afterMs?: number): Promise<void> {
    const signers = authorities(world.state.view);
    await adopt(world.run(transactions, afterMs), signers);
  }

  /** Signed, unlike those of the world: whoever catches up looks at signatures. */
  function decision(action: Action, [first, ...others]: readonly string[]): readonly Transaction[] {
    const { chainId } = world;
    const unsigned = { kind: 'propose' as const, action, proposer: keyOf(first!), ...world.once() };
    const proposal = signTransaction<'propose'>(chainId, unsigned, seedOf(first!));
    const { id } = encodeChecked(proposal);
    const approvals = others.map((name) => {
      const approval = { kind: 'approve' as const, proposal: id, authority: keyOf(name) };
      return signTransaction<'approve'>(chainId, approval, seedOf(name));
    });
    return [proposal, ...approvals];
  }

  return {
    world,
    ledger,
    commit,
    async grow(count, perBlock = 3) {
      for (let i = 0; i < count; i++) {
        await commit(Array.from({ length: perBlock }, () => world.register(`reader ${readers++}`)));
      }
    },
    async elect(names) {
      const signers = authorities(world.state.view);
      const approving = LIBRARIES.filter((name) => signers.some((key) => equalBytes(key, keyOf(name))));
      const needed = approving.slice(0, quorum(signers.length));
      const executed = world.run(decision(world.elect(...names), needed));
      assert(sealsEpoch(executed.block.header), 'a new set ends the epoch');
      await adopt(executed, signers);
    },
  };
}

export function finalizationOf(
  chainId: Bytes,
  { block, hash }: Pick<Executed, 'block' | 'hash'>,
  signers: readonly PublicKey32[],
): Finalization {
  const { epoch, view } = block.header;
  const sorted = [...signers].sort(compareBytes);
  const votes = sorted.map((key, signer) => {
    const name = LIBRARIES.find((one) => equalBytes(keyOf(one), key));
    assert(name !== undefined, 'an authority is one of the libraries');
    const claim = { kind: 'finalize', view, hash } as const;
    const signature = createSigner(seedOf(name))(statementHash({ chainId, epoch }, claim));
    return { kind: 'finalize' as const, epoch, view, hash, signer, signature };
  });
  const certificate = assemble(votes, sorted.length);
  assert(certificate.kind === 'finalization', 'votes to finalise make a finalization');
  return certificate;
}
