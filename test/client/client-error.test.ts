import { expect } from 'chai';
import { errorOf } from '../../client/client-error.ts';
import { CODES } from '../../core/codes.ts';

describe('what a library refuses, for a program', () => {
  it('is told by its code and the sentence of the library: of a newer one, too, whose codes are not known here', () => {
    for (const type of [...Object.keys(CODES), 'shelf.not-lent']) {
      const refused = errorOf(409, { type, title: 'It says why.', status: 409, detail: 'And what to do.' });
      expect(refused).to.include({ code: type, message: 'It says why. And what to do.', status: 409 });
    }
  });

  it('client.unreadable: is not what a proxy in front of it says', () => {
    for (const body of [
      undefined,
      'Bad Gateway',
      { type: 'about:blank', title: 'Bad Gateway', status: 502 },
      { type: 'https://proxy.example/errors/busy', title: 'Busy', status: 503 },
      { type: 'card.none' },
    ]) {
      expect(errorOf(502, body)).to.include({ code: 'client.unreadable', status: 502 });
    }
  });
});
