/** The thread that checks signatures: its verdicts are those of the loop, and nobody waits for ever. */
import { expect } from 'chai';
import { createSigner } from '../../../core/crypto-node.ts';
import { verifyHash } from '../../../core/sign.ts';
import { createVerifier } from '../../../node/process/verifier.ts';
import { hashOf, keyOf, seedOf } from '../../chain/world.ts';

const check = (name: string, text: string) => ({
  publicKey: keyOf(name),
  hash: hashOf(text),
  signature: createSigner(seedOf(name))(hashOf(text)),
});

describe('verifier', () => {
  it('says of each question what the loop would say, however many come at once', async () => {
    const verifier = createVerifier();
    const good = Array.from({ length: 40 }, (_, i) => check(`reader ${i % 7}`, `text ${i}`));
    const zero = new Uint8Array(32);
    const checks = [
      ...good,
      { ...good[0]!, hash: hashOf('another') },
      { ...good[1]!, publicKey: keyOf('another') },
      { ...good[2]!, publicKey: zero }, // of small order
      { ...good[3]!, publicKey: zero.subarray(1) },
      { ...good[4]!, signature: good[4]!.signature.subarray(1) },
      { ...good[5]!, signature: good[6]!.signature },
    ];
    const verdicts = await Promise.all(checks.map((one) => verifier.verify([one])));
    expect(verdicts).to.deep.equal(checks.map((_, i) => i < good.length));
    const now = checks.map((one) => verifier.verifyNow(one.publicKey, one.hash, one.signature));
    expect(now).to.deep.equal(verdicts);
    expect(now.slice(0, 42)).to.deep.equal(
      checks.slice(0, 42).map((one) => verifyHash(one.publicKey, one.hash, one.signature)),
    );
    expect(await verifier.verify(good)).to.equal(true);
    expect(await verifier.verify([...good, checks[40]!])).to.equal(false);
    expect(await verifier.verify([])).to.equal(true);
    await verifier.stop();
  });

  it('answers those who wait when it is stopped, and begins anew for the next', async () => {
    const verifier = createVerifier();
    await verifier.stop();
    const waiting = [verifier.verify([check('reader', 'text')])];
    await new Promise((resolve) => setImmediate(resolve));
    waiting.push(verifier.verify([check('reader', 'other text')]));
    await verifier.stop();
    expect(await Promise.all(waiting)).to.deep.equal([true, true]);
    expect(await verifier.verify([check('reader', 'text')])).to.equal(true);
    await verifier.stop();
  });
});
