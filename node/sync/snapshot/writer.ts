/**
 * What a joiner does with the chunks of a snapshot: checks each against the state root of a final header and writes
 * it together with the progress that it makes. Asks nobody. The rule of a whole state: every entry stands in the
 * tree, no two are the same, and there are as many as the tree has leaves.
 */
import { encodeBlock, headerHash, sealsEpoch } from '../../../chain/block/block.ts';
import type { Genesis } from '../../../chain/block/genesis.ts';
import type { TreeReader } from '../../../chain/state/tree.ts';
import { encodeMessage } from '../../../consensus/messages.ts';
import { assert } from '../../../core/assert.ts';
import { type Bytes, compareBytes, toHex } from '../../../core/bytes.ts';
import type { PeerKey, Store, StoreWrite } from '../../../core/ports.ts';
import type { Height } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import { trustGenesis } from '../../../light/trusted.ts';
import * as keys from '../../../store/keyspaces.ts';
import { epochRootWrites, heightWrite, pendingBodies } from '../../ledger/block-store.ts';
import { sealBefore, sealWrite } from '../../ledger/seals.ts';
import { after } from './batches.ts';
import { type JoinRecord, joinEndWrites, joinOfferWrite, joinRecordWrite } from './join-record.ts';
import { Leaves } from './leaves.ts';
import { type Path, TreeFill } from './pages.ts';
import { decodePages, type Entries, type Entry, type Offer } from './protocol.ts';
import type { TrustedOffer } from './trust.ts';

export type Attempt = Extract<JoinRecord, { readonly peer: PeerKey }>;
type At<Phase extends Attempt['phase']> = Extract<Attempt, { readonly phase: Phase }>;

/**
 * Seals stay: they were verified, and are the same for everybody. So do bodies that are not final: the journal stays,
 * and a Finalize in it has promised the body (consensus/SPEC.md, R19). The ledger drops what the new head decides.
 */
const CLEARED = [
  keys.KEYSPACES.state,
  keys.KEYSPACES.treeNode,
  keys.KEYSPACES.staleNodes,
  keys.KEYSPACES.block,
  keys.KEYSPACES.height,
  keys.KEYSPACES.events,
  keys.KEYSPACES.transactionAt,
  keys.KEYSPACES.history,
];
const CLEARED_META = ['chain', 'head', 'base', 'epoch-root', 'epoch-root-height', 'history'];
const CLEARED_ROWS = 5_000;
export class SnapshotWriter {
  readonly #store: Store;
  readonly #genesis: Genesis;
  readonly #tree: TreeReader;
  #leaves: Leaves | undefined;

  constructor(store: Store, genesis: Genesis) {
    this.#store = store;
    this.#genesis = genesis;
    this.#tree = { node: (key) => store.get(keys.treeNodeKey(key)) };
  }

  /** Are these the pages of the offered state, from the root on? Writes nothing. */
  opens({ block }: Pick<Offer, 'block'>, answer: Bytes): Verdict {
    const { stateRoot, height } = block.header;
    const pages = decodePages(answer);
    if (pages.kind !== 'accept') return pages;
    if (pages.value.length === 0) return reject('snapshot.wrong', 'fewer pages than the tree has');
    const fill = new TreeFill(stateRoot, height, [], this.#tree);
    for (const packed of pages.value) {
      const taken = fill.take(packed);
      if (taken.kind !== 'accept') return taken;
    }
    return accept();
  }

  /** From now on the store holds no ledger. */
  async begin(offer: TrustedOffer, above: Height, peer: PeerKey): Promise<void> {
    const writes: StoreWrite[] = [
      joinOfferWrite(offer.answer),
      joinRecordWrite({ phase: 'clearing', above, peer }),
      ...offer.seals.map(sealWrite),
      ...CLEARED_META.map((name): StoreWrite => ({ type: 'del', key: keys.metaKey(name) })),
    ];
    await this.#store.write(writes, { sync: true });
  }

  /** Forgets that a state was wanted, if nothing has been cleared yet. @returns false when there is no ledger to go on with. */
  async keepLedger(): Promise<boolean> {
    if (this.#store.get(keys.metaKey('head')) === undefined) return false;
    await this.#store.write(joinEndWrites(), { sync: true });
    return true;
  }

  /** A large state takes its time. @param stopped - then it returns where it was; the next run clears the rest. */
  async clear(at: At<'clearing'>, stopped: () => boolean): Promise<Attempt> {
    const { above, peer } = at;
    const kept = new Set((await pendingBodies(this.#store)).map((hash) => toHex(keys.blockKey(hash))));
    for (const keyspace of CLEARED) {
      const { from, to } = keys.prefixRange(Uint8Array.of(keyspace));
      for (let place = from; ; ) {
        if (stopped()) return at;
        const rows = await this.#store.range({ from: place, to, limit: CLEARED_ROWS });
        const latest = rows.at(-1);
        if (latest === undefined) break;
        const gone = rows.filter(([key]) => !kept.has(toHex(key)));
        await this.#store.write(
          gone.map(([key]) => ({ type: 'del', key })),
          { sync: false },
        );
        place = after(latest[0]);
      }
    }
    this.#leaves = undefined;
    return this.#moved({ phase: 'pages', above, peer, path: [], leaves: 0 }, []);
  }

  /**
   * @param ahead - called with the place of the next pages before these are written.
   * @returns what is to be fetched next, or a reject: then the member was wrong.
   */
  async pages(
    at: At<'pages'>,
    { block }: Offer,
    answer: Bytes,
    ahead: (path: Path) => void,
  ): Promise<Verdict<Attempt>> {
    const { stateRoot, height } = block.header;
    const pages = decodePages(answer);
    if (pages.kind !== 'accept') return pages;
    if (pages.value.length === 0) return reject('snapshot.wrong', 'fewer pages than the tree has');
    const fill = new TreeFill(stateRoot, height, at.path, this.#tree);
    const writes: StoreWrite[] = [];
    let { leaves } = at;
    for (const packed of pages.value) {
      const taken = fill.take(packed);
      if (taken.kind !== 'accept') return taken;
      const { key, value } = taken.value;
      writes.push({ type: 'put', key: keys.treeNodeKey(key), value });
      leaves += taken.value.leaves;
    }
    const { above, peer } = at;
    if (!fill.done) ahead(fill.path);
    const next: Attempt = fill.done
      ? { phase: 'entries', above, peer, from: new Uint8Array(0), leaves, entries: 0 }
      : { phase: 'pages', above, peer, path: fill.path, leaves };
    return accept(await this.#moved(next, writes));
  }

  /** @returns what is to be fetched next, 'joined' when the store holds a ledger, or a reject. */
  async entries(at: At<'entries'>, offer: Offer, found: Entries): Promise<Verdict<Attempt | 'joined'>> {
    const { entries, last } = found;
    if (!areInOrder(entries, at.from)) return reject('snapshot.wrong', 'entries out of order');
    this.#leaves ??= new Leaves(this.#store, offer.block.header.height);
    const wrong = await this.#leaves.check(entries);
    if (wrong !== undefined) return wrong;
    const count = at.entries + entries.length;
    if (count > at.leaves) return reject('snapshot.wrong', 'more entries than leaves');
    if (last && count < at.leaves) return reject('snapshot.wrong', 'entries are missing');
    if (!last && entries.length === 0) return reject('snapshot.wrong', 'no entries');
    const writes = entries.map(
      ([key, value]): StoreWrite => ({ type: 'put', key: keys.stateKey(key), value }),
    );
    if (last) {
      await this.#store.write([...writes, ...this.#endWrites(offer)], { sync: true });
      return accept('joined');
    }
    const from = after(entries.at(-1)![0]);
    return accept(await this.#moved({ ...at, from, entries: count }, writes));
  }

  /** What makes the block the head of a ledger that has none of the blocks before it but genesis. */
  #endWrites({ block, bytes, finalization }: Offer): StoreWrite[] {
    const { header } = block;
    const { hash } = finalization;
    const start = trustGenesis(this.#genesis);
    const seal = sealsEpoch(header) ? header : sealBefore(this.#store, header.epoch)?.header;
    assert(seal !== undefined || header.epoch === 0, 'the seals were written when the join began');
    const root =
      seal === undefined ? { hash: start.hash, height: 0 } : { hash: headerHash(seal), height: seal.height };
    return [
      { type: 'put', key: keys.metaKey('chain'), value: header.chainId },
      { type: 'put', key: keys.metaKey('head'), value: hash },
      { type: 'put', key: keys.metaKey('base'), value: keys.bigEndian(header.height) },
      ...epochRootWrites(root.hash, root.height),
      {
        type: 'put',
        key: keys.blockKey(start.hash),
        value: encodeBlock({ header: start.header, transactions: [] }),
      },
      heightWrite(0, start.hash, undefined),
      { type: 'put', key: keys.blockKey(hash), value: bytes },
      heightWrite(header.height, hash, encodeMessage(finalization)),
      ...joinEndWrites(),
    ];
  }

  /** One batch: a chunk and the progress that it makes. What a crash loses of it is fetched again. */
  async #moved<Next extends Attempt>(next: Next, writes: readonly StoreWrite[]): Promise<Next> {
    await this.#store.write([...writes, joinRecordWrite(next)], { sync: false });
    return next;
  }
}

function areInOrder(entries: readonly Entry[], from: Bytes): boolean {
  let least = from;
  for (const [key] of entries) {
    if (compareBytes(key, least) < 0) return false;
    least = after(key);
  }
  return true;
}
