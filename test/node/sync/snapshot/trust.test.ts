/** What many ask for is made once: a genesis may name accounts by the ten thousand, and the loop has other work. */
import { expect } from 'chai';
import type { Genesis } from '../../../../chain/block/genesis.ts';
import { verifyHash } from '../../../../core/sign.ts';
import { createMemoryHub } from '../../../../network/memory.ts';
import { BlockStore } from '../../../../node/ledger/block-store.ts';
import { Ledger } from '../../../../node/ledger/ledger.ts';
import { serveChain } from '../../../../node/ledger/server.ts';
import { SNAPSHOT_PROTOCOL } from '../../../../node/peers/protocol-names.ts';
import { systemClock } from '../../../../node/process/system.ts';
import { OneChain } from '../../../../node/sync/snapshot/one-chain.ts';
import { encodeSnapshotRequest } from '../../../../node/sync/snapshot/protocol.ts';
import { SnapshotServer } from '../../../../node/sync/snapshot/server.ts';
import { askForOffer, type TrustedOffer } from '../../../../node/sync/snapshot/trust.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { keyOf, LIBRARIES } from '../../../chain/world.ts';
import { answerOf } from '../../answer-of.ts';
import { answering } from '../../answering.ts';
import { type FinalisedChain, finalisedChain } from '../../finalised-chain.ts';
import { quiet } from '../../replicas.ts';

const members = LIBRARIES.map((name) => ({ key: keyOf(name), addresses: [] }));

describe('offers of a state', () => {
  let hub: ReturnType<typeof createMemoryHub>;
  let chain: FinalisedChain;
  let stops: (() => Promise<void>)[];

  beforeEach(async () => {
    hub = createMemoryHub({ clock: systemClock });
    stops = [];
    const store = await started();
    chain = await finalisedChain(store);
    await chain.grow(3);
    await serve('ann', store);
    await chain.elect(['ann', 'bob', 'cid', 'dan']);
    await chain.grow(3);
    await serve('bob', store);
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
  });

  it('are checked without going through the accounts of the genesis for each', async () => {
    const { genesis, reads } = counted(chain.world.genesis);
    const { offer, compare } = await asker(genesis);
    await offer('ann');
    const once = reads();
    expect(once).to.be.greaterThan(0);
    expect(await compare(await offer('ann'), await offer('bob'))).to.equal('one chain');
    expect(reads()).to.equal(once);
  });

  it('are checked by a library that has a ledger without going through them at all', async () => {
    const own = await started();
    await Ledger.open(new BlockStore(own, 100), chain.world.genesis);
    const { genesis, reads } = counted(chain.world.genesis);
    await Ledger.open(new BlockStore(own, 100), genesis);
    const atStart = reads();
    const { offer, compare } = await asker(genesis);
    expect(await compare(await offer('ann'), await offer('bob'))).to.equal('one chain');
    expect(reads()).to.equal(atStart);
  });

  async function asker(genesis: Genesis) {
    const network = await connect('dan', async () => new Uint8Array(0));
    const ports = { network, clock: systemClock, verify: verifyHash };
    const oneChain = new OneChain(ports, genesis);
    type Offered = { readonly peer: Uint8Array; readonly offer: TrustedOffer };
    return {
      async offer(name: string): Promise<Offered> {
        const peer = keyOf(name);
        const offer = await askForOffer(ports, genesis, peer, 0);
        if (offer?.kind !== 'accept') throw new Error('the offer holds');
        return { peer, offer: offer.value };
      },
      compare: (one: Offered, other: Offered) => oneChain.compare(one, other),
    };
  }

  async function serve(name: string, store: MemoryStore): Promise<void> {
    const snapshots = new SnapshotServer({ store, ledger: chain.ledger, clock: systemClock, log: quiet });
    const protocols = serveChain(chain.ledger);
    await connect(name, async (protocol, bytes) =>
      protocol === SNAPSHOT_PROTOCOL ? snapshots.answer(bytes) : answerOf(protocols, protocol, bytes),
    );
    // Held from now on: each offers another height.
    await snapshots.answer(encodeSnapshotRequest({ kind: 'offer', above: 0 }));
    stops.push(() => snapshots.stop());
  }

  async function connect(name: string, answer: (protocol: string, bytes: Uint8Array) => Promise<Uint8Array>) {
    const network = await answering(hub, name, members, answer);
    stops.push(() => network.stop());
    return network;
  }
});

/** The same genesis, and how often its accounts were looked at. */
function counted(plain: Genesis): { readonly genesis: Genesis; reads(): number } {
  let reads = 0;
  const genesis = {
    ...plain,
    get accounts() {
      reads += 1;
      return plain.accounts;
    },
  };
  return { genesis, reads: () => reads };
}

async function started(): Promise<MemoryStore> {
  const made = createMemoryStore();
  await made.start();
  return made;
}
