/**
 * What an operator has typed after `propose`, as an action of the ledger. Changes of the whole set of authorities are
 * computed from the set of now; a member that is updated keeps what was not named.
 */

import { RULES_VERSION } from '../../chain/block/version.ts';
import { memberMistake } from '../../chain/federation/member.ts';
import { type Parameters, parametersMistake } from '../../chain/federation/parameters.ts';
import { type Action, parseAction } from '../../chain/governance/action.ts';
import type { Seat } from '../../chain/governance/seat.ts';
import type { MemberFacts } from '../../client/facts.ts';
import { type Bytes, compareBytes, fromHex, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { parseSeatText } from './seat.ts';

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
    member: { key: bytes32(key), name: normalised(name), addresses: address, tracker, api },
  });
}

export function updateMember(key: string, options: MemberOptions, members: readonly MemberFacts[]): Action {
  const now = members.find((member) => member.key === key);
  if (now === undefined) throw new Fault('config.invalid', 'there is no member with this key');
  const { name = now.name, address = now.addresses, tracker = now.tracker, api = now.api } = options;
  return checked({
    kind: 'update-member',
    member: { key: bytes32(key), name: normalised(name), addresses: address, tracker, api },
  });
}

export function removeMember(key: string): Action {
  return checked({ kind: 'remove-member', key: bytes32(key) });
}

/** The federation at the moment at which an election is proposed. */
export type Electorate = {
  readonly members: readonly MemberFacts[];
  /** Of the next block. */
  readonly epoch: number;
};

/** @param words - the keys of those who vote already, and what `digitallib seat` printed at those who do not. */
export function setAuthorities(words: readonly string[], { members, epoch }: Electorate): Action {
  const now = authoritiesOf(members);
  const seats: Seat[] = [];
  const keys = words.map((word) => {
    const seat = parseSeatText(word);
    const key = seat?.key ?? bytes32(word);
    if (now.includes(toHex(key))) return key;
    if (seat === undefined) {
      throw new Fault('config.invalid', `${word} does not vote yet: give what digitallib seat prints there`);
    }
    if (seat.epoch !== epoch) {
      throw new Fault(
        'config.invalid',
        `the seat of ${toHex(key)} was signed in epoch ${seat.epoch}, and now is ${epoch}: sign it again`,
      );
    }
    seats.push(seat);
    return key;
  });
  return checked({
    kind: 'set-authorities',
    keys: keys.sort(compareBytes),
    seats: seats.sort((a, b) => compareBytes(a.key, b.key)),
  });
}

export function addAuthority(seat: string, electorate: Electorate): Action {
  return setAuthorities([...authoritiesOf(electorate.members), seat], electorate);
}

export function removeAuthority(key: string, electorate: Electorate): Action {
  const now = authoritiesOf(electorate.members);
  if (!now.includes(key)) throw new Fault('config.invalid', 'this key is not an authority');
  return setAuthorities(
    now.filter((other) => other !== key),
    electorate,
  );
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

export function takeDown(kind: 'take-down' | 'restore' | 'reset-file', hash: string): Action {
  return checked({ kind, hash: bytes32(hash) });
}

export function upgrade(height: string, version: string): Action {
  return checked({ kind: 'upgrade', height: Number(height), version: Number(version) });
}

/** Some systems write names decomposed. The ledger takes text as it is: this is where it is made one spelling (NFC). */
function normalised(name: string): string {
  return name.isWellFormed() ? name.normalize('NFC') : name;
}

function authoritiesOf(members: readonly MemberFacts[]): readonly string[] {
  return members.filter(({ authority }) => authority).map(({ key }) => key);
}

/** The rules that this program knows, the newest first: which of them the library follows now, it knows itself. */
const VERSIONS = Array.from({ length: RULES_VERSION }, (_, before) => RULES_VERSION - before);

/** @throws Fault("config.invalid") for what no library would accept. */
function checked(action: Action): Action {
  for (const version of VERSIONS) {
    const parsed = parseAction(action, version);
    if (parsed !== undefined) return parsed;
  }
  throw new Fault('config.invalid', `this is not a valid ${action.kind}: ${mistakeOf(action)}`);
}

function mistakeOf(action: Action): string {
  const named =
    (action.kind === 'set-parameters' && parametersMistake('', action.parameters, RULES_VERSION)) ||
    ('member' in action && memberMistake('', action.member));
  return named || 'a field is missing, twice or out of bounds';
}

function bytes32(hex: string): Bytes {
  const bytes = fromHex(hex, 32);
  if (bytes === undefined) throw new Fault('config.invalid', `${hex} is not 64 lower-case hex characters`);
  return bytes;
}
