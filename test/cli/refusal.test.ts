import { expect } from 'chai';
import { Refusal } from '../../cli/commands/refusal.ts';
import { errorOf } from '../../client/client-error.ts';

/** Of a problem document, beside its code. */
const CONFLICT = { title: 'The reader has no card.', status: 409 };

describe('what a library refuses a command', () => {
  it('is told with its code, and with the time from which there is room as a person reads it', () => {
    const full = errorOf(409, { ...CONFLICT, type: 'card.node-cap', room_at: Date.UTC(2026, 5, 1) });
    expect(new Refusal('home', full).message).to.match(
      /^home: .* There is room from 2026-06-01T00:00:00\.000Z on, as things are\. \(card\.node-cap\)$/,
    );
    const none = errorOf(409, { ...CONFLICT, type: 'card.none' });
    expect(new Refusal('home', none).message).to.equal('home: The reader has no card. (card.none)');
  });
});
