/** Every call of the API, by what the contract says of it; the handlers are held to it by rpc/check-answers.ts. */
import { expect } from 'chai';
import * as z from 'zod/mini';
import { type Call, EVERY_CODE } from '../../api/call.ts';
import { CALL_NAMES, CALLS, type CallName, mayRefuseWith, methodOf } from '../../api/calls.ts';
import { TOLD } from '../../api/fields.ts';
import { createTransport, type Transport } from '../../client/transport.ts';
import { AssertionFailed } from '../../core/assert.ts';
import { accept, reject } from '../../core/verdict.ts';
import { assertAnswer } from '../../rpc/check-answers.ts';
import { expectProblem, type Fields, get, post, rpc } from '../rpc/calls.ts';
import { startLibrary, type TinyLibrary } from '../rpc/tiny-library.ts';
import { GOOD, type Scene, sceneOf } from './good.ts';

/** What is wrong with a request is asked here, and not how often one may ask. */
const ENDLESS = { pay: () => accept(), charge() {} };

/** What programs are built on: a new call is added here, and none of these ever changes. */
const METHODS = {
  register: 'library_v1_register',
  'take-card': 'library_v1_take_card',
  search: 'library_v1_search',
  download: 'library_v1_download',
  upload: 'library_v1_upload',
  fetch: 'library_v1_fetch',
  'upload-begin': 'library_v1_upload_begin',
  'upload-state': 'library_v1_upload_state',
  account: 'library_v1_account',
  proof: 'ledger_v1_proof',
  inclusion: 'ledger_v1_inclusion',
  file: 'library_v1_file',
  transfer: 'library_v1_transfer',
  events: 'ledger_v1_events',
  head: 'ledger_v1_head',
  block: 'ledger_v1_block',
  transaction: 'ledger_v1_transaction',
  authorities: 'ledger_v1_authorities',
  parameters: 'ledger_v1_parameters',
  peers: 'node_v1_peers',
  limits: 'node_v1_limits',
  status: 'node_v1_status',
  history: 'library_v1_history',
  members: 'node_v1_members',
  proposals: 'node_v1_proposals',
  evidence: 'node_v1_evidence',
  submit: 'ledger_v1_submit',
  'review-list': 'desk_v1_review_list',
  'review-show': 'desk_v1_review_show',
  'review-accept': 'desk_v1_review_accept',
  'review-decline': 'desk_v1_review_decline',
  'card-give': 'desk_v1_card_give',
  'card-invite': 'desk_v1_card_invite',
  'card-list': 'desk_v1_card_list',
  'card-withdraw': 'desk_v1_card_withdraw',
};

/** Names of before, which programs may still be built on. */
const DEPRECATED = {
  submit: ['node_v1_submit'],
  proof: ['library_v1_proof'],
  inclusion: ['library_v1_inclusion'],
};

const NEED_NOTHING: readonly CallName[] = [
  'block',
  'proof',
  'head',
  'authorities',
  'parameters',
  'limits',
  'peers',
  'events',
  'status',
  'members',
  'proposals',
  'evidence',
];

type Sketch = {
  readonly properties: Readonly<Record<string, { readonly pattern?: string }>>;
  readonly required?: readonly string[];
};
const sketchOf = (name: CallName): Sketch =>
  z.toJSONSchema(CALLS[name].fields, { io: 'input', metadata: TOLD }) as Sketch;

describe('the contract of the API', () => {
  let library: TinyLibrary;
  let scene: Scene;
  let transport: Transport;

  before(async () => {
    library = await startLibrary({ budget: ENDLESS }, undefined, 1, { mode: 'open', isFreeHere: true });
    scene = await sceneOf(library);
    transport = createTransport({ url: library.url, patienceMs: 0, wait: async () => undefined });
  });
  after(() => library.stop());
  afterEach(() => {
    expect(library.failures).to.deep.equal([]);
  });

  const good = async (name: CallName): Promise<Fields> => (await GOOD[name](scene)) as Fields;

  it('has the names, paths and methods that programs are built on', () => {
    expect(Object.fromEntries(CALL_NAMES.map((name) => [name, methodOf(name)]))).to.deep.equal(METHODS);
  });

  it('serves the names of before as well', async () => {
    const old = CALL_NAMES.flatMap((name) => {
      const { deprecated }: Call = CALLS[name];
      return deprecated === undefined ? [] : [[name, deprecated] as const];
    });
    expect(Object.fromEntries(old)).to.deep.equal(DEPRECATED);
    for (const [name, methods] of old) {
      for (const method of methods) {
        const { result, error } = await rpc(library, method, await good(name));
        expect(result, JSON.stringify(error)).to.be.an('object');
      }
    }
  });

  it('says each code once', () => {
    for (const name of CALL_NAMES) {
      const all = [...(CALLS[name] as Call).codes, ...EVERY_CODE];
      expect(all, name).to.have.length(new Set(all).size);
    }
  });

  for (const name of CALL_NAMES) {
    const fieldNames = Object.keys(CALLS[name].fields.shape);

    /** By query, by body and by JSON-RPC alike. */
    const refused = async (fields: Fields, code: string, doors = ['get', 'post', 'rpc']): Promise<void> => {
      if (doors.includes('get')) await expectProblem(await get(library, `/api/${name}`, fields), code);
      if (doors.includes('post')) await expectProblem(await post(library, `/api/${name}`, fields), code);
      const { error } = await rpc(library, methodOf(name), fields);
      expect(error?.data.code, JSON.stringify(fields)).to.equal(code);
    };

    describe(name, () => {
      it('answers what its schema says, and the SDK reads it, by every door', async () => {
        const reply = await transport.ask(name, (await good(name)) as never);
        expect(reply).not.to.equal(undefined);
        const posted = await post(library, `/api/${name}`, await good(name));
        expect(posted.status, await posted.text()).to.equal(200);
        const asked = await get(library, `/api/${name}`, await good(name));
        expect(asked.status, await asked.text()).to.equal(200);
        const { result } = await rpc(library, methodOf(name), await good(name));
        expect(result).to.be.an('object');
      });

      it('request.missing-field: without any of the fields that it needs', async () => {
        const { required = [] } = sketchOf(name);
        const fields = await good(name);
        const before = library.ledger.root();
        for (const missing of required) {
          const { [missing]: _, ...rest } = fields;
          await refused(rest, 'request.missing-field');
        }
        expect(library.ledger.root()).to.equal(before);
        expect(required.length > 0, 'a call that needs nothing').to.equal(!NEED_NOTHING.includes(name));
      });

      it('request.wrong-value: with a field of a wrong type, one that it does not know, or no object', async () => {
        const fields = await good(name);
        const before = library.ledger.root();
        for (const wrong of fieldNames) {
          for (const value of [null, true, {}, [], [fields[wrong]]]) {
            await refused({ ...fields, [wrong]: value }, 'request.wrong-value', ['post', 'rpc']);
          }
        }
        await refused({ ...fields, more: 1 }, 'request.wrong-value', ['post', 'rpc']);
        for (const body of ['null', '1', '"x"', '[]', 'true']) {
          await expectProblem(await post(library, `/api/${name}`, body), 'request.wrong-value');
        }
        expect(library.ledger.root()).to.equal(before);
      });

      it('request.wrong-hex: with hex that is upper case, short, long, empty or none', async () => {
        const fields = await good(name);
        const before = library.ledger.root();
        for (const [field, { pattern = '' }] of Object.entries(sketchOf(name).properties)) {
          const [, digits] = /^\^\[0-9a-f\]\{(\d+)\}\$$/.exec(pattern) ?? [];
          if (digits === undefined) continue;
          const length = Number(digits);
          for (const value of [
            '',
            'A'.repeat(length),
            '0'.repeat(length - 1),
            '0'.repeat(length + 2),
            'g'.repeat(length),
          ]) {
            await refused({ ...fields, [field]: value }, 'request.wrong-hex');
          }
        }
        expect(library.ledger.root()).to.equal(before);
      });

      if (fieldNames.includes('signed_hash')) {
        it('signature.wrong: with what another has signed, or nobody', async () => {
          const fields = await good(name);
          const before = library.ledger.root();
          for (const signed_hash of ['0'.repeat(128), 'f'.repeat(128)]) {
            await refused({ ...fields, signed_hash }, 'signature.wrong');
          }
          expect(library.ledger.root()).to.equal(before);
        });
      }
    });
  }
});

describe('what holds the handlers to the contract', () => {
  it('stops an answer that the schema does not know', () => {
    const wrong = [
      ['account', { kind: 'json', value: { public_key: '', registered: true } }],
      ['register', { kind: 'json', value: { registered: 'yes' } }],
      ['search', { kind: 'page', items: [{ filename: 'x' }], next: undefined }],
      ['upload', { kind: 'under-way', value: { state: 'waiting' } }],
      ['download', { kind: 'under-way', value: { state: 'waiting', until: 1 } }],
      ['status', { kind: 'proof', bytes: new Uint8Array(1) }],
    ] as const;
    for (const [name, answer] of wrong) {
      expect(() => assertAnswer(name, accept(answer)), name).to.throw(AssertionFailed, name);
    }
    assertAnswer(
      'account',
      accept({ kind: 'json', value: { public_key: 'a'.repeat(64), registered: true } }),
    );
    assertAnswer(
      'upload',
      accept({ kind: 'under-way', value: { state: 'waiting', until: 1, code: 'pool.full' } }),
    );
  });

  it('stops a refusal that the contract does not know', () => {
    expect(() => assertAnswer('search', reject('file.unknown'))).to.throw(AssertionFailed, 'file.unknown');
    expect(() => assertAnswer('submit', reject('archive.full'))).to.throw(AssertionFailed, 'archive.full');
    expect(mayRefuseWith('submit', 'sale.not-due')).to.equal(true);
    expect(mayRefuseWith('file', 'request.too-many')).to.equal(true);
    assertAnswer('search', reject('search.too-slow'));
  });

  it('node.fault: in tests such an answer is a failure of the library, by every door', async () => {
    const lies = await startLibrary({}, ({ node }) => ({ node: { ...node, role: () => 7 as never } }));
    try {
      await expectProblem(await get(lies, '/api/status'), 'node.fault');
      expect((await rpc(lies, 'node_v1_status', {})).error?.data.code).to.equal('node.fault');
      expect(lies.failures.map(({ message }) => message)).to.deep.equal([
        'api/: the answer of status has a wrong value for role',
        'api/: the answer of status has a wrong value for role',
      ]);
    } finally {
      await lies.stop();
    }
  });
});
