/**
 * The genesis: what a federation starts from, and what gives it its name. Its canonical encoding hashed is the
 * chain id, so that two federations that differ in anything share nothing.
 */
import { encode } from '../../core/codec.ts';
import { merkleRoot, sha256, ZERO_HASH } from '../../core/hash.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { NOTHING, openAccount, putAccount } from '../accounts/account.ts';
import { putSupply } from '../accounts/supply.ts';
import * as federation from '../federation/federation.ts';
import { GENESIS_RULES } from '../kind/rules-version.ts';
import { publicSalt } from '../state/salt.ts';
import { Draft, type StateWrite } from '../state/state.ts';
import { type TreeWrites, updateTree } from '../state/tree.ts';
import { authoritiesHash, type Block, headerHash } from './block.ts';
import type { Genesis } from './genesis-json.ts';

export type { Member } from '../federation/member.ts';
export type { Parameters } from '../federation/parameters.ts';
export { type Genesis, genesisToJson, parseGenesis } from './genesis-json.ts';

/** SHA-256 of the canonical encoding. @returns 32 bytes. */
export function chainIdOf(genesis: Genesis): Hash32 {
  return sha256(encode(genesis));
}

/** Block 0 and the state after it. @param genesis - as `parseGenesis` accepted it. */
export function genesisState(genesis: Genesis): {
  readonly block: Block;
  readonly hash: Hash32;
  readonly writes: readonly StateWrite[];
  readonly tree: TreeWrites;
} {
  const draft = new Draft({ get: () => undefined });
  let supply = 0n;
  const chainId = chainIdOf(genesis);
  for (const { key, tokens } of genesis.accounts) {
    openAccount(draft, key, publicSalt(chainId, key));
    putAccount(draft, key, { ...NOTHING, tokens });
    supply += tokens;
  }
  putSupply(draft, { genesis: supply, minted: 0n, burned: 0n, onCard: 0n, salt: undefined });
  federation.putMemberKeys(
    draft,
    genesis.members.map(({ key }) => key),
  );
  for (const member of genesis.members) federation.putMember(draft, member);
  for (const { key } of genesis.roles) federation.putBilling(draft, key, true);
  federation.putAuthorities(draft, { keys: genesis.authorities, since: 0 });
  federation.putParameters(draft, genesis.parameters);
  const writes = draft.writes();
  const { root, writes: tree } = updateTree({ node: () => undefined }, 0, writes);
  const authorities = authoritiesHash(genesis.authorities);
  const header = {
    version: GENESIS_RULES,
    chainId,
    epoch: 0,
    view: 0,
    height: 0,
    time: genesis.time,
    parentHash: ZERO_HASH,
    transactionsRoot: merkleRoot([]),
    stateRoot: root,
    proposer: ZERO_HASH,
    authoritiesHash: authorities,
    nextAuthoritiesHash: authorities,
  };
  return { block: { header, transactions: [] }, hash: headerHash(header), writes, tree };
}
