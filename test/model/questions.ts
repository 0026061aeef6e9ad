/** A line of observe.ts, asked of a state of chain/ through its public questions. */

import { bringing } from '../../chain/files/files.ts';
import { hasReceipt } from '../../chain/money/receipt.ts';
import * as queries from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { type Bytes, hexToBytes, toHex } from '../../core/bytes.ts';
import { lentLine, memberLine, parametersLine } from './observe.ts';

/** The time of the last block, and the epoch of the next one. */
export type Moment = { readonly time: number; readonly epoch: number };

/** @returns what the line says, or undefined when there is no such thing. */
export type Question = (view: StateView, now: Moment) => string | undefined;

/** Of what may cease to be without being written: the answer is only right for its time. */
const TIMED = /^(?:pending|attested|sale|proposals?|card|lent)\b/;

export function isTimed(line: string): boolean {
  return TIMED.test(line);
}

/** @param line - "account <key>", "supply", … as `observe` names them. */
export function questionOf(line: string): Question {
  const [what = '', ...rest] = line.split(' ');
  const ids = rest.map((hex) => hexToBytes(hex));
  const [first, second] = ids as [Bytes, Bytes];
  switch (what) {
    case 'account':
      return (view) => account(view, first);
    case 'supply':
      return supply;
    case 'file':
      return (view) => file(view, first);
    case 'minting':
      return (view) => minting(view, first);
    case 'card':
      return (view, now) => card(view, first, now);
    case 'lent':
      return (view, now) => lent(view, first, now);
    case 'taken-down':
      return (view) => yes(queries.isTakenDown(view, first));
    case 'pending':
      return (view, now) => pending(view, first, now);
    case 'attested':
      return (view, now) => attested(view, first, now);
    case 'purchase':
      return (view) => yes(queries.purchase(view, first, second));
    case 'receipt':
      return (view) => yes(hasReceipt(view, first, second));
    case 'sale':
      return (view, now) => sale(view, first, now);
    case 'proposal':
      return (view, now) => proposal(view, first, now);
    case 'proposals':
      return openProposals;
    case 'members':
      return members;
    case 'authorities':
      return (view) => queries.authorities(view).map(toHex).join(' ');
    case 'billing':
      return (view) => yes(queries.isBilling(view, first));
    case 'parameters':
      return (view) => parametersLine(queries.parameters(view));
    case 'upgrade':
      return upgrade;
    case 'signals':
      return signals;
    default:
      throw new Error(`nobody can be asked for ${what}`);
  }
}

function account(view: StateView, key: Bytes): string | undefined {
  const found = queries.account(view, key);
  return found && `${found.tokens} ${found.locked} ${found.uploaded} ${found.downloaded} ${found.pending}`;
}

function supply(view: StateView): string {
  const { genesis, minted, burned, onCard } = queries.supply(view);
  return `${genesis} ${minted} ${burned} ${onCard}`;
}

function file(view: StateView, hash: Bytes): string | undefined {
  const found = queries.file(view, hash);
  if (found === undefined) return undefined;
  const { size, name, infoHashes, nameSigned, height } = found;
  const uploader = queries.uploaderOf(view, hash);
  return `${size} ${name} ${infoHashes.map(toHex)} ${uploader && toHex(uploader)} ${nameSigned} ${height}`;
}

function minting(view: StateView, hash: Bytes): string | undefined {
  const found = queries.minting(view, hash);
  return found && `${found.minted} ${found.mayYet} ${found.stock}`;
}

function card(view: StateView, key: Bytes, { time }: Moment): string | undefined {
  const found = queries.card(view, key, time);
  if (found === undefined) return undefined;
  const { sponsor, allowance, ceiling, until, credit } = found;
  return `${toHex(sponsor)} ${allowance} ${ceiling} ${until} ${credit}`;
}

function lent(view: StateView, node: Bytes, { time }: Moment): string | undefined {
  const sums = queries.lentBy(view, node, time);
  return sums.length === 0 ? undefined : lentLine(sums);
}

function pending(view: StateView, hash: Bytes, { time }: Moment): string | undefined {
  const lines = queries
    .pendingUploads(view, hash, time)
    .map(
      ({ key, size, name, infoHashes, sponsor, nameSigned, since }) =>
        `${toHex(key)} ${size} ${name} ${infoHashes.map(toHex)} ${toHex(sponsor)} ${nameSigned} ${since}`,
    );
  return lines.length === 0 ? undefined : lines.join('\n');
}

function attested(view: StateView, hash: Bytes, { time }: Moment): string | undefined {
  const lines = bringing(view, hash, time).attestations.map(
    ({ node, sponsor, expires }) => `${toHex(node)} ${toHex(sponsor)} ${expires}`,
  );
  return lines.length === 0 ? undefined : lines.sort().join('\n');
}

function sale(view: StateView, id: Bytes, { time }: Moment): string | undefined {
  const found = queries.sale(view, id, time);
  if (found === undefined) return undefined;
  const { key, payee, amount, rate, billing, reclaimFrom, closed } = found;
  const end = closed === undefined ? 'open' : `${closed.outcome} ${closed.at}`;
  return `${toHex(key)} ${toHex(payee)} ${amount} ${rate} ${toHex(billing)} ${reclaimFrom} ${end}`;
}

function proposal(view: StateView, id: Bytes, now: Moment): string | undefined {
  const found = queries.proposal(view, id, now);
  if (found === undefined) return undefined;
  const { action, proposer, epoch, expiresAt, approvals, applied } = found;
  return `${action.kind} ${toHex(proposer)} ${epoch} ${expiresAt} ${approvals.map(toHex)} ${applied ?? 'open'}`;
}

function openProposals(view: StateView, { time }: Moment): string {
  const open = queries.openProposals(view, time);
  return open.map(({ id }) => toHex(id)).join(' ');
}

function members(view: StateView): string {
  return queries
    .members(view)
    .map((member) => memberLine({ ...member, key: toHex(member.key) }))
    .join('\n');
}

function upgrade(view: StateView): string | undefined {
  const found = queries.upgrade(view);
  return found && `${found.height} ${found.version}`;
}

function yes(is: boolean): string | undefined {
  return is ? 'true' : undefined;
}

function signals(view: StateView): string | undefined {
  const all = queries.signals(view).map(({ key, version, height }) => `${toHex(key)} ${version} ${height}`);
  return all.length === 0 ? undefined : all.join('\n');
}
