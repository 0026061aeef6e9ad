/** All that can be seen of the model's state, as lines of text: the name of what is seen, and what it is. */
import { cardInForce } from './ledger-cards.ts';
import { PROPOSAL_LIFE_MS, type State } from './ledger-state.ts';
import type { Member, Parameters } from './ledger-types.ts';

export type Sight = Map<string, string>;

export function observe(state: State): Sight {
  const seen: Sight = new Map();
  for (const [key, { tokens, locked, uploaded, downloaded, pending }] of state.accounts) {
    seen.set(`account ${key}`, `${tokens} ${locked} ${uploaded} ${downloaded} ${pending}`);
  }
  const { genesis, minted, burned, onCard } = state.supply;
  seen.set('supply', `${genesis} ${minted} ${burned} ${onCard}`);
  for (const [hash, file] of state.files) {
    const { size, name, infoHashes, uploader, nameSigned, height } = file;
    seen.set(`file ${hash}`, `${size} ${name} ${infoHashes} ${uploader} ${nameSigned} ${height}`);
    seen.set(`minting ${hash}`, `${file.minted} ${file.mayYet} ${file.stock}`);
  }
  for (const hash of state.takenDown) seen.set(`taken-down ${hash}`, 'true');
  for (const [hash, uploads] of state.pending) {
    const lines = [...uploads.values()].map(
      ({ key, size, name, infoHashes, sponsor, nameSigned, time }) =>
        `${key} ${size} ${name} ${infoHashes} ${sponsor} ${nameSigned} ${time}`,
    );
    seen.set(`pending ${hash}`, lines.join('\n'));
  }
  for (const [hash, attestations] of state.attestations) {
    const lines = [...attestations].map(([node, { sponsor, expires }]) => `${node} ${sponsor} ${expires}`);
    if (lines.length > 0) seen.set(`attested ${hash}`, lines.sort().join('\n'));
  }
  for (const key of state.cards.keys()) {
    const held = cardInForce(state, key);
    if (held === undefined) continue;
    const { sponsor, allowance, ceiling, until, credit } = held;
    seen.set(`card ${key}`, `${sponsor} ${allowance} ${ceiling} ${until} ${credit}`);
  }
  for (const [node, sums] of state.lent) if (sums.size > 0) seen.set(`lent ${node}`, lentLine([...sums]));
  for (const purchase of state.purchases) seen.set(`purchase ${purchase}`, 'true');
  for (const receipt of state.receipts) seen.set(`receipt ${receipt}`, 'true');
  for (const [id, sale] of state.sales) {
    const { seller, payee, amount, rate, billing, reclaimFrom, closed } = sale;
    const end = closed === undefined ? 'open' : `${closed.outcome} ${closed.time}`;
    seen.set(`sale ${id}`, `${seller} ${payee} ${amount} ${rate} ${billing} ${reclaimFrom} ${end}`);
  }
  const open: string[] = [];
  for (const [id, proposal] of state.proposals) {
    const { action, proposer, epoch, time, approvals, applied } = proposal;
    const ends = time + PROPOSAL_LIFE_MS;
    seen.set(
      `proposal ${id}`,
      `${action.kind} ${proposer} ${epoch} ${ends} ${approvals} ${applied ?? 'open'}`,
    );
    if (applied === undefined) open.push(id);
  }
  seen.set('proposals', open.join(' '));
  seen.set('members', [...state.members.values()].map(memberLine).join('\n'));
  seen.set('authorities', state.authorities.join(' '));
  for (const key of state.billing) seen.set(`billing ${key}`, 'true');
  seen.set('parameters', parametersLine(state.parameters));
  if (state.upgrade) seen.set('upgrade', `${state.upgrade.height} ${state.upgrade.version}`);
  const signals = [...state.signals].map(([key, { version, height }]) => `${key} ${version} ${height}`);
  if (signals.length > 0) seen.set('signals', signals.sort().join('\n'));
  return seen;
}

export function memberLine({ key, name, addresses, tracker, api }: Member): string {
  return `${key} ${name} ${addresses} ${tracker} ${api}`;
}

/** @param sums - period, and what is lent until then. */
export function lentLine(sums: readonly (readonly [period: number, sum: bigint])[]): string {
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([period, sum]) => `${period} ${sum}`)
    .join(', ');
}

export function parametersLine(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .sort()
    .join(' ');
}
