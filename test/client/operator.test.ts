import { assert, expect } from 'chai';
import { ClientError } from '../../client/client-error.ts';
import { createOperator, type Operator } from '../../client/operator.ts';

const KEY = 'ab'.repeat(32);
const MEMBER = { key: KEY, name: 'Ann', addresses: [], tracker: '', api: '', authority: true };
const PROPOSAL = {
  ...{ id: KEY, action: { kind: 'upgrade' }, proposer: KEY, expires_at: 1, approvals: [KEY] },
  advice: 'Mind the gap.',
};
const DECISIONS = {
  epoch: 0,
  needed: 1,
  proposals: [PROPOSAL],
  parameters: { heartbeatMs: 1 },
  upgrade: null,
};

const STATUS = {
  ...{
    chain: { name: 'Tiny Federation', id: KEY },
    height: 1,
    hash: KEY,
    time: 1,
    peers: 0,
    authorities: [KEY],
  },
  ...{ ready: true, not_ready: [], waits: [], role: 'authority', evidence: [], version: '1.0.0' },
};

/** A library that answers every call with this. */
function answering(answer: unknown): Operator {
  const body = JSON.stringify(answer);
  return createOperator({ url: 'http://library', fetch: async () => new Response(body) });
}

const calls: Record<string, (operator: Operator) => Promise<unknown>> = {
  chainId: (operator) => operator.chainId(),
  members: (operator) => operator.members(),
  proposals: (operator) => operator.proposals(),
  submit: (operator) => operator.submit(Uint8Array.of(1)),
};
const good: Record<string, object> = {
  chainId: STATUS,
  members: { members: [MEMBER] },
  proposals: DECISIONS,
  submit: { id: KEY, height: 7, already: false },
};
const wrong: Record<string, unknown[]> = {
  chainId: [null, { id: KEY }, { name: 'Ann', id: 7 }, { name: 'Ann', id: KEY.toUpperCase() }].map(
    (chain) => {
      return { ...STATUS, chain };
    },
  ),
  members: [
    { members: {} },
    { members: [{ ...MEMBER, key: 'x' }] },
    { members: [{ ...MEMBER, authority: 'yes' }] },
    { members: [{ ...MEMBER, addresses: [1] }] },
  ],
  proposals: [
    { ...DECISIONS, needed: '1' },
    { ...DECISIONS, epoch: undefined },
    { ...DECISIONS, upgrade: {} },
    { ...DECISIONS, proposals: [{ ...PROPOSAL, expires_at: 1e300 }] },
    { ...DECISIONS, proposals: [{ ...PROPOSAL, action: 'x' }] },
    { ...DECISIONS, proposals: [{ ...PROPOSAL, advice: 7 }] },
  ],
  submit: [
    { id: KEY, height: -1, already: false },
    { id: KEY, height: 7 },
    { id: KEY, height: 7, already: false, advice: {} },
  ],
};

describe('what operators are told', () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`${name}: is taken when it is right, and refused as a whole when anything in it is not`, async () => {
      await call(answering(good[name]));
      for (const answer of [undefined, null, 7, 'x', [], {}, ...wrong[name]!]) {
        const error = await call(answering(answer)).catch((thrown: unknown) => thrown);
        assert(error instanceof ClientError && error.code === 'client.unreadable', JSON.stringify(answer));
      }
    });
  }

  it('comes through as it was said', async () => {
    expect(await answering({ members: [{ ...MEMBER, more: 1 }] }).members()).to.deep.equal([MEMBER]);
    expect(await answering(DECISIONS).proposals()).to.deep.equal(DECISIONS);
    const submitted = { id: KEY, height: 7, already: false, advice: 'lower attestations first' };
    expect(await answering(submitted).submit(Uint8Array.of(1))).to.deep.equal(submitted);
    const { advice: _, ...older } = submitted;
    expect(await answering(older).submit(Uint8Array.of(1))).to.deep.equal({ ...older, advice: null });
  });
});
