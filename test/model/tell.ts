/** A history for people: who does what, with names in place of keys, and the command that plays it again. */
import {
  BILLING,
  FILES,
  infoHashesOf,
  LIBRARIES,
  READERS,
  RECEIPTS,
  STRANGERS,
  UNKNOWN_HASH,
} from './cast.ts';
import { type History, START_MS, type Step } from './history.ts';
import { idOf } from './ledger-encoding.ts';
import type { Shrunk } from './shrink.ts';

export function tell(seed: number, history: History, { kept, parting }: Shrunk): string {
  const names = namesIn(history);
  const { genesis, steps } = history;
  const named = (value: unknown): string =>
    JSON.stringify(value, (name, item) => plain(name, item, names)).replaceAll('"', '');
  return [
    `seed ${seed}: the model and chain/ part at step ${parting.step}`,
    `genesis ${named({ ...genesis, members: genesis.members.slice(0, 16).map(({ key }) => key) })}`,
    ...kept.map((number) => `${String(number).padStart(4)} ${told(steps[number]!, named)}`),
    [...names].reduce((text, [hex, name]) => text.replaceAll(hex, name), parting.detail),
    `npm run model -- --from ${seed} --histories 1 --keep ${kept.join()}`,
  ].join('\n');
}

function told(step: Step, named: (value: unknown) => string): string {
  if (step.kind === 'block') return `block at +${step.time - START_MS} ms`;
  return `  ${named(step.transaction)}`;
}

const NOT_SHOWN = new Set(['signature', 'sponsorSignature', 'nonce', 'addresses', 'tracker', 'api', 'payee']);

function plain(name: string, item: unknown, names: ReadonlyMap<string, string>): unknown {
  if (NOT_SHOWN.has(name)) return undefined;
  if ((name === 'expires' || name === 'sponsorExpires') && typeof item === 'number')
    return `+${item - START_MS / 1_000} s`;
  if (typeof item === 'bigint') return String(item);
  if (name === 'infoHashes') return names.get(String(item)) ?? 'others';
  return typeof item === 'string' ? (names.get(item) ?? item) : item;
}

function namesIn({ steps }: History): ReadonlyMap<string, string> {
  const names = new Map<string, string>([[UNKNOWN_HASH, 'unknown hash']]);
  for (const { name, key } of [...LIBRARIES, ...READERS, ...BILLING, ...STRANGERS]) names.set(key, name);
  for (const [number, { hash }] of FILES.entries()) {
    names.set(hash, `file ${number}`);
    names.set(String(infoHashesOf(hash)), 'true');
    names.set(String(infoHashesOf(hash, true)), 'false');
  }
  for (const [number, receipt] of RECEIPTS.entries()) names.set(receipt, `receipt ${number}`);
  for (const [number, step] of steps.entries()) {
    if (step.kind === 'transaction') names.set(idOf(step.transaction), `#${number}`);
  }
  return names;
}
