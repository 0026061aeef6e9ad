/** Is the state of a store whole? Every page against the root in the head's header, every value against its leaf. */
import { decodeBlock, headerHash } from '../../chain/block/block.ts';
import { pageKey } from '../../chain/state/tree.ts';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import type { Store } from '../../core/ports.ts';
import type { Hash32, Height } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import * as keys from '../../store/keyspaces.ts';
import { walkState } from '../ledger/state-walk.ts';
import { Leaves } from '../sync/snapshot/leaves.ts';
import { pagesFrom, TreeFill } from '../sync/snapshot/pages.ts';

/** At a time. */
const ENTRIES = 1_000;

export type CheckedState = {
  readonly hash: Hash32;
  readonly height: Height;
  readonly chainId: Hash32;
  readonly entries: number;
};

/** @returns reject("snapshot.wrong") that says what is missing or different. */
export async function checkState(
  store: Pick<Store, 'get' | 'getMany' | 'range'>,
): Promise<Verdict<CheckedState>> {
  const hash = store.get(keys.metaKey('head'));
  const body = hash && store.get(keys.blockKey(hash));
  const block = body && decodeBlock(body);
  if (hash === undefined || block?.kind !== 'accept') return reject('snapshot.wrong', 'there is no head');
  const { header } = block.value;
  if (!equalBytes(headerHash(header), hash)) return reject('snapshot.wrong', 'the head is another block');
  const tree = { node: (key: Bytes) => store.get(keys.treeNodeKey(key)) };
  const { height, stateRoot, chainId } = header;
  if (tree.node(pageKey(height, 0, hash)) === undefined) return reject('snapshot.wrong', 'there is no state');
  const fill = new TreeFill(stateRoot, height, [], tree);
  let leaves = 0;
  for (const page of pagesFrom(tree, height, [])) {
    const taken = fill.take(page);
    if (taken.kind !== 'accept') return taken;
    leaves += taken.value.leaves;
  }
  if (!fill.done) return reject('snapshot.wrong', 'pages are missing');
  const held = new Leaves(store, height);
  let entries = 0;
  for await (const some of walkState(store, new Uint8Array(0), ENTRIES)) {
    const wrong = await held.check(some);
    if (wrong !== undefined) return wrong;
    entries += some.length;
  }
  if (entries !== leaves) return reject('snapshot.wrong', 'entries are missing');
  return accept({ hash, height, chainId, entries });
}
