/**
 * The last resort when more than f authorities are gone for ever: a genesis for a new chain, from the last final state
 * of a library that is not running. Whoever has the same state gets the same bytes. It carries over members, accounts
 * with their tokens (those in open sales included), roles and parameters; it cannot carry over files and purchases,
 * which are signed for the old chain (docs/operations.md).
 */
import { type Genesis, genesisToJson, parseGenesis } from '../../chain/block/genesis.ts';
import { account, isBilling, members, parameters } from '../../chain/queries.ts';
import { SPACES } from '../../chain/state/keys.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, compareBytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { Store } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { BlockStore } from '../ledger/block-store.ts';
import { Ledger } from '../ledger/ledger.ts';
import { walkState } from '../ledger/state-walk.ts';

/** At a time. */
const ENTRIES = 1_000;
const ACCOUNT = Uint8Array.of(SPACES.account);

/**
 * @param store - started. @param authorities - who votes on the new chain; members of the old one.
 * @throws Fault("config.invalid") when the store has no ledger, or the result is no valid genesis.
 */
export async function exportGenesis(
  store: Store,
  old: Genesis,
  authorities: readonly PublicKey32[],
): Promise<Genesis> {
  const blocks = new BlockStore(store, 1);
  if (blocks.head() === undefined) throw new Fault('config.invalid', 'there is no ledger in this home');
  const { view, header } = (await Ledger.open(blocks, old)).head();
  const accounts = (await accountKeys(store)).map((key) => {
    const found = account(view, key);
    assert(found !== undefined, 'a stored account is an account');
    return { key, tokens: found.tokens + found.locked };
  });
  const roles = accounts
    .filter(({ key }) => isBilling(view, key))
    .map(({ key }) => ({ key, role: 'billing' as const }));
  const next = parseGenesis(
    genesisToJson({
      version: 1,
      name: old.name,
      time: header.time,
      accounts,
      members: members(view),
      authorities: authorities.toSorted(compareBytes),
      roles,
      parameters: parameters(view),
    }),
  );
  if (next.kind === 'accept') return next.value;
  throw new Fault('config.invalid', (next.kind === 'reject' && next.detail) || next.code);
}

/** In the order of their bytes. */
async function accountKeys(store: Store): Promise<readonly PublicKey32[]> {
  const found: Bytes[] = [];
  for await (const entries of walkState(store, ACCOUNT, ENTRIES)) {
    for (const [key] of entries) found.push(key.slice(ACCOUNT.length));
  }
  return found;
}
