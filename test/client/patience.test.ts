import { assert, expect } from 'chai';
import { ClientError, createClient } from '../../client/index.ts';
import { problemDocument } from '../../rpc/problem.ts';
import { walletOf } from '../rpc/tiny-library.ts';

const CHAIN = 'c'.repeat(64);
type Refusal = Parameters<typeof problemDocument>[0];

/** A library that refuses so often, and then says how an upload stands. */
function libraryThat(refuses: readonly Refusal[], patienceMs?: number) {
  const asked: string[] = [];
  const waits: number[] = [];
  const client = createClient({
    url: 'http://library',
    chainId: CHAIN,
    ...(patienceMs !== undefined && { patienceMs }),
    wait: async (ms) => void waits.push(ms),
    async fetch(input, init) {
      const body = init?.body;
      asked.push(body instanceof FormData ? await (body.get('file') as Blob).text() : String(input));
      const refusal = refuses[asked.length - 1];
      if (refusal === undefined) return Response.json({ state: 'waiting', until: 1 }, { status: 202 });
      const document = problemDocument(refusal);
      return Response.json(document, { status: document.status });
    },
  });
  return { client, asked, waits };
}

async function errorOf(promise: Promise<unknown>): Promise<ClientError> {
  const error = await promise.then(
    () => assert.fail('it should have been refused'),
    (thrown: unknown) => thrown,
  );
  assert(error instanceof ClientError);
  return error;
}

const full: Refusal = { code: 'upload.too-many', facts: { retry_after: 2 } };
const upload = ({ client }: ReturnType<typeof libraryThat>) =>
  client.uploadFile(walletOf('reader').wallet, new Blob(['a book']), 'a book');

describe('a client at a library that is busy', () => {
  it('waits as it is told, and a little longer each time, and sends the whole upload again', async () => {
    const library = libraryThat([full, { code: 'archive.busy' }, full]);
    expect((await upload(library)).facts?.state).to.equal('waiting');
    expect(library.asked).to.deep.equal(['a book', 'a book', 'a book', 'a book']);
    const [first, second, third] = library.waits;
    expect(first).to.be.within(2_000, 3_000);
    expect(second).to.be.within(3_000, 4_500);
    expect(third).to.be.within(4_500, 6_750);
  });

  it('gives up when its patience is over, with what the library has said', async () => {
    const library = libraryThat(Array.from({ length: 100 }, () => full));
    expect((await errorOf(upload(library))).code).to.equal('upload.too-many');
    const waited = library.waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).to.be.within(10_000, 30_000);
    const impatient = libraryThat([full], 0);
    expect((await errorOf(upload(impatient))).code).to.equal('upload.too-many');
    expect(impatient.waits).to.deep.equal([]);
  });

  it('does not wait for what does not pass by itself', async () => {
    for (const code of ['upload.daily-cap', 'register.too-many', 'archive.full'] as const) {
      const library = libraryThat([{ code }]);
      expect((await errorOf(upload(library))).code).to.equal(code);
      expect(library.waits).to.deep.equal([]);
    }
  });

  it('does not ask without end where it may come again in no time', async () => {
    const library = libraryThat(Array.from({ length: 100 }, () => ({ ...full, facts: { retry_after: 0 } })));
    expect((await errorOf(upload(library))).code).to.equal('upload.too-many');
    expect(library.asked).to.have.length(1);
  });

  it('waits at every call', async () => {
    const library = libraryThat([{ code: 'request.over-budget' }, { code: 'request.too-many' }]);
    await library.client.uploadState(walletOf('reader').wallet, '5'.repeat(64));
    expect(library.waits).to.have.length(2);
  });
});
