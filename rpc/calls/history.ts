/**
 * `history`: what happened to a key, for the key itself, newest first. It is read from an index by key: a page costs its rows, however
 * much has happened since, to this key or to others.
 */
import type { Fields, Sent } from '../../api/calls.ts';
import { jsonChange } from '../../api/fields.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitHistory } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { OwnEvent } from '../event-ports.ts';
import { inJson, nameOf, placeText } from '../event-view.ts';

type Item = Sent<'history'>['items'][number];

export async function history(
  context: RpcContext,
  fields: Fields<'history'>,
): Promise<Verdict<AnswerTo<'history'>>> {
  const { public_key: key, expires, signed_hash: signature, cursor: before, limit } = fields;
  const admitted = await admitHistory(context, key, expires, signature);
  if (admitted.kind !== 'accept') return admitted;
  const { events, yieldToLoop } = context.ports;
  const read = await context.events.read(context.queue, async () => {
    const begins = await events.oldest();
    return { begins, rows: await events.own(key, { before, limit: limit + 1 }) }; // is there more?
  });
  if (read.kind !== 'accept') return read;
  const { begins, rows } = read.value;
  if (rows === undefined) return reject('history.building');
  const page = rows.slice(0, limit);
  const items: Item[] = [];
  for (const row of page) {
    await yieldToLoop();
    items.push(itemOf(context, key, row));
  }
  const last = rows.length > limit ? page.at(-1) : undefined;
  const cursor = last === undefined ? null : placeText(last.at);
  const tells = items.length === 0 ? 'nothing' : 'figures';
  return accept({ kind: 'json', value: { items, cursor, begins }, tells });
}

function itemOf({ ports }: RpcContext, key: PublicKey32, row: OwnEvent): Item {
  const { event, transaction } = row;
  const shown: Item = inJson(ports, row);
  const name = 'hash' in event ? nameOf(ports.ledger.view(), event.hash) : undefined;
  const change = changeOf(event, key);
  return {
    ...shown,
    ...(name !== undefined && { name }),
    ...(change !== undefined && { change: jsonChange(change) }),
    ...(transaction !== undefined && { transaction: toHex(transaction) }),
  };
}

/** What it did to the tokens of this key. @returns undefined where the event does not say. */
function changeOf(event: ChainEvent, key: PublicKey32): bigint | undefined {
  switch (event.kind) {
    case 'purchased':
      return event.card - event.size;
    case 'earned':
    case 'bought':
      return event.amount;
    case 'sale-opened':
      return -event.amount;
    case 'transferred': {
      const gave = equalBytes(event.from, key) ? event.amount : 0n;
      return (equalBytes(event.to, key) ? event.amount : 0n) - gave;
    }
    default:
      return undefined;
  }
}
