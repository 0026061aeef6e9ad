import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { expect } from 'chai';
import { AssertionFailed } from '../../core/assert.ts';
import { hexToBytes } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { toPeerId, toPeerKey, toPrivateKey } from '../../network/peer-key.ts';

// RFC 8032, section 7.1, test 1
const SEED = hexToBytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');

describe('a peer key', () => {
  it('names the same peer as its seed does in libp2p', async () => {
    const peerId = peerIdFromPrivateKey(await toPrivateKey(SEED));
    const key = publicKeyOf(SEED);
    expect(toPeerId(key).toString()).to.equal(peerId.toString());
    expect(toPeerKey(peerId)).to.deep.equal(key);
    expect(peerId.toString()).to.match(/^12D3KooW/);
  });

  it('is none for a key of another kind', async () => {
    expect(toPeerKey(peerIdFromPrivateKey(await generateKeyPair('secp256k1')))).to.equal(undefined);
  });

  it('has 32 bytes', () => {
    expect(() => toPeerId(new Uint8Array(31))).to.throw(AssertionFailed);
  });
});
