/** Signatures of strangers wait in queues: nobody starves, and nothing grows without end. */
import { expect } from 'chai';
import type { SignatureCheck } from '../../chain/transaction/signing.ts';
import { parseAddress } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import type { Verdict } from '../../core/verdict.ts';
import { queueOf } from '../../rpc/client-name.ts';
import { SignatureDesk } from '../../rpc/signature-desk.ts';

const address = (i: number) => parseAddress(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)!;
const check = (name: number): SignatureCheck => {
  const bytes = new Uint8Array(32).fill(name);
  return { publicKey: bytes, hash: bytes, signature: new Uint8Array(64) };
};

describe('the desk for signatures', () => {
  /** What is with the thread, in order: each ends when the test says so. */
  let under: { readonly name: number; end(holds: boolean): void; fail(error: Error): void }[];
  let served: number;
  let desk: SignatureDesk;

  beforeEach(() => {
    under = [];
    served = 0;
    desk = new SignatureDesk((checks) => {
      served += 1;
      return new Promise((end, fail) => under.push({ name: checks[0]!.publicKey[0]!, end, fail }));
    });
  });

  const ask = (name: number, client: number): Promise<Verdict> =>
    desk.check([check(name)], queueOf(address(client), false, undefined));
  const codeOf = async (verdict: Promise<Verdict>): Promise<string> => {
    const got = await verdict;
    return got.kind === 'reject' ? got.code : got.kind;
  };
  async function endFirst(holds = false): Promise<number> {
    const { name, end } = under.shift()!;
    end(holds);
    await new Promise((resolve) => setImmediate(resolve));
    return name;
  }

  it('says whether they hold, and hands few at a time to the thread', async () => {
    const all = Array.from({ length: 100 }, (_, i) => ask(i, 1));
    expect(under).to.have.length(limits.checksAtOnceMax);
    await endFirst(true);
    await endFirst(false);
    expect(await codeOf(all[0]!)).to.equal('accept');
    expect(await codeOf(all[1]!)).to.equal('signature.wrong');
    expect(under).to.have.length(limits.checksAtOnceMax);
  });

  it('gives the page of another site a queue apart from the reader who sits there', async () => {
    for (let i = 0; i < 2 * limits.checksPerClientMax; i++)
      void desk.check([check(0)], queueOf(address(1), true, undefined));
    const honest = ask(7, 1);
    for (let i = 0; i < 3; i++) await endFirst();
    under.find(({ name }) => name === 7)!.end(true);
    expect(await codeOf(honest)).to.equal('accept');
  });

  it('lets an honest client have its turn, however many forgeries of others wait', async () => {
    for (let stranger = 1; stranger <= 3; stranger++) {
      for (let i = 0; i < limits.checksPerClientMax; i++) void ask(0, stranger);
    }
    const honest = ask(7, 9);
    for (let i = 0; i < limits.checksAtOnceMax + 3; i++) await endFirst();
    expect(under.map(({ name }) => name)).to.include(7);
    under.find(({ name }) => name === 7)!.end(true);
    expect(await codeOf(honest)).to.equal('accept');
  });

  it('request.too-many: to a client whose queue is full, whatever it asks', async () => {
    const most = limits.checksPerClientMax + limits.checksAtOnceMax;
    for (let i = 0; i < most; i++) void ask(0, 1);
    expect(await codeOf(ask(1, 1))).to.equal('request.too-many');
    void ask(2, 2);
    expect(served).to.equal(limits.checksAtOnceMax);
  });

  it('request.too-many: a full desk makes room at the end of the longest queue', async () => {
    const { checksWaitingMax, checksPerClientMax, checksAtOnceMax } = limits;
    const clients = checksWaitingMax / checksPerClientMax;
    const all: Promise<Verdict>[] = [];
    for (let i = 0; i < checksAtOnceMax; i++) void ask(0, 0);
    for (let client = 1; client <= clients; client++) {
      for (let i = 0; i < checksPerClientMax; i++) all.push(ask(0, client));
    }
    const late = ask(9, 5_000);
    const pushed = await Promise.race(all);
    expect(pushed).to.include({ kind: 'reject', code: 'request.too-many' });
    const turns = clients + checksAtOnceMax + 1;
    for (let i = 0; i < turns && !under.some(({ name }) => name === 9); i++) await endFirst();
    under.find(({ name }) => name === 9)!.end(true);
    expect(await codeOf(late)).to.equal('accept');
  });

  it('fails for whoever waits when the thread fails, and goes on', async () => {
    const lost = ask(1, 1);
    under.shift()!.fail(new Error('the thread has ended'));
    expect(await lost.catch((error: Error) => error.message)).to.equal('the thread has ended');
    const next = ask(2, 1);
    under.shift()!.end(true);
    expect(await codeOf(next)).to.equal('accept');
  });
});
