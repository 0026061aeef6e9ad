import { readFileSync } from 'node:fs';
/** What blocks did, as it is kept. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type ChainEvent,
  EVENT_KINDS,
  type EventFieldType,
  type EventKind,
  eventFields,
  readersOf,
  shownFields,
  typeOfField,
} from '../../../chain/kind/event.ts';
import {
  decodeEvents,
  decodeHistoryRow,
  encodeEvents,
  encodeHistoryRow,
} from '../../../chain/kind/event-bytes.ts';
import { AssertionFailed } from '../../../core/assert.ts';
import { toHex } from '../../../core/bytes.ts';
import { encode } from '../../../core/codec.ts';
import { TOKENS_MAX } from '../../../core/scalars.ts';
import { golden } from '../../golden.ts';
import { everything } from '../everything.ts';
import { HOLDERS } from '../values.ts';
import { hashOf, keyOf, START } from '../world.ts';

const KEY = fc.uint8Array({ minLength: 32, maxLength: 32 });
const ANY: { readonly [T in EventFieldType]: fc.Arbitrary<unknown> } = {
  reader: KEY,
  member: KEY,
  authority: KEY,
  billing: KEY,
  hash: KEY,
  text: fc.string({ unit: 'binary', maxLength: 100 }),
  tokens: fc.bigInt({ min: 0n, max: TOKENS_MAX }),
  height: fc.maxSafeNat(),
  version: fc.maxSafeNat(),
  period: fc.maxSafeNat(),
  outcome: fc.constantFrom('settled', 'released', 'reclaimed'),
};
const SAMPLE: { readonly [T in EventFieldType]: unknown } = {
  reader: keyOf(HOLDERS.reader),
  member: keyOf(HOLDERS.member),
  authority: keyOf(HOLDERS.authority),
  billing: keyOf(HOLDERS.billing),
  hash: hashOf('file'),
  text: 'Bücher.epub',
  tokens: 5n,
  height: 258,
  version: 2,
  period: 675,
  outcome: 'settled',
};

describe('events', () => {
  it('come back as they were stored, whatever their fields hold', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...EVENT_KINDS.map(anyEvent))), fc.maxSafeNat(), (events, time) => {
        expect(decodeEvents(encodeEvents({ time, events }))).to.deep.equal({ time, events });
      }),
    );
  });

  it('come back as the rules have told them', () => {
    const kinds = new Set<EventKind>();
    for (const { block, events } of everything().blocks) {
      const bytes = encodeEvents({ time: block.header.time, events });
      const again = decodeEvents(bytes);
      for (const [index, event] of again.events.entries()) {
        kinds.add(event.kind);
        for (const [name] of eventFields(event.kind)) {
          const [own, told] = [event, events[index]!].map((one): unknown => Reflect.get(one, name));
          expect(typeof own, `${event.kind}: ${name}`).to.equal(typeof told);
        }
      }
      expect(again.time).to.equal(block.header.time);
      expect(toHex(encodeEvents(again))).to.equal(toHex(bytes));
    }
    // Were one kind never told, this test would say nothing of it.
    expect([...kinds]).to.have.members(EVENT_KINDS);
  });

  it('never change the form in which they are kept (golden)', () => {
    const rows = EVENT_KINDS.map((kind) => {
      const fields = eventFields(kind).map(([name, field]) => [name, SAMPLE[typeOfField(field)]]);
      const event = { kind, ...Object.fromEntries(fields) } as ChainEvent;
      return [kind, toHex(encodeEvents({ time: START, events: [event] }))];
    });
    golden('events', Object.fromEntries(rows));
  });

  it('stand in the history of a key as they are, with the transaction where it is told', () => {
    const event: ChainEvent = {
      kind: 'bought',
      key: keyOf('reader'),
      amount: 5n,
      receipt: hashOf('receipt'),
    };
    for (const transaction of [hashOf('transaction'), undefined]) {
      const row = { time: START, transaction, event };
      expect(decodeHistoryRow(encodeHistoryRow(row))).to.deep.equal(row);
    }
    const bytes = toHex(encodeHistoryRow({ time: START, transaction: hashOf('transaction'), event }));
    golden('history', { bought: bytes });
  });

  it('are not taken for what they are not: an unknown kind, or other fields than it has', () => {
    const hash = hashOf('file');
    for (const row of [['banned', hash], ['toString'], ['restored'], ['restored', hash, hash]]) {
      expect(() => decodeEvents(encode([START, [row]])), row[0] as string).to.throw(AssertionFailed);
    }
  });

  it('stand in docs/events.md, each with the fields that are shown', () => {
    const text = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
    for (const kind of EVENT_KINDS) {
      const row = text.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${kind}\``));
      expect(row, kind).to.be.a('string');
      for (const [name, field] of eventFields(kind)) {
        if (typeof field === 'string') expect(row, `${kind}.${name}`).to.match(new RegExp(`\\b${name}\\b`));
      }
    }
  });

  it('show all but what is hidden, in the order of the registry, and say whose they are', () => {
    const [hash, from, to] = [hashOf('file'), keyOf('reader'), keyOf('other')];
    const available: ChainEvent = { kind: 'available', hash, uploader: from, name: 'a book', size: 5n };
    expect(shownFields(available)).to.deep.equal([
      ['hash', 'hash', hash],
      ['name', 'text', 'a book'],
      ['size', 'tokens', 5n],
    ]);
    expect(readersOf(available)).to.deep.equal([]);
    expect(readersOf({ kind: 'transferred', from, to, amount: 1n })).to.deep.equal([from, to]);
  });
});

function anyEvent(kind: EventKind): fc.Arbitrary<ChainEvent> {
  const fields = eventFields(kind).map(([name, field]) => [name, ANY[typeOfField(field)]]);
  const values: fc.Arbitrary<object> = fc.record(Object.fromEntries(fields));
  return values.map((made) => ({ kind, ...made }) as ChainEvent);
}
