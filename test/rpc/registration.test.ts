import { assert, expect } from 'chai';
import { registerWorkText } from '../../chain/kind/texts.ts';
import { account } from '../../chain/queries.ts';
import { createClient } from '../../client/client.ts';
import { parseAddress } from '../../core/address.ts';
import { toHex, utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { finish } from '../../core/steps.ts';
import { accept } from '../../core/verdict.ts';
import { findWork, workOf } from '../../core/work.ts';
import { Registrations } from '../../rpc/registrations.ts';
import { chainOf, expectProblem, type Fields, post, rpc } from './calls.ts';
import { plainCodes } from './plain-codes.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const NOW = 1_000_000 * limits.workHourMs;
/** Nobody has come yet. */
const DAY = { used: 0, most: 100_000 };
const FREE = limits.registrationsPerAddress;
const at = (text: string) => parseAddress(text);

describe('what a registration takes', () => {
  let registrations: Registrations;
  beforeEach(() => {
    registrations = new Registrations();
  });

  const add = (from: string, count: number, now = NOW): void => {
    for (let i = 0; i < count; i++) registrations.add(at(from), now);
  };

  it('is nothing at rest, and more work the more have come from there', () => {
    expect(registrations.needed(at('10.0.0.1'), NOW, DAY)).to.equal(0);
    const bits: (number | undefined)[] = [];
    for (let i = 0; i < 10 * FREE; i++) {
      registrations.add(at('10.0.0.1'), NOW);
      bits.push(registrations.needed(at('10.0.0.1'), NOW, DAY));
    }
    expect(bits[0]).to.equal(0);
    expect(bits.slice(0, -1)).to.deep.equal(bits.slice(0, -1).toSorted((a, b) => a! - b!));
    expect(bits.at(-2)).to.be.above(limits.workBitsForAllMax);
    expect(bits.at(-1), 'too many').to.equal(undefined);
  });

  it('is a blink for others, whatever one does: what all pay together is bounded', () => {
    for (let network = 0; network < 200; network++) add(`10.1.${network}.1`, FREE);
    expect(registrations.needed(at('10.2.0.1'), NOW, DAY)).to.equal(limits.workBitsForAllMax);
  });

  it('counts a network as well as its addresses', () => {
    for (let host = 1; host <= 100; host++) add(`10.0.0.${host}`, FREE);
    expect(registrations.needed(at('10.0.0.200'), NOW, DAY)).to.equal(undefined);
    expect(registrations.needed(at('10.0.1.200'), NOW, DAY)).not.to.equal(undefined);
  });

  it('leaves a part of each day to others, however much ten networks ask for', () => {
    const most = 1_000;
    const midnight = Math.floor(NOW / (24 * limits.workHourMs)) * 24 * limits.workHourMs;
    let used = 0;
    for (let now = midnight; now < midnight + 24 * limits.workHourMs; now += 60_000) {
      for (let network = 0; network < 10; network++) {
        const from = at(`10.0.${network}.1`);
        if (registrations.needed(from, now, { used, most }) === undefined) continue;
        registrations.add(from, now);
        used += 1;
      }
    }
    expect(used).to.be.within(most / 2, 0.9 * most);
    expect(registrations.needed(at('10.1.0.1'), midnight, { used, most })).not.to.equal(undefined);
  });

  it('is forgotten with time', () => {
    add('10.0.0.1', 3 * FREE);
    expect(registrations.needed(at('10.0.0.1'), NOW, DAY)).to.be.above(0);
    expect(registrations.needed(at('10.0.0.1'), NOW + 3 * limits.workHourMs, DAY)).to.equal(0);
  });
});

describe('registering a key', () => {
  let library: TinyLibrary | undefined;
  afterEach(() => library?.stop());

  /** One that has let so many keys in from this address. */
  async function crowded(): Promise<TinyLibrary> {
    library = await startLibrary({ budget: { pay: () => accept(), charge() {} } });
    for (let i = 0; i < limits.registrationsFree; i++) {
      const response = await register(library, { public_key: walletOf(`early ${i}`).publicKey });
      expect(response.status).to.equal(200);
    }
    return library;
  }
  const register = (at: TinyLibrary, fields: Fields) => post(at, '/api/register', fields);
  const known = ({ ledger }: TinyLibrary, name: string): boolean =>
    account(ledger.view(), walletOf(name).key) !== undefined;

  it('register.work-needed: says how much and for which hour; the SDK does it, and is let in', async () => {
    const busy = await crowded();
    const { publicKey } = walletOf('late');
    const refused = await register(busy, { public_key: publicKey });
    expect(refused.status).to.equal(429);
    const document = (await refused.json()) as { type: string; d: number; hour: number };
    expect(document.type).to.equal('register.work-needed');
    expect(document.d).to.equal(limits.workBitsMin);
    expect(document.hour).to.equal(Math.floor(busy.ports.clock.now() / limits.workHourMs));
    const { error } = await rpc(busy, 'library_v1_register', { public_key: publicKey });
    expect(error?.data).to.include({ code: 'register.work-needed', d: document.d, hour: document.hour });
    expect(known(busy, 'late')).to.equal(false);
    await createClient({ url: busy.url }).register(publicKey);
    expect(known(busy, 'late')).to.equal(true);
  });

  it('register.work-needed: takes work for this key, this chain and this hour or the one before', async () => {
    const busy = await crowded();
    const chain = chainOf(busy);
    const now = Math.floor(busy.ports.clock.now() / limits.workHourMs);
    const { publicKey } = walletOf('late');
    const workFor = (hour: number, key = publicKey, of = chain): string => {
      const text = (word: string) => utf8(registerWorkText(of, key, hour, word));
      const others = [now, now - 1].filter((each) => each !== hour || key !== publicKey || of !== chain);
      // By chance it could be work for the right text, too.
      const word = finish(findWork(limits.workBitsMin, text));
      const also = others.some(
        (each) => workOf(utf8(registerWorkText(chain, publicKey, each, word))) >= limits.workBitsMin,
      );
      expect(also, 'the word serves by chance').to.equal(false);
      return word;
    };
    for (const work of [
      workFor(now - 2),
      workFor(now + 1),
      workFor(now, walletOf('other').publicKey),
      workFor(now, publicKey, '00'.repeat(32)),
      'x',
    ]) {
      await expectCode(register(busy, { public_key: publicKey, work }), 'register.work-needed');
    }
    await expectProblem(await register(busy, { public_key: publicKey, work: 'a:b' }), 'request.wrong-value');
    const response = await register(busy, { public_key: publicKey, work: workFor(now - 1) });
    expect(response.status).to.equal(200);
  });

  it('register.too-many: from one network, whatever work it does; a key that is registered hears so all the same', async () => {
    library = await startLibrary({
      budget: { pay: () => accept(), charge() {} },
      registrations: { needed: () => undefined, add: () => undefined },
    });
    await expectProblem(
      await register(library, { public_key: walletOf('late').publicKey }),
      'register.too-many',
    );
    expect((await register(library, { public_key: walletOf('rich').publicKey })).status).to.equal(200);
  });

  it('a reader of a fresh network is in the next block, however many strangers have worked for their keys', async () => {
    const most = limits.registrationsAtOnceMax;
    const under: { readonly key: string; go(): void }[] = [];
    let arrived = 0;
    const needed = () => {
      arrived += 1;
      return 0;
    };
    library = await startLibrary(
      {
        trustedProxies: 1,
        budget: { pay: () => accept(), charge() {} },
        registrations: { needed, add: () => undefined },
      },
      ({ ledger }) => ({
        ledger: {
          chainId: ledger.chainId,
          genesisName: ledger.genesisName,
          head: () => ledger.head(),
          view: () => ledger.view(),
          async submit(checked) {
            assert(checked.transaction.kind === 'register');
            const key = toHex(checked.transaction.key);
            await new Promise<void>((go) => under.push({ key, go }));
            return ledger.submit(checked);
          },
        },
      }),
    );
    const { url } = library;
    const registerFrom = async (address: string, name: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
      const body = JSON.stringify({ public_key: walletOf(name).publicKey });
      return (await fetch(`${url}/api/register`, { method: 'POST', headers, body })).status;
    };
    const names = Array.from({ length: 3 * most }, (_, i) => `stranger ${i}`);
    const strangers = names.map((name, i) => registerFrom(`10.1.${i % 10}.1`, name));
    await until(() => arrived === names.length);
    const honest = registerFrom('10.2.0.1', 'honest');
    await until(() => arrived === names.length + 1);
    for (const { go } of under.splice(0)) go();
    await until(() => under.length === most);
    expect(under.map(({ key }) => key)).to.include(walletOf('honest').publicKey);
    let answered = false;
    const all = Promise.all([honest, ...strangers]).finally(() => {
      answered = true;
    });
    await until(() => {
      under.shift()?.go();
      return answered;
    });
    expect(new Set(await all)).to.deep.equal(new Set([200]));
  });

  it('register.closed: at a library that registers nobody', async () => {
    library = await startLibrary({ registration: 'closed' });
    await expectProblem(
      await register(library, { public_key: walletOf('late').publicKey }),
      'register.closed',
    );
    expect((await register(library, { public_key: walletOf('rich').publicKey })).status).to.equal(200);
  });

  it('register.code-needed: takes each code once, and gives it back when nothing came of it', async () => {
    const codes = new Set(['good', 'better']);
    let full = false;
    library = await startLibrary({ registration: 'code' }, ({ ledger }) => ({
      readerCodes: plainCodes(codes),
      ledger: {
        chainId: ledger.chainId,
        genesisName: ledger.genesisName,
        head: () => ledger.head(),
        view: () => ledger.view(),
        submit: async (checked) =>
          full ? { kind: 'reject', code: 'pool.full' as const } : ledger.submit(checked),
      },
    }));
    const [one, two] = ['one', 'two'].map((name) => walletOf(name).publicKey);
    await expectProblem(await register(library, { public_key: one }), 'register.code-needed');
    await expectProblem(await register(library, { public_key: one, code: 'bad' }), 'register.code-needed');
    full = true;
    await expectProblem(await register(library, { public_key: one, code: 'good' }), 'pool.full');
    full = false;
    await createClient({ url: library.url }).register(one!, { code: 'good' });
    await expectProblem(await register(library, { public_key: two, code: 'good' }), 'register.code-needed');
    expect((await register(library, { public_key: one, code: 'bad' })).status).to.equal(200);
    expect([...codes]).to.deep.equal(['better']);
  });

  it('takes one code for one key, whoever else registers it at the same moment with another one', async () => {
    const codes = new Set(['good', 'better']);
    const bothSpent = Promise.withResolvers<void>();
    library = await startLibrary({ registration: 'code' }, ({ ledger }) => ({
      readerCodes: plainCodes(codes, (underWay) => underWay === 2 && bothSpent.resolve()),
      ledger: {
        chainId: ledger.chainId,
        genesisName: ledger.genesisName,
        head: () => ledger.head(),
        view: () => ledger.view(),
        submit: async (checked) => {
          await bothSpent.promise;
          return ledger.submit(checked);
        },
      },
    }));
    const { publicKey } = walletOf('one');
    const calls = [...codes].map((code) => register(library!, { public_key: publicKey, code }));
    expect((await Promise.all(calls)).map(({ status }) => status)).to.deep.equal([200, 200]);
    expect([...codes]).to.have.length(1);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

async function expectCode(response: Promise<Response>, code: string): Promise<void> {
  expect(((await (await response).json()) as { type: string }).type).to.equal(code);
}
