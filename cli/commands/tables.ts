/** What the commands show of a federation, for people who read a terminal. */
import type { Decisions, MemberFacts } from '../../client/facts.ts';
import { printable } from '../printable.ts';

export function memberLines(members: readonly MemberFacts[]): string {
  return members
    .map(({ key, name, api, addresses, authority }) => {
      const where = [api, ...addresses].filter((text) => text !== '').join(' ');
      return printable(`${key}  ${authority ? 'votes  ' : 'follows'}  ${name}  ${where}`.trimEnd());
    })
    .join('\n');
}

export function proposalLines(decisions: Decisions, members: readonly MemberFacts[]): string {
  const nameOf = (key: string): string => members.find((member) => member.key === key)?.name ?? key;
  const { needed, proposals, upgrade } = decisions;
  const lines = proposals.flatMap(({ id, action, proposer, expires_at, approvals, advice }) => [
    `${id}  ${approvals.length} of ${needed}, until ${new Date(expires_at).toISOString()}`,
    `  ${describe(action)}`,
    `  by ${nameOf(proposer)}; approved by ${approvals.map(nameOf).join(', ')}`,
    ...(advice === null ? [] : [`  mind: ${advice}`]),
  ]);
  if (upgrade !== null) {
    const { height, version, ready } = upgrade;
    const names = ready?.length === 0 ? 'so far nobody' : ready?.map(nameOf).join(', ');
    const who = names === undefined ? '' : `, when ${needed} of those who vote know them (${names})`;
    lines.push(`From block ${height} on: rules of version ${version}${who}.`);
  }
  return lines.length === 0 ? 'Nothing is to be decided.' : lines.map(printable).join('\n');
}

function describe({ kind, ...fields }: { readonly kind: string; readonly [field: string]: unknown }): string {
  const shown = Object.values(fields).map((field) =>
    typeof field === 'string' ? field : JSON.stringify(field),
  );
  return [kind, ...shown].join(' ');
}
