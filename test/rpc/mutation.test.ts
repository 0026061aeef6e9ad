import { expect } from 'chai';
import fc from 'fast-check';
import { accept } from '../../core/verdict.ts';
import { isCode } from '../../rpc/problem.ts';
import { bookOf, get, postForm, uploadParts } from './calls.ts';
import { mutatedRequests } from './mutated-requests.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

/** The long run of this is a script's; here are enough to notice what is grossly wrong. */
const RUNS = 1_500;

const rich = walletOf('rich');
const book = bookOf('book.txt');

describe('mutated requests', () => {
  let library: TinyLibrary;

  before(async () => {
    // However many there are: what they cost is another test's.
    library = await startLibrary({ budget: { pay: () => accept(), charge() {} } });
    await postForm(library, uploadParts(library, rich, book));
  });
  after(() => library.stop());

  it('are always answered: with success, or with a problem that has one of our codes (property)', async () => {
    await fc.assert(
      fc.asyncProperty(mutatedRequests(library), async ({ path, init }) => {
        const response = await fetch(library.url + path, init);
        const text = await response.text();
        if (response.ok) return;
        const answer = JSON.parse(text);
        expect(isCode(answer.type ?? answer.error.data.code), text).to.equal(true);
        expect(answer.type).not.to.equal('node.fault');
        expect(text).not.to.match(/node_modules|\.ts\b|\bat \w+ \(/);
      }),
      { numRuns: RUNS },
    );
    expect(library.failures).to.deep.equal([]);
    expect(library.archive.open).to.equal(0);
    expect((await get(library, '/health')).status).to.equal(200);
  });
});
