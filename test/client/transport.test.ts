import { assert, expect } from 'chai';
import { ClientError } from '../../client/client-error.ts';
import { createTransport } from '../../client/transport.ts';

const HASH = 'ab'.repeat(32);
const SIGNED = { hash: HASH, public_key: HASH, signed_hash: HASH + HASH };

/** Asks a library that answers everything so. */
function asking(answer: () => Response) {
  const asked: string[] = [];
  const { ask, sendForm } = createTransport({
    ...{ url: 'http://library/', patienceMs: 0, wait: async () => undefined },
    async fetch(input, init) {
      const body = typeof init?.body === 'string' ? ` ${init.body}` : '';
      asked.push(`${init?.method ?? 'GET'} ${String(input)}${body}`);
      return answer();
    },
  });
  return { ask, sendForm, asked };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown = await promise.then(
    () => assert.fail('it should have been refused'),
    (error: unknown) => error,
  );
  assert(thrown instanceof ClientError);
  return thrown.code;
}

describe('how a call travels', () => {
  it('by GET, and by POST what changes something, and whatever is signed: proxies keep addresses', async () => {
    const { ask, asked } = asking(() => new Response('null'));
    const silent = () => undefined;
    await ask('status', {}).catch(silent);
    await ask('file', { hash: HASH }).catch(silent);
    await ask('search', { query: 'a b&c', limit: 3, cursor: undefined }).catch(silent);
    await ask('download', { ...SIGNED, format: 'v2' }).catch(silent);
    await ask('register', { public_key: HASH, work: undefined }).catch(silent);
    await ask('submit', { transaction: 'AAAA' }).catch(silent);
    expect(asked).to.deep.equal([
      'GET http://library/api/status',
      `GET http://library/api/file/${HASH}`,
      'GET http://library/api/search?query=a+b%26c&limit=3',
      `POST http://library/api/download ${JSON.stringify({ ...SIGNED, format: 'v2' })}`,
      `POST http://library/api/register {"public_key":"${HASH}"}`,
      'POST http://library/api/submit {"transaction":"AAAA"}',
    ]);
  });

  it('is not read when it is of another form than the contract says', async () => {
    const object = asking(() => Response.json({ filename: 'x' }));
    expect(await codeOf(object.ask('search', { query: '' }))).to.equal('client.unreadable');
    const half = asking(() => Response.json([{ filename: 'x' }]));
    expect(await codeOf(half.ask('search', { query: '' }))).to.equal('client.unreadable');
    const nameless = asking(() => new Response('torrent'));
    expect(await codeOf(nameless.ask('download', SIGNED))).to.equal('client.unreadable');
  });

  it('202 is how an upload stands, where that may be, and else no answer of a library', async () => {
    const underWay = asking(() => Response.json({ state: 'reading', until: 1, more: 2 }, { status: 202 }));
    const reply = { torrent: undefined, underWay: { state: 'reading', until: 1 } };
    expect(await underWay.ask('fetch', { ...SIGNED, expires: 1 })).to.deep.equal(reply);
    const part = { kind: 'file', blob: new Blob(['x']) } as const;
    expect(await underWay.sendForm(SIGNED, part)).to.deep.equal(reply);
    expect(await codeOf(underWay.ask('download', SIGNED))).to.equal('client.unreadable');
  });
});
