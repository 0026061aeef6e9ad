import { getActiveResourcesInfo } from 'node:process';
import { assert, expect } from 'chai';
import { type Client, createClient, createOperator, createTransport } from '../../client/index.ts';
import { problemDocument } from '../../rpc/problem.ts';
import { walletOf } from '../rpc/tiny-library.ts';

const HASH = '5'.repeat(64);
const reader = walletOf('reader').wallet;
const options = { url: 'http://library', chainId: 'c'.repeat(64) };

/** Answers nothing, until it is told that nobody waits any more. */
function silent() {
  const under: AbortSignal[] = [];
  const send: typeof fetch = (_, init) =>
    new Promise((_, failed) => {
      const signal = init?.signal ?? assert.fail('a request without a signal');
      under.push(signal);
      signal.addEventListener('abort', () => failed(signal.reason));
    });
  return { send, under };
}

type Call = (client: Client, signal: AbortSignal) => Promise<unknown>;
const CALLS: Readonly<Record<string, Call>> = {
  status: (client, signal) => client.status({ signal }),
  register: (client, signal) => client.register(reader.publicKey, { signal }),
  takeCard: (client, signal) => client.takeCard(reader, { signal }),
  search: (client, signal) => client.search('x', { limit: 1, signal }),
  download: (client, signal) => client.download(reader, HASH, { signal }),
  fetch: (client, signal) => client.fetch(reader, HASH, { signal }),
  uploadFile: (client, signal) => client.uploadFile(reader, new Blob(['x'.repeat(100)]), 'x', { signal }),
  uploadTorrent: (client, signal) => client.uploadTorrent(reader, HASH, new Uint8Array(9), { signal }),
  uploadState: (client, signal) => client.uploadState(reader, HASH, { signal }),
  account: (client, signal) => client.account(reader, { signal }),
  isRegistered: (client, signal) => client.isRegistered(reader.publicKey, { signal }),
  file: (client, signal) => client.file(HASH, { signal }),
  events: (client, signal) => client.eventPage({ wallet: reader, wait: 30, signal }),
  proof: (client, signal) => client.proof(reader, HASH, { signal }),
  inclusion: (client, signal) => client.inclusion(HASH, 1, { signal }),
  desk: (client, signal) => client.desk(reader, HASH).reviewList({ signal }),
  operator: (_, signal) => createOperator({ ...options, fetch: held.send }).members({ signal }),
};
let held: ReturnType<typeof silent>;

/** @returns the reason with which it ended. */
async function ended(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => assert.fail('it should have been cancelled'),
    (reason: unknown) => reason,
  );
}

describe('a call that is cancelled', () => {
  beforeEach(() => {
    held = silent();
  });

  for (const [name, call] of Object.entries(CALLS)) {
    it(`${name} ends its request, and throws the reason`, async () => {
      const client = createClient({ ...options, fetch: held.send });
      const controller = new AbortController();
      const outcome = ended(call(client, controller.signal));
      while (held.under.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      controller.abort('enough');
      expect(await outcome).to.equal('enough');
      expect(held.under).to.have.length(1);
    });
  }

  it('sends nothing when it was cancelled before', async () => {
    const client = createClient({ ...options, fetch: held.send });
    for (const call of Object.values(CALLS)) {
      expect(await ended(call(client, AbortSignal.abort('before')))).to.equal('before');
    }
    expect(held.under).to.deep.equal([]);
  });

  it('waits no longer for a library that is busy, and leaves no timer', async () => {
    const timers = () => getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const controller = new AbortController();
    const refused = problemDocument({ code: 'upload.too-many', facts: { retry_after: 10 } });
    const answered = Promise.withResolvers<void>();
    const client = createClient({
      ...options,
      async fetch() {
        setTimeout(answered.resolve, 20);
        return Response.json(refused, { status: refused.status });
      },
    });
    const outcome = ended(client.file(HASH, { signal: controller.signal }));
    await answered.promise;
    const waiting = timers();
    controller.abort('enough');
    expect(await outcome).to.equal('enough');
    expect(timers()).to.equal(waiting - 1);
  });

  it('ends while the answer comes in, and while it does work for the library', async () => {
    const controller = new AbortController();
    const { ask } = createTransport({
      ...{ url: options.url, patienceMs: 0, wait: async () => undefined },
      async fetch(_, init) {
        const body = new ReadableStream({
          start: (stream) => init?.signal?.addEventListener('abort', () => stream.error('cut')),
        });
        return new Response(body);
      },
    });
    const reading = ended(ask('status', {}, { signal: controller.signal }));
    setTimeout(() => controller.abort('enough'), 5);
    expect(await reading).to.equal('enough');

    const work = problemDocument({ code: 'register.work-needed', facts: { d: 24, hour: 1 } });
    const working = createClient({
      ...options,
      fetch: async () => Response.json(work, { status: work.status }),
    });
    expect(await ended(working.register(reader.publicKey, { signal: AbortSignal.timeout(50) })))
      .to.be.instanceOf(DOMException)
      .with.property('name', 'TimeoutError');
  });
});
