/** How the SDK brings a file in parts: what it does about cuts, about libraries that lose something, and about older ones. */
import { expect } from 'chai';
import { createClient } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import { uploadInParts } from '../../client/upload-in-parts.ts';
import { bookOf, chainOf } from '../rpc/calls.ts';
import { START, startLibrary, type TinyLibrary, walletOf } from '../rpc/tiny-library.ts';

const MiB = 2 ** 20;
const blob = new Blob([new Uint8Array(3 * MiB)]);

/** A library that has all that it was sent, but for what it is told to do wrong. */
function libraryThat(wrong: (call: number) => ClientError | undefined) {
  const [waits, sent] = [[] as number[], [] as number[]];
  let [has, calls] = [0, 0];
  return {
    ...{ waits, sent },
    begin: async () => ({ url: '/api/uploads/1', offset: has }),
    async send({ offset }: { offset: number }, part: Blob) {
      const error = wrong(++calls);
      if (error !== undefined) throw error;
      if (offset !== has) throw new ClientError('upload.wrong-offset', '', { status: 409 });
      sent.push(part.size);
      has += part.size;
      return has;
    },
    wait: async (ms: number) => void waits.push(ms),
    lose: () => {
      has = 0;
    },
  };
}
const unreachable = () => new ClientError('client.unreachable', '');

describe('a file that the SDK brings in parts', () => {
  it('tells how far it has come, a part at a time', async () => {
    const library = libraryThat(() => undefined);
    const told: number[] = [];
    await uploadInParts(library, blob, { onProgress: (done, total) => told.push(done / total) });
    expect(library.sent).to.deep.equal([MiB, MiB, MiB]);
    expect(told).to.deep.equal([0, 1 / 3, 2 / 3, 1]);
  });

  it('goes on where the library is after cuts, with pauses that double, and sends no part twice', async () => {
    const library = libraryThat((call) => (call === 2 || call === 3 ? unreachable() : undefined));
    await uploadInParts(library, blob, {});
    expect([library.sent.length, library.waits]).to.deep.equal([3, [500, 1_000]]);
  });

  it('begins anew what the library has lost', async () => {
    const library = libraryThat((call) => {
      if (call !== 3) return undefined;
      library.lose();
      return new ClientError('upload.gone', '', { status: 410 });
    });
    await uploadInParts(library, blob, {});
    expect(library.sent).to.have.length(5);
  });

  it('gives up after a while in which nothing comes through, and at once for what does not pass', async () => {
    const dead = libraryThat(unreachable);
    const failed = (library: ReturnType<typeof libraryThat>) =>
      uploadInParts(library, blob, {}).then(
        () => 'done',
        (error) => error.code,
      );
    expect(await failed(dead)).to.equal('client.unreachable');
    expect(dead.waits).to.have.length(9);
    const wrong = libraryThat(() => new ClientError('file.wrong-hash', '', { status: 422 }));
    expect([await failed(wrong), wrong.waits]).to.deep.equal(['file.wrong-hash', []]);
  });

  it('ends when it is told to, also in a pause', async () => {
    const controller = new AbortController();
    const library = libraryThat(unreachable);
    const wait = async () => controller.abort('enough');
    const ended = uploadInParts({ ...library, wait }, blob, { signal: controller.signal });
    expect(await ended.catch((reason) => reason)).to.equal('enough');
  });
});

describe('a file that is to be brought in parts, at a library', () => {
  let library: TinyLibrary;
  const asked: string[] = [];
  /** Has it the path of older libraries? */
  let isOld = false;
  const send: typeof fetch = (url, init) => {
    const { pathname } = new URL(String(url));
    asked.push(`${init?.method ?? 'GET'} ${pathname.slice(0, 17)}`);
    return fetch(isOld ? String(url).replace('upload-begin', 'there-is-none') : url, init);
  };
  before(async () => {
    library = await startLibrary();
  });
  beforeEach(() => asked.splice(0));
  after(() => library.stop());

  const client = () =>
    createClient({ url: library.url, chainId: chainOf(library), fetch: send, now: () => START });
  const book = (name: string) => bookOf(name, `${name} `.repeat(100));
  const bring = (name: string, resume?: boolean) =>
    client().uploadFile(
      walletOf('rich').wallet,
      book(name).file,
      name,
      resume === undefined ? {} : { resume },
    );

  it('has the torrent in the end, as with a form', async () => {
    const { torrent } = await bring('in parts.txt', true);
    expect(torrent?.bytes).to.have.length.above(10);
    expect(asked).to.deep.equal(['POST /api/upload-begin', 'PATCH /api/uploads/0000', 'POST /api/fetch']);
  });

  it('goes as a form to a library that is older, and when it is small and nobody has asked for more', async () => {
    isOld = true;
    expect((await bring('older.txt', true)).torrent?.bytes).to.have.length.above(10);
    isOld = false;
    expect((await bring('small.txt')).torrent?.bytes).to.have.length.above(10);
    expect(asked.filter((one) => one === 'POST /api/upload')).to.have.length(2);
  });
});
