import { expect } from 'chai';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { signTransaction } from '../../chain/transaction/signing.ts';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import { limits } from '../../core/limits.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { expectProblem, get, json, post, rpc } from './calls.ts';
import { START, seedOf, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const NODE = seedOf('node');

describe('the calls of operators', () => {
  let library: TinyLibrary;
  beforeEach(async () => {
    const accusation = {
      authority: publicKeyOf(NODE),
      epoch: 1,
      view: 2,
      kinds: ['finalize', 'nullify'] as const,
      evidence: Uint8Array.of(1, 2, 3),
    };
    library = await startLibrary({}, (ports) => ({
      node: { ...ports.node, evidence: () => [accusation] },
    }));
  });
  afterEach(() => library.stop());

  const encoded = (): string => {
    const transfer = {
      kind: 'transfer' as const,
      to: walletOf('richer').key,
      amount: 5n,
      key: walletOf('rich').key,
      nonce: new Uint8Array(16),
      expires: START / 1_000 + 600,
    };
    const signed = signTransaction<'transfer'>(library.ledger.chainId, transfer, seedOf('rich'));
    return Buffer.from(encodeTransaction(signed)).toString('base64');
  };

  it('submit: any signed transaction, final when it is answered', async () => {
    const transaction = encoded();
    const { result } = await rpc(library, 'ledger_v1_submit', { transaction });
    expect(result).to.deep.include({ height: 1, already: false, advice: null });
    expect(result.id).to.match(/^[0-9a-f]{64}$/);
    await expectProblem(await post(library, '/api/submit', { transaction }), 'transaction.repeated');
  });

  it('submit: what cannot be read is refused by its code', async () => {
    const submit = (transaction: unknown) => post(library, '/api/submit', { transaction });
    await expectProblem(await submit('*'), 'request.wrong-value');
    await expectProblem(await submit('AAA'), 'request.wrong-value');
    await expectProblem(await submit('AAAA'), 'codec.malformed');
    await expectProblem(await submit('A'.repeat(2 * limits.transactionBytesMax)), 'request.too-long');
    await expectProblem(await post(library, '/api/submit', {}), 'request.missing-field');
    const forged = Buffer.from(encoded(), 'base64');
    forged[forged.length - 1]! ^= 1; // the signature ends a transfer
    await expectProblem(await submit(forged.toString('base64')), 'signature.wrong');
  });

  it('members, proposals: what the ledger says', async () => {
    const { members } = (await json(get(library, '/api/members'))) as { members: object[] };
    expect(members).to.have.length(1);
    expect(members[0]).to.include({ name: 'Tiny Library', authority: true });
    const decisions = await json(get(library, '/api/proposals'));
    expect(decisions).to.deep.include({ epoch: 0, needed: 1, proposals: [], upgrade: null });
    expect(decisions.parameters).to.include({ heartbeatMs: 60_000 });
  });

  it('proposals: which rules are to come, and which authorities know them', async () => {
    const proposer = publicKeyOf(NODE);
    const propose = async (version: number): Promise<void> => {
      const once = { nonce: new Uint8Array(16).fill(version), expires: START / 1_000 + 600 };
      const proposal = {
        kind: 'propose' as const,
        action: { kind: 'upgrade' as const, height: 10_000, version },
        ...{ proposer, ...once },
      };
      const signed = signTransaction<'propose'>(library.ledger.chainId, proposal, NODE);
      const transaction = Buffer.from(encodeTransaction(signed)).toString('base64');
      expect(await json(post(library, '/api/submit', { transaction }))).to.include({ already: false });
    };
    const upgrade = async () => (await json(get(library, '/api/proposals'))).upgrade;
    await propose(RULES_VERSION + 1);
    expect(await upgrade()).to.deep.equal({ height: 10_000, version: RULES_VERSION + 1, ready: [] });
    library.ledger.knows = RULES_VERSION + 1;
    await post(library, '/api/submit', { transaction: encoded() });
    expect(await upgrade()).to.deep.include({ ready: [Buffer.from(proposer).toString('hex')] });
  });

  it('status, evidence: what the node does, and who contradicts itself', async () => {
    const status = await json(get(library, '/api/status'));
    const accusation = { authority: Buffer.from(publicKeyOf(NODE)).toString('hex'), epoch: 1, view: 2 };
    const kinds = ['finalize', 'nullify'];
    expect(status).to.deep.include({ role: 'authority', evidence: [{ ...accusation, kinds }] });
    const { result } = await rpc(library, 'node_v1_evidence', {});
    expect(result).to.deep.equal({ evidence: [{ ...accusation, kinds, proof: 'AQID' }] });
  });
});
