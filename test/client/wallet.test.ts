import { expect } from 'chai';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { download } from '../../chain/files/download.ts';
import { uploadTextOf } from '../../chain/files/upload.ts';
import { signerText } from '../../chain/kind/kind.ts';
import { declaredOf, KINDS } from '../../chain/kinds.ts';
import { transfer } from '../../chain/money/transfer.ts';
import { checkTransaction } from '../../chain/transaction/signing.ts';
import { actsOf } from '../../client/acts.ts';
import type { Unsigned } from '../../client/transaction.ts';
import { createWallet } from '../../client/wallet.ts';
import { hexToBytes, toHex, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { publicKeyOf, verifyText } from '../../core/sign.ts';
import { type Signer, signerOfSeed } from '../../keys/signer.ts';
import { sampleOf, transactionOf } from '../chain/values.ts';

const seed = hexToBytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 32);
const chain = 'c'.repeat(64);
const hash = 'a'.repeat(64);

describe('wallet', () => {
  const wallet = createWallet(seed);
  const signed = (text: string, signature: string) => verifyText(wallet.key, text, hexToBytes(signature, 64));

  it('has the key of RFC 8032, test 1', async () => {
    expect(wallet.publicKey).to.equal('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(wallet.key).to.deep.equal(publicKeyOf(seed));
  });

  it('signs the texts of the protocol', async () => {
    const key = wallet.publicKey;
    expect(
      signed(`digitallib:1:${chain}:upload:${hash}:${key}`, await wallet.signUpload(chain, hash)),
    ).to.equal(true);
    const written = { size: 5n, name: 'a: b', expires: 77 };
    const nameHash = toHex(sha256(utf8('a: b')));
    expect(
      signed(
        `digitallib:1:${chain}:upload:${hash}:5:${nameHash}:${key}:77`,
        await wallet.signUpload(chain, hash, written),
      ),
    ).to.equal(true);
    expect(
      signed(`digitallib:1:${chain}:fetch:${hash}:${key}:77`, await wallet.signFetch(chain, hash, 77)),
    ).to.equal(true);
    expect(
      signed(`digitallib:1:${chain}:download:${hash}:${key}`, await wallet.signDownload(chain, hash)),
    ).to.equal(true);
    const order = { to: 'b'.repeat(64), amount: 5n, nonce: new Uint8Array(16), expires: 9 };
    const text = `digitallib:1:${chain}:transfer:${order.to}:5:${key}:${'0'.repeat(32)}:9`;
    expect(signed(text, await wallet.signTransfer(chain, order))).to.equal(true);
  });

  it('has the texts of transactions as their kinds declare them', () => {
    const { key, publicKey } = wallet;
    const acts = actsOf(key);
    const of = hexToBytes(hash, 32);
    for (const expires of [undefined, 0, 1_900_000_000]) {
      expect(acts.download(chain, hash, expires)).to.equal(
        signerText(download, chain, { hash: of, key, expires }),
      );
    }
    for (const name of ['a', 'a: b', 'Ein “Buch” 爱.txt']) {
      const written = { size: 2n ** 60n, name, expires: 77 };
      expect(acts.upload(chain, hash, written)).to.equal(uploadTextOf(chain, { hash: of, key, ...written }));
    }
    const bare = { size: 0n, name: '', expires: undefined };
    expect(acts.upload(chain, hash)).to.equal(uploadTextOf(chain, { hash: of, key, ...bare }));
    const order = { amount: 2n ** 60n, nonce: hexToBytes('0f'.repeat(16), 16), expires: 9 };
    const text = signerText(transfer, chain, { ...order, to: key, key });
    expect(acts.transfer(chain, { ...order, to: publicKey })).to.equal(text);
  });

  it('signs a transaction of every kind as a library takes it, and none in which another is the signer', async () => {
    for (const kind of KINDS) {
      if (kind === 'upload') continue;
      const { signer } = declaredOf({ kind });
      const of = (key: Uint8Array) =>
        transactionOf(kind, (name, shape) => (name === signer ? key : sampleOf(name, shape))) as Unsigned;
      const bytes = await wallet.signTransaction(chain, of(wallet.key));
      expect(checkTransaction(hexToBytes(chain, 32), bytes, RULES_VERSION).kind, kind).to.equal('accept');
      expect(await failure(wallet.signTransaction(chain, of(new Uint8Array(32)))), kind).to.include(
        'named in it',
      );
    }
  });

  it('gives a signature for one action that serves no other', async () => {
    expect(await wallet.signUpload(chain, hash)).not.to.equal(await wallet.signDownload(chain, hash));
    expect(await wallet.signDownload(chain, hash)).not.to.equal(
      await wallet.signDownload('d'.repeat(64), hash),
    );
  });

  it('keeps the seed to itself', async () => {
    const own = seed.slice();
    const kept = createWallet(own);
    own.fill(0);
    expect(await kept.signUpload(chain, hash)).to.equal(await wallet.signUpload(chain, hash));
    expect(JSON.stringify(kept)).not.to.include('9d61b19d');
    expect(Object.values(kept).some((value) => value instanceof Uint8Array && value[0] === 0x9d)).to.equal(
      false,
    );
  });

  it('signs by whoever it is made of, texts by their SHA-256 and bytes as they are', async () => {
    const asked: (string | Uint8Array)[] = [];
    const signer: Signer = {
      ...signerOfSeed(seed),
      sign: async (message) => {
        asked.push(message);
        return new Uint8Array(64).fill(7);
      },
    };
    expect(await createWallet(signer).signHistory(chain, 9)).to.equal('07'.repeat(64));
    expect(asked).to.deep.equal([`digitallib:1:${chain}:history:${wallet.publicKey}:9`]);
    expect(await wallet.sign('a text')).to.deep.equal(await wallet.sign(sha256(utf8('a text'))));
    // RFC 8032, section 7.1, test 1: the empty message.
    expect(toHex(await wallet.sign(new Uint8Array(0)))).to.match(/^e5564300c360ac729086e2cc806e828a84877f1e/);
  });

  it('refuses a seed and a nonce of another length', async () => {
    expect(() => createWallet(new Uint8Array(31))).to.throw('a seed has 32 bytes');
    const order = { to: hash, amount: 1n, nonce: new Uint8Array(15), expires: 1 };
    expect(await failure(wallet.signTransfer(chain, order))).to.include('a nonce has 16 bytes');
  });
});

async function failure(signing: Promise<unknown>): Promise<string> {
  return signing.then(
    () => 'signed',
    (error) => String(error),
  );
}
