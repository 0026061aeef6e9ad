import { mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { expect } from 'chai';
import { hexToBytes, toHex } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { KeyError } from '../../keys/key-error.ts';
import { readWords, rootOfWords, wordsOf } from '../../keys/words.ts';
import { golden } from '../golden.ts';

/** Of github.com/trezor/python-mnemonic, vectors.json: those of 24 words; the passphrase of the seeds is TREZOR. */
const OFFICIAL = [
  [
    '0000000000000000000000000000000000000000000000000000000000000000',
    `${'abandon '.repeat(23)}art`,
    'bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd3097170af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8',
  ],
  [
    '7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f',
    'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
    'bc09fca1804f7e69da93c2f2028eb238c227f2e9dda30cd63699232578480a4021b146ad717fbb7e451ce9eb835f43620bf5c514db0f8add49f5d121449d3e87',
  ],
  [
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    `${'zoo '.repeat(23)}vote`,
    'dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e1613912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad',
  ],
] as const;
const WORDS = OFFICIAL[1][1];

describe('24 words', () => {
  it('are those of BIP 39', async () => {
    for (const [entropy, words, seed] of OFFICIAL) {
      expect(await wordsOf(hexToBytes(entropy))).to.equal(words);
      expect(toHex(mnemonicToEntropy(await readWords(words), wordlist))).to.equal(entropy);
      expect(toHex(mnemonicToSeedSync(words, 'TREZOR'))).to.equal(seed);
    }
  });

  it('give the same keys for ever', async () => {
    const made = [];
    for (const [, words] of OFFICIAL) {
      const root = await rootOfWords(words);
      const seeds = [await root.seed(0), await root.seed(1)];
      made.push({
        words,
        seeds: seeds.map(toHex),
        publicKeys: seeds.map((seed) => toHex(publicKeyOf(seed))),
        storage: toHex(await root.derive('storage:0', 32)),
      });
    }
    golden('keys', made);
  });

  it('are read with whatever blanks and capitals they were typed', async () => {
    expect(await readWords(`  ${WORDS.toUpperCase().replaceAll(' ', '\n\t')}\n`)).to.equal(WORDS);
  });

  it('say what is wrong with them, and repeat none', async () => {
    const codeOf = async (text: string) => {
      try {
        return await readWords(text);
      } catch (error) {
        const { code, message } = error as KeyError;
        expect(error).to.be.instanceOf(KeyError);
        expect(message).not.to.match(/sausage|winner|qwertz/);
        return `${code}: ${/\d+(?=$| is not)/.exec(message)?.[0]}`;
      }
    };
    expect(await codeOf(WORDS.split(' ').slice(0, 12).join(' '))).to.equal('words.count: 12');
    expect(await codeOf('')).to.equal('words.count: 0');
    expect(await codeOf(WORDS.replace('thank', 'qwertz'))).to.equal('words.unknown: 3');
    expect(await codeOf(WORDS.replace(/title$/, 'zoo'))).to.equal('words.checksum: undefined');
    expect(await codeOf(WORDS.replace('legal winner', 'winner legal'))).to.equal('words.checksum: undefined');
  });
});
