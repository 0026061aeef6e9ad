/**
 * What an operator has typed after `propose`, as an action of the ledger. Changes of the whole set of authorities are
 * computed from the set of now; a member that is updated keeps what was not named.
 */
import { type Action, parseAction } from '../../chain/action.ts';
import type { Parameters } from '../../chain/parameters.ts';
import type { MemberFacts } from '../../client/operator-answers.ts';
import { type Bytes, compareBytes, fromHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';

export type MemberOptions = {
  readonly name?: string;
  readonly address?: readonly string[];
  readonly tracker?: string;
  readonly api?: string;
};

export function addMember(key: string, options: MemberOptions): Action {
  const { name = '', address = [], tracker = '', api = '' } = options;
  return checked({
    kind: 'add-member',
    member: { key: bytes32(key), name, addresses: address, tracker, api },
  });
}

export function updateMember(key: string, options: MemberOptions, members: readonly MemberFacts[]): Action {
  const now = members.find((member) => member.key === key);
  if (now === undefined) throw new Fault('config.invalid', 'there is no member with this key');
  const { name = now.name, address = now.addresses, tracker = now.tracker, api = now.api } = options;
  return checked({
    kind: 'update-member',
    member: { key: bytes32(key), name, addresses: address, tracker, api },
  });
}

export function removeMember(key: string): Action {
  return checked({ kind: 'remove-member', key: bytes32(key) });
}

export function setAuthorities(keys: readonly string[]): Action {
  return checked({ kind: 'set-authorities', keys: keys.map(bytes32).sort(compareBytes) });
}

export function addAuthority(key: string, members: readonly MemberFacts[]): Action {
  return setAuthorities([...authoritiesOf(members), key]);
}

export function removeAuthority(key: string, members: readonly MemberFacts[]): Action {
  const now = authoritiesOf(members);
  if (!now.includes(key)) throw new Fault('config.invalid', 'this key is not an authority');
  return setAuthorities(now.filter((other) => other !== key));
}

export function role(kind: 'grant-role' | 'revoke-role', key: string): Action {
  return checked({ kind, key: bytes32(key), role: 'billing' });
}

/** @param assignments - like "heartbeatMs=60000"; what is not named stays as it is. */
export function setParameters(
  assignments: readonly string[],
  now: { readonly [name: string]: number },
): Action {
  const parameters: Record<string, number> = { ...now };
  for (const assignment of assignments) {
    const [name = '', value = ''] = assignment.split('=');
    if (!Object.hasOwn(now, name) || !/^\d+$/.test(value)) {
      throw new Fault(
        'config.invalid',
        `${assignment}: want one of ${Object.keys(now).join(', ')}, =, a number`,
      );
    }
    parameters[name] = Number(value);
  }
  return checked({ kind: 'set-parameters', parameters: parameters as unknown as Parameters });
}

export function takeDown(kind: 'take-down' | 'restore', hash: string): Action {
  return checked({ kind, hash: bytes32(hash) });
}

export function upgrade(height: string, version: string): Action {
  return checked({ kind: 'upgrade', height: Number(height), version: Number(version) });
}

function authoritiesOf(members: readonly MemberFacts[]): readonly string[] {
  return members.filter(({ authority }) => authority).map(({ key }) => key);
}

/** @throws Fault("config.invalid") for what no library would accept. */
function checked(action: Action): Action {
  const parsed = parseAction(action);
  if (parsed === undefined) {
    throw new Fault(
      'config.invalid',
      `this is not a valid ${action.kind}: a field is missing, twice or out of bounds`,
    );
  }
  return parsed;
}

function bytes32(hex: string): Bytes {
  const bytes = fromHex(hex, 32);
  if (bytes === undefined) throw new Fault('config.invalid', `${hex} is not 64 lower-case hex characters`);
  return bytes;
}
