/** Encodings and signatures of transactions, byte for byte. */
import { expect } from 'chai';
import fc from 'fast-check';
import { RULES_VERSION } from '../../../chain/block/version.ts';
import { defaultParameters } from '../../../chain/federation/parameters.ts';
import { download } from '../../../chain/files/download.ts';
import { uploadTextOf } from '../../../chain/files/upload.ts';
import type { Seat } from '../../../chain/governance/seat.ts';
import { signerText } from '../../../chain/kind/kind.ts';
import { fetchText } from '../../../chain/kind/texts.ts';
import {
  checkTransaction,
  encodeChecked,
  payerOf,
  signatureChecks,
  signatureParts,
  signSeat,
  signTransaction,
  sponsorOf,
} from '../../../chain/transaction/signing.ts';
import {
  decodeTransaction,
  encodeTransaction,
  KINDS,
  transactionId,
} from '../../../chain/transaction/transaction.ts';
import { fromHex, toHex, utf8 } from '../../../core/bytes.ts';
import { type Encodable, encode } from '../../../core/codec.ts';
import { sha256 } from '../../../core/hash.ts';
import { limits } from '../../../core/limits.ts';
import type { PublicKey32 } from '../../../core/scalars.ts';
import { golden } from '../../golden.ts';
import { samplesFor } from '../samples.ts';
import { hashOf, keyOf, seedOf } from '../world.ts';

const chainId = hashOf('chain');
const samples = samplesFor(chainId);

function codeOf(bytes: Uint8Array): string {
  const verdict = decodeTransaction(bytes, RULES_VERSION);
  return verdict.kind === 'accept' ? 'accept' : verdict.code;
}

/** Of each parameter: the lowest and the highest value. */
const BOUNDS = [
  ['attestations', 1, limits.attestationsMax],
  ['fileBytesMax', limits.fileBytesMaxMin, limits.fileBytesMaxMax],
  ['vestingPermille', 0, 1_000],
  ['releasePermille', 0, 1_000],
  ['cardStartDays', 0, limits.cardStartDaysMax],
  ['cardReleasePermille', 0, 1_000],
  ['registrationsPerNodePerDay', 1, limits.registrationsPerNodePerDayMax],
  ['blockIntervalMs', 0, limits.blockIntervalMsMax],
  ['heartbeatMs', limits.heartbeatMsMin, limits.heartbeatMsMax],
  ['saleTimeoutMs', 0, limits.saleTimeoutMsMax],
  ['upgradeNoticeBlocks', limits.upgradeNoticeBlocksMin, limits.upgradeNoticeBlocksMax],
] as const;

describe('transactions', () => {
  it('decodes what it encodes, of every kind', () => {
    expect(samples.map(({ kind }) => kind)).to.deep.equal(KINDS);
    for (const sample of samples) {
      expect(decodeTransaction(encodeTransaction(sample), RULES_VERSION)).to.deep.equal({
        kind: 'accept',
        value: sample,
      });
    }
  });

  it('keeps its golden bytes and ids', () => {
    const found = samples.map((sample) => {
      const bytes = encodeTransaction(sample);
      return { kind: sample.kind, id: toHex(transactionId(bytes)), bytes: toHex(bytes) };
    });
    golden('transactions', found);
  });

  it('accepts its own signatures, and signature.wrong for another chain or a changed field', () => {
    for (const sample of samples) {
      const { bytes, id } = encodeChecked(sample);
      const checked = checkTransaction(chainId, bytes, RULES_VERSION);
      expect(checked).to.deep.equal({ kind: 'accept', value: { id, bytes, transaction: sample } });
      const elsewhere = checkTransaction(hashOf('another chain'), bytes, RULES_VERSION);
      expect(elsewhere).to.include({ kind: 'reject', code: 'signature.wrong' });
      expect(signatureChecks(chainId, sample)).to.have.length(sample.kind === 'upload' ? 2 : 1);
    }
  });

  it('signature.wrong: the sponsor of an upload answers for every field of it', () => {
    const upload = samples.find((sample) => sample.kind === 'upload')!;
    const renamed = checkTransaction(
      chainId,
      encodeTransaction({ ...upload, name: 'another.epub' }),
      RULES_VERSION,
    );
    expect(renamed).to.include({ kind: 'reject', code: 'signature.wrong' });
    const resized = checkTransaction(chainId, encodeTransaction({ ...upload, size: 1n }), RULES_VERSION);
    expect(resized).to.include({ kind: 'reject', code: 'signature.wrong' });
  });

  it('signature.wrong: an election holds only with the signature of each new authority, for this epoch and time', () => {
    const seat = signSeat(chainId, { key: keyOf('dan'), epoch: 3, expires: 17 }, seedOf('dan'));
    const electing = (seats: readonly Seat[]) => {
      const action = { kind: 'set-authorities', keys: [keyOf('dan')], seats } as const;
      const once = { nonce: new Uint8Array(16), expires: 17 };
      const unsigned = { kind: 'propose', action, proposer: keyOf('ann'), ...once } as const;
      return signTransaction<'propose'>(chainId, unsigned, seedOf('ann'));
    };
    expect(signatureChecks(chainId, electing([seat]))).to.have.length(2);
    const parts = signatureParts(chainId, electing([seat]));
    expect(
      parts.map((part) => part.length),
      'one after the other',
    ).to.deep.equal([1, 1]);
    expect(parts.flat()).to.deep.equal(signatureChecks(chainId, electing([seat])));
    const code = (seats: readonly Seat[]) => {
      const verdict = checkTransaction(chainId, encodeTransaction(electing(seats)), RULES_VERSION);
      return verdict.kind === 'accept' ? 'accept' : verdict.code;
    };
    expect(code([seat])).to.equal('accept');
    const another = signSeat(hashOf('another chain'), seat, seedOf('dan'));
    const stolen = signSeat(chainId, seat, seedOf('ann'));
    for (const wrong of [{ ...seat, epoch: 4 }, { ...seat, expires: 18 }, another, stolen]) {
      expect(code([wrong])).to.equal('signature.wrong');
    }
  });

  it('signs the texts of the protocol', () => {
    const [chain, hash, key] = ['c'.repeat(64), 'a'.repeat(64), 'b'.repeat(64)];
    const nameHash = toHex(sha256(utf8('a: b.epub')));
    const signed = { hash: fromHex(hash)!, key: fromHex(key)!, size: 5n, name: 'a: b.epub', expires: 17 };
    expect(uploadTextOf(chain, signed)).to.equal(
      `digitallib:1:${chain}:upload:${hash}:5:${nameHash}:${key}:17`,
    );
    expect(uploadTextOf(chain, { ...signed, expires: undefined })).to.equal(
      `digitallib:1:${chain}:upload:${hash}:${key}`,
    );
    expect(fetchText(chain, hash, key, 17)).to.equal(`digitallib:1:${chain}:fetch:${hash}:${key}:17`);
    const bought = `digitallib:1:${chain}:download:${hash}:${key}`;
    expect(signerText(download, chain, { ...signed, expires: undefined })).to.equal(bought);
    expect(signerText(download, chain, signed)).to.equal(`${bought}:17`);
  });

  it('names who is counted for it, and who sponsors it', () => {
    const payers = samples.map(payerOf);
    expect(payers[0]).to.deep.equal(keyOf('ann'));
    expect(payers[1]).to.deep.equal(keyOf('reader'));
    expect(samples.map(sponsorOf).filter((key) => key !== undefined)).to.have.length(3);
  });

  it('codec.wrong-shape: a missing, an unknown, a too long or a wrong field', () => {
    const download = samples.find((sample) => sample.kind === 'download')!;
    const sell = samples.find((sample) => sample.kind === 'sell')!;
    const attest = samples.find((sample) => sample.kind === 'attest')!;
    const plain = { ...download, expires: null };
    expect(codeOf(encode(plain))).to.equal('accept');
    const wrong: Encodable[] = [
      [],
      null,
      {},
      { ...plain, kind: 'destroy' },
      { ...plain, kind: 'toString' },
      { kind: 'download', hash: plain.hash, key: plain.key, signature: plain.signature },
      { ...plain, more: 1 },
      { ...plain, key: plain.key.subarray(1) },
      { ...plain, expires: -1 },
      { ...sell, rate: 'a:b' },
      { ...sell, rate: '' },
      { ...sell, rate: 'x'.repeat(65) },
      { ...sell, amount: 2n ** 63n },
      { ...sell, amount: -1 },
      { ...attest, name: 'x'.repeat(limits.fileNameBytesMax + 1) },
      { ...attest, infoHashes: attest.infoHashes.slice(1) },
      { ...attest, infoHashes: [...attest.infoHashes.slice(1), attest.infoHashes[1]!] },
    ];
    for (const value of wrong) expect(codeOf(encode(value))).to.equal('codec.wrong-shape');
  });

  it('codec.wrong-shape: an action that is not exactly one of the actions', () => {
    const propose = samples.find((sample) => sample.kind === 'propose')!;
    const good = propose.action as Extract<typeof propose.action, { kind: 'add-member' }>;
    const { member } = good;
    const key = keyOf('ann');
    const parameters = defaultParameters(1);
    const seatOf = (one: PublicKey32) => ({ key: one, epoch: 0, expires: 17, signature: new Uint8Array(64) });
    const ascending = [key, keyOf('bob')].sort((a, b) => a[0]! - b[0]!);
    const actions: [string, Encodable][] = [
      ['accept', good],
      ['accept', { kind: 'set-parameters', parameters }],
      ['accept', { kind: 'set-authorities', keys: ascending, seats: [] }],
      ['accept', { kind: 'set-authorities', keys: ascending, seats: ascending.map(seatOf) }],
      ['codec.wrong-shape', { kind: 'set-authorities', keys: ascending }],
      ['codec.wrong-shape', { kind: 'set-authorities', keys: ascending, seats: [key] }],
      ['codec.wrong-shape', { kind: 'set-authorities', keys: ascending, seats: [seatOf(key), seatOf(key)] }],
      [
        'codec.wrong-shape',
        { kind: 'set-authorities', keys: ascending, seats: [{ ...seatOf(key), more: 1 }] },
      ],
      [
        'codec.wrong-shape',
        { kind: 'set-authorities', keys: ascending, seats: [{ ...seatOf(key), epoch: -1 }] },
      ],
      ['accept', { kind: 'take-down', hash: hashOf('f') }],
      ['accept', { kind: 'reset-file', hash: hashOf('f') }],
      ['codec.wrong-shape', { kind: 'reset-file', hash: key.subarray(1) }],
      ['accept', { kind: 'grant-role', key, role: 'billing' }],
      ['codec.wrong-shape', { kind: 'add-member', member: { ...member, name: '' } }],
      ['codec.wrong-shape', { kind: 'add-member', member: { ...member, addresses: ['not an address'] } }],
      ['codec.wrong-shape', { kind: 'add-member', member: { ...member, tracker: 'javascript:alert(1)' } }],
      [
        'codec.wrong-shape',
        { kind: 'add-member', member: { ...member, api: `http://a/${'x'.repeat(256)}` } },
      ],
      ...BOUNDS.flatMap(([name, lowest, highest]): [string, Encodable][] => [
        ['accept', { kind: 'set-parameters', parameters: { ...parameters, [name]: lowest } }],
        ['accept', { kind: 'set-parameters', parameters: { ...parameters, [name]: highest } }],
        ...[lowest - 1, highest + 1, 0.5, Number.MAX_SAFE_INTEGER, '1'].map((value): [string, Encodable] => [
          'codec.wrong-shape',
          { kind: 'set-parameters', parameters: { ...parameters, [name]: value } },
        ]),
      ]),
      ['codec.wrong-shape', { kind: 'set-parameters', parameters: { attestations: 1 } }],
      ['codec.wrong-shape', { kind: 'set-parameters', parameters: { ...parameters, more: 1 } }],
      ['codec.wrong-shape', { kind: 'set-authorities', keys: [], seats: [] }],
      ['codec.wrong-shape', { kind: 'set-authorities', keys: [key, key], seats: [] }],
      ['codec.wrong-shape', { kind: 'set-authorities', keys: [...ascending].reverse(), seats: [] }],
      ['codec.wrong-shape', { kind: 'grant-role', key, role: 'king' }],
      ['codec.wrong-shape', { kind: 'upgrade', height: 1 }],
      ['codec.wrong-shape', { kind: 'unknown' }],
    ];
    for (const [code, action] of actions) {
      expect(codeOf(encode({ ...propose, action })), JSON.stringify(action)).to.equal(code);
    }
  });

  it('codec.too-long: a transaction has a bound', () => {
    expect(codeOf(new Uint8Array(limits.transactionBytesMax + 1))).to.equal('codec.too-long');
  });

  it('gives a verdict for whatever bytes come, and takes no second spelling', () => {
    const encoded = samples.map(encodeTransaction);
    const mutation = fc.tuple(
      fc.constantFrom(...encoded),
      fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: -8, max: 0 }),
    );
    fc.assert(
      fc.property(mutation, ([bytes, changes, cut]) => {
        const mutated = Uint8Array.from(cut === 0 ? bytes : bytes.subarray(0, cut));
        for (const [at, value] of changes) mutated[at % mutated.length] = value;
        const verdict = decodeTransaction(mutated, RULES_VERSION);
        if (verdict.kind === 'accept') expect(encodeTransaction(verdict.value)).to.deep.equal(mutated);
        else expect(verdict.code).to.match(/^codec\./);
      }),
      { numRuns: 5_000 },
    );
  });
});
