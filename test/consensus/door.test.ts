/** The door (SPEC.md, A1 … A8), certificates and evidence: one test for every code. */
import { expect } from 'chai';
import fc from 'fast-check';
import { admit } from '../../consensus/admit.ts';
import { assemble, signersOf, verifyCertificate, verifyFinalization } from '../../consensus/certificate.ts';
import { decodeEvidence, encodeEvidence, verifyEvidence } from '../../consensus/evidence.ts';
import { encodeMessage } from '../../consensus/messages.ts';
import { faultyMax, leader, quorum } from '../../consensus/quorum.ts';
import { encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import { publicKeyOf, signingHash, signText, verifyHash } from '../../core/sign.ts';
import { child, Driver } from './driver.ts';
import { CHAIN_ID } from './fake-keys.ts';

const block = child();
const other = child(undefined, 'other');

describe('the door of consensus', () => {
  it('A1 codec.too-long, codec.malformed: refused before anything is read', () => {
    const { machine } = new Driver(4);
    const code = (bytes: Uint8Array) => admit(machine, 1, bytes);
    expect(code(new Uint8Array(limits.consensusMessageBytesMax + 1))).to.include({ code: 'codec.too-long' });
    expect(code(Uint8Array.of(0xff))).to.include({ kind: 'reject', code: 'codec.malformed' });
  });

  it('A2 consensus.wrong-epoch: nobody is to blame', () => {
    const here = new Driver(4);
    const there = new Driver(4, { epoch: 1 });
    for (const message of [there.nullify(1, 1), there.finalization(1, block), there.proposal(1, block)]) {
      expect(admit(here.machine, 1, encodeMessage(message))).to.deep.equal({
        kind: 'ignore',
        code: 'consensus.wrong-epoch',
      });
    }
  });

  it('A3 consensus.unknown-authority: a number beyond the list', () => {
    const driver = new Driver(4);
    expect(driver.door({ ...driver.nullify(1, 1), signer: 4 })).to.equal('consensus.unknown-authority');
    expect(driver.door({ ...driver.proposal(1, block), signer: 4 })).to.equal('consensus.unknown-authority');
    const certificate = { ...driver.nullification(1), signers: Uint8Array.of(0b10011) };
    expect(driver.door(certificate)).to.equal('consensus.unknown-authority');
  });

  it('A3 consensus.outside-window: below the floor, or too far ahead; the edges are inside', () => {
    const driver = new Driver(4);
    driver.hear(driver.finalization(10, block));
    expect(driver.door(driver.notarize(1, 10, block))).to.equal('consensus.outside-window');
    expect(driver.door(driver.notarize(1, 11, block))).to.equal('accept');
    const last = driver.view + limits.viewsAheadMax;
    expect(driver.door(driver.nullify(1, last))).to.equal('accept');
    expect(driver.door(driver.nullify(1, last + 1))).to.equal('consensus.outside-window');
    expect(driver.door(driver.proposal(last + 1, block))).to.equal('consensus.outside-window');
  });

  it('A4 consensus.wrong-leader: only the leader proposes', () => {
    const driver = new Driver(4);
    expect(driver.door(driver.proposal(1, block))).to.equal('accept');
    const usurped = driver.sign(2, { kind: 'proposal', view: 1, parentView: 0, block });
    expect(driver.door(usurped)).to.equal('consensus.wrong-leader');
  });

  it('A5 consensus.known: a repeat; but a contradiction is let in once', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarize(1, 1, block));
    expect(driver.door(driver.notarize(1, 1, block))).to.equal('consensus.known');
    expect(driver.door(driver.notarize(1, 1, other))).to.equal('accept');
    driver.hear(driver.notarize(1, 1, other));
    expect(driver.door(driver.notarize(1, 1, child(undefined, 'third')))).to.equal('consensus.known');
    driver.hear(driver.proposal(1, block));
    expect(driver.door(driver.proposal(1, block))).to.equal('consensus.known');
    expect(driver.door(driver.proposal(1, other))).to.equal('accept');
  });

  it('A6: a Nullify of a view that we left is let in again and again', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullify(1, 1));
    expect(driver.door(driver.nullify(1, 1))).to.equal('consensus.known');
    driver.hear(driver.finalization(5, block));
    expect(driver.door(driver.nullify(1, 1))).to.equal('accept');
    expect(driver.door({ ...driver.nullify(1, 1), view: 2 })).to.equal('consensus.wrong-signature');
  });

  it('A7: a certificate that we hold is consensus.known; seen signatures are not checked twice', () => {
    let checks = 0;
    const driver = new Driver(4);
    const counting = { ...driver.config, verify: () => ++checks > 0 };
    for (const signer of [1, 2]) driver.hear(driver.notarize(signer, 1, block));
    const certificate = driver.notarization(1, block);
    const machine = { ...driver.machine, config: counting };
    expect(admit(machine, 1, encodeMessage(certificate)).kind).to.equal('accept');
    expect(checks).to.equal(1); // of three: the votes of 1 and 2 are held
    driver.hear(certificate);
    expect(driver.door(certificate)).to.equal('consensus.known');
    expect(driver.door(driver.notarization(1_000_000, block))).to.equal('accept');
  });

  it('A8: a request comes from an authority and has a bound', () => {
    const driver = new Driver(4);
    const request = { kind: 'request', epoch: 0, firstView: 1, lastView: limits.viewsAheadMax } as const;
    expect(driver.door(request)).to.equal('accept');
    expect(driver.door(request, 4)).to.equal('consensus.unknown-authority');
    expect(driver.door(request, -1)).to.equal('consensus.unknown-authority');
    expect(driver.door({ ...request, lastView: limits.viewsAheadMax + 1 })).to.equal('codec.wrong-shape');
    expect(driver.door({ ...request, firstView: 9, lastView: 8 })).to.equal('codec.wrong-shape');
  });

  it('consensus.wrong-signature: of a proposal, a vote, a certificate', () => {
    const driver = new Driver(4);
    const { signature } = driver.nullify(2, 1);
    expect(driver.door({ ...driver.nullify(1, 1), signature })).to.equal('consensus.wrong-signature');
    expect(driver.door({ ...driver.proposal(1, block), signature })).to.equal('consensus.wrong-signature');
    const certificate = driver.nullification(1);
    const signatures = certificate.signatures.toReversed();
    expect(driver.door({ ...certificate, signatures })).to.equal('consensus.wrong-signature');
    expect(driver.door({ ...certificate, view: 2 })).to.equal('consensus.wrong-signature');
  });

  it('consensus.not-enough-signers: q − 1, also when one signs twice; more than q is codec.wrong-shape', () => {
    const driver = new Driver(4);
    const { signatures, ...certificate } = driver.nullification(1);
    const few = { ...certificate, signers: Uint8Array.of(0b1100), signatures: signatures.slice(1) };
    expect(driver.door(few)).to.equal('consensus.not-enough-signers');
    expect(driver.door({ ...few, signatures })).to.equal('consensus.not-enough-signers');
    const many = {
      ...certificate,
      signers: Uint8Array.of(0b1111),
      signatures: [...signatures, signatures[0]!],
    };
    expect(driver.door(many)).to.equal('codec.wrong-shape');
    expect(driver.door({ ...certificate, signatures: signatures.slice(1) })).to.equal('codec.wrong-shape');
  });

  it('bytes that were changed on the way never throw, and never get in', () => {
    const driver = new Driver(4);
    const samples = [driver.proposal(1, block), driver.nullify(1, 1), driver.finalization(1, block)];
    const bytes = fc.constantFrom(...samples.map(encodeMessage));
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (sample, at, change) => {
        const copy = sample.slice();
        copy[at % copy.length]! ^= change;
        expect(admit(driver.machine, 1, copy).kind).to.not.equal('accept');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('quorums and certificates', () => {
  it('q = n − f, and two quorums share an honest authority', () => {
    const table = [1, 2, 3, 4, 5, 6, 7, 10, 13, 30].map((n) => [n, faultyMax(n), quorum(n)]);
    expect(table).to.deep.equal([
      [1, 0, 1],
      [2, 0, 2],
      [3, 0, 3],
      [4, 1, 3],
      [5, 1, 4],
      [6, 1, 5],
      [7, 2, 5],
      [10, 3, 7],
      [13, 4, 9],
      [30, 9, 21],
    ]);
    for (let n = 1; n <= limits.authoritiesMax; n++)
      expect(2 * quorum(n) - n).to.be.greaterThan(faultyMax(n));
    expect(() => quorum(0)).to.throw('1 … 30');
    expect(() => quorum(31)).to.throw('1 … 30');
  });

  it('every authority leads in its turn, and an epoch does not begin with the same one', () => {
    expect([1, 2, 3, 4].map((view) => leader(0, view, 4))).to.deep.equal([1, 2, 3, 0]);
    expect(leader(1, 1, 4)).to.equal(2);
  });

  it('a bitmap names authorities ascending, has ⌈n/8⌉ bytes and nobody beyond n', () => {
    expect(signersOf(Uint8Array.of(0b101, 0b1), 9)).to.deep.equal([0, 2, 8]);
    expect(signersOf(Uint8Array.of(0b101, 0b10), 9)).to.equal(undefined);
    expect(signersOf(Uint8Array.of(0b101), 9)).to.equal(undefined);
  });

  it('assembling takes exactly q distinct signers, ascending, however many there are', () => {
    const driver = new Driver(4);
    const votes = [3, 0, 2, 1].map((signer) => driver.nullify(signer, 1));
    const certificate = assemble(votes, 4);
    expect(signersOf(certificate.signers, 4)).to.deep.equal([0, 1, 2]);
    expect(verifyCertificate(driver.config, certificate).kind).to.equal('accept');
    expect(() => assemble([votes[0]!, votes[0]!, votes[1]!], 4)).to.throw('distinct');
  });

  it('a finalization is judged with real keys by whoever knows the set, and only for its epoch', () => {
    const seeds = [1, 2, 3, 4].map((i) => new Uint8Array(32).fill(i));
    const committee = {
      chainId: CHAIN_ID,
      epoch: 2,
      authorities: seeds.map(publicKeyOf),
      verify: verifyHash,
    };
    const text = `digitallib:1:${Buffer.from(CHAIN_ID).toString('hex')}:consensus:2:finalize:5:${'07'.repeat(32)}`;
    const hash = new Uint8Array(32).fill(7);
    const votes = seeds.map((seed, signer) => {
      const signature = signText(seed, text);
      return { kind: 'finalize', epoch: 2, view: 5, hash, signer, signature } as const;
    });
    const certificate = assemble(votes, 4);
    if (certificate.kind !== 'finalization') throw new Error('a finalization');
    expect(verifyFinalization(committee, certificate).kind).to.equal('accept');
    expect(verifyFinalization({ ...committee, epoch: 3 }, certificate)).to.include({
      code: 'consensus.wrong-epoch',
    });
    expect(verifyFinalization({ ...committee, chainId: signingHash('other') }, certificate)).to.include({
      code: 'consensus.wrong-signature',
    });
  });
});

describe('evidence', () => {
  const driver = new Driver(4);
  const pairs = [
    [driver.notarize(1, 3, block), driver.notarize(1, 3, other)],
    [driver.proposal(3, block), driver.proposal(3, other)],
    [driver.finalize(1, 3, block), driver.finalize(1, 3, other)],
    [driver.nullify(1, 3), driver.finalize(1, 3, block)],
  ] as const;

  it('every pair that excludes itself convinces, also after a journey as bytes', () => {
    for (const [first, second] of pairs) {
      const decoded = decodeEvidence(encodeEvidence({ first, second }));
      expect(decoded).to.deep.equal({ kind: 'accept', value: { first, second } });
      expect(verifyEvidence(driver.config, { first, second }).kind).to.equal('accept');
    }
  });

  it('consensus.no-conflict: the same twice, two views, two authors, Notarize with Nullify', () => {
    const harmless = [
      [driver.nullify(1, 3), driver.nullify(1, 3)],
      [driver.notarize(1, 3, block), driver.notarize(1, 4, other)],
      [driver.notarize(1, 3, block), driver.notarize(2, 3, other)],
      [driver.notarize(1, 3, block), driver.nullify(1, 3)],
    ] as const;
    for (const [first, second] of harmless) {
      expect(verifyEvidence(driver.config, { first, second })).to.include({ code: 'consensus.no-conflict' });
    }
  });

  it('a forged or foreign accusation falls', () => {
    const [first, second] = pairs[0];
    const code = (evidence: { first: typeof first; second: typeof second }) =>
      verifyEvidence(driver.config, evidence);
    expect(code({ first, second: { ...second, signature: first.signature } })).to.include({
      code: 'consensus.wrong-signature',
    });
    expect(code({ first: { ...first, signer: 4 }, second: { ...second, signer: 4 } })).to.include({
      code: 'consensus.unknown-authority',
    });
    expect(verifyEvidence({ ...driver.config, epoch: 9 }, { first, second })).to.include({
      code: 'consensus.wrong-epoch',
    });
    expect(decodeEvidence(encode({ first: null, second: null }))).to.include({ code: 'codec.wrong-shape' });
    expect(decodeEvidence(encode({ first: 1 }))).to.include({ code: 'codec.wrong-shape' });
  });
});
