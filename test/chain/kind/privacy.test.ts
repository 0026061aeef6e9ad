/** Whatever names a reader says so, and is for that reader alone: no other place of the ledger shows the key. */
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeBlock } from '../../../chain/block/block.ts';
import type { Executed } from '../../../chain/block/execute.ts';
import { genesisState } from '../../../chain/block/genesis.ts';
import { EVENT_KINDS, eventFields, readersOf, shownFields } from '../../../chain/kind/event.ts';
import type { Shape } from '../../../chain/kind/field.ts';
import { declaredOf, KINDS, type Kind, type Transaction } from '../../../chain/kinds.ts';
import { SPACES } from '../../../chain/state/keys.ts';
import { concat, toHex } from '../../../core/bytes.ts';
import { type Encodable, encode } from '../../../core/codec.ts';
import type { PublicKey32 } from '../../../core/scalars.ts';
import { everything } from '../everything.ts';
import { READERS } from '../examples.ts';
import { history, play } from '../history.ts';
import { OPENNESS, type Space } from '../state/openness.ts';
import { keyOf, type World } from '../world.ts';

/** Whose these are anybody may hear of them. One more on this list is a decision (docs/decisions/events.md). */
const PUBLIC = [
  'attested',
  'available',
  'proposed',
  'approved',
  'applied',
  'taken-down',
  'restored',
  'reset',
  'members-changed',
  'authorities-changed',
  'roles-changed',
  'parameters-changed',
  'upgrade-scheduled',
];
/** Fields of events that nobody is shown. */
const HIDDEN = ['attested uploader', 'available uploader', 'reset taken'];
/** Transactions that name no reader. */
const OF_NOBODY = ['settle', 'release', 'propose', 'approve'];

describe('privacy', () => {
  it('is a matter of which fields are of readers, and of nothing that somebody must remember', () => {
    const shows = (kind: (typeof EVENT_KINDS)[number]) =>
      eventFields(kind).some(([, field]) => field === 'reader');
    expect(EVENT_KINDS.filter((kind) => !shows(kind))).to.deep.equal(PUBLIC);
    const hidden = EVENT_KINDS.flatMap((kind) =>
      eventFields(kind).flatMap(([name, field]) => (typeof field === 'string' ? [] : [`${kind} ${name}`])),
    );
    expect(hidden).to.deep.equal(HIDDEN);
    const names = (kind: Kind) =>
      Object.values(declaredOf({ kind }).fields).some(({ shape }) => isReaders(shape));
    expect(KINDS.filter((kind) => !names(kind))).to.deep.equal(OF_NOBODY);
  });

  it('holds in a history of everything: no public event, body or open entry names a reader', () => {
    const world = everything();
    const readers = readersIn(world, ['anna', 'ben', 'officer', 'reader', 'uploader']);
    const named = ['anna', 'ben', 'reader', 'uploader'];
    expect(readers).to.deep.equal(named.map((name) => toHex(keyOf(name))));
    const looked = expectPrivate(world, readers);
    // Were one of them not there, this test would say nothing of it.
    expect([...looked.events]).to.have.members(EVENT_KINDS);
    expect([...looked.bodies]).to.have.members(KINDS);
    expect([...looked.spaces]).to.include.members(['file', 'member', 'proposal', 'parameters', 'due']);
  });

  it('holds in whatever history', () => {
    let readers = 0;
    fc.assert(
      fc.property(history, (wanted) => {
        const { world } = play(wanted);
        const own = readersIn(world, READERS);
        readers += own.length;
        expectPrivate(world, own);
      }),
      { numRuns: 200 },
    );
    expect(readers).to.be.greaterThan(200);
  });
});

/** Keys, in hex, of these who neither hold an office nor were proposed for one: that is public. */
function readersIn({ genesis, blocks }: World, names: readonly string[]): readonly string[] {
  const offices = [...genesis.members, ...genesis.roles].map(({ key }) => toHex(key));
  const proposed = blocks
    .flatMap(({ transactions }) => transactions)
    .filter(({ transaction }) => transaction.kind === 'propose')
    .map(({ bytes }) => toHex(bytes));
  return names
    .map((name) => toHex(keyOf(name)))
    .filter((key) => ![...offices, ...proposed].some((text) => text.includes(key)));
}

/** @returns what was looked at. */
function expectPrivate(world: World, readers: readonly string[]) {
  const looked = { events: new Set<string>(), bodies: new Set<string>(), spaces: new Set<string>() };
  const expectNone = (text: string, told: readonly PublicKey32[], where: string): void => {
    const known = told.map(toHex);
    const named = readers.filter((key) => text.includes(key) && !known.includes(key));
    expect(named, where).to.deep.equal([]);
  };
  for (const { block, transactions, events } of world.blocks) {
    for (const event of events) {
      const values = shownFields(event).map(([, , value]) => value as Encodable);
      expectNone(toHex(encode(values)), readersOf(event), `the event ${event.kind}`);
      expect(areStrangers(readersOf(event), transactions), `${event.kind} names one to another`).to.equal(
        false,
      );
      looked.events.add(event.kind);
    }
    for (const { transaction, bytes } of transactions) {
      expectNone(toHex(bytes), readersNamedIn(transaction), `the body of ${transaction.kind}`);
      looked.bodies.add(transaction.kind);
    }
    expectNone(toHex(encodeBlock({ ...block, transactions: [] })), [], 'a header');
  }
  for (const { writes } of [genesisState(world.genesis), ...world.blocks]) {
    for (const { key, value } of writes) {
      const space = spaceOf(key);
      if (value === undefined || OPENNESS[space] !== 'open') continue;
      expectNone(toHex(concat(key, value)), [], `an entry of ${space}`);
      looked.spaces.add(space);
    }
  }
  return looked;
}

/** Are there several, and does no transaction name them all? Then one learns from the event who the other is. */
function areStrangers(told: readonly PublicKey32[], transactions: Executed['transactions']): boolean {
  const acquainted = transactions.some(({ transaction }) => {
    const named = readersNamedIn(transaction).map(toHex);
    return told.every((key) => named.includes(toHex(key)));
  });
  return told.length > 1 && !acquainted;
}

/** In fields that say so. */
function readersNamedIn(transaction: Transaction): readonly PublicKey32[] {
  const fields = Object.entries(declaredOf(transaction).fields);
  return fields.flatMap(([name, { shape }]) => readersNamed(shape, Reflect.get(transaction, name)));
}

function readersNamed(shape: Shape, value: unknown): readonly PublicKey32[] {
  if (value === undefined || !isReaders(shape)) return [];
  if (shape.is === 'list') return (value as readonly unknown[]).flatMap((one) => readersNamed(shape.of, one));
  return shape.is === 'optional' ? readersNamed(shape.of, value) : [value as PublicKey32];
}

/** Does it hold a reader's key, or some? */
function isReaders(shape: Shape): boolean {
  if (shape.is === 'list' || shape.is === 'optional') return isReaders(shape.of);
  return shape.is === 'key' && shape.of === 'reader';
}

function spaceOf(key: Uint8Array): Space {
  const [name] = Object.entries(SPACES).find(([, byte]) => byte === key[0])!;
  return name as Space;
}
