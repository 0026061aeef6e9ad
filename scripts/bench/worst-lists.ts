/** A state with the longest lists that the rules allow, for the calls that tell all of them: 300 members, 100 proposals. */

import type { Member } from '../../chain/block/genesis.ts';
import * as federation from '../../chain/federation/federation.ts';
import { defaultParameters } from '../../chain/federation/parameters.ts';
import { putOpenProposals, putProposal } from '../../chain/governance/proposal.ts';
import { Draft, type StateView } from '../../chain/state/state.ts';
import { utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';

export function worstLists(): StateView {
  const state = new Map<string, Uint8Array>();
  const view: StateView = { get: (key) => state.get(Buffer.from(key).toString('hex')) };
  const draft = new Draft(view);
  const members = Array.from({ length: limits.membersMax }, (_, i) => member(i));
  const keys = members.map(({ key }) => key);
  federation.putMemberKeys(
    draft,
    members.map(({ key }) => key),
  );
  for (const one of members) federation.putMember(draft, one);
  const authorities = keys.slice(0, limits.authoritiesMax);
  federation.putAuthorities(draft, { keys: authorities, since: 0 });
  federation.putParameters(draft, {
    ...defaultParameters(1),
    blockIntervalMs: 0,
    saleTimeoutMs: 0,
  });
  const expiresAt = Number.MAX_SAFE_INTEGER;
  const open = Array.from({ length: limits.proposalsOpenMax }, (_, i) => sha256(utf8(`proposal ${i}`)));
  for (const [i, id] of open.entries()) {
    const proposer = authorities[i % authorities.length]!;
    const action = { kind: 'update-member', member: member(i) } as const;
    putProposal(draft, id, {
      action,
      proposer,
      expiresAt,
      approvals: authorities,
      applied: undefined,
      epoch: 0,
    });
  }
  putOpenProposals(
    draft,
    open.map((id) => ({ id, proposer: authorities[0]!, expiresAt })),
  );
  for (const { key, value } of draft.writes()) state.set(Buffer.from(key).toString('hex'), value!);
  return view;
}

function member(i: number): Member {
  const long = (start: string): string => start.padEnd(limits.addressBytesMax, 'a');
  return {
    key: sha256(utf8(`member ${i}`)),
    name: 'L'.repeat(60),
    addresses: Array.from({ length: limits.addressesMax }, (_, j) => long(`/dns4/${i}-${j}/tcp/1/`)),
    tracker: long('http://t'),
    api: long('http://a'),
  };
}
