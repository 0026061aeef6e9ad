/**
 * 24 English words that a person writes down, and the root of all keys that they stand for: BIP 39. The list is loaded when it is
 * needed: a page whose keys are there already does without.
 */
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeed } from '@scure/bip39';
import { assert } from '../core/assert.ts';
import { type Bytes, isBytes } from '../core/bytes.ts';
import { KeyError } from './key-error.ts';
import { type Root, rootOfSecret } from './root.ts';

const ENTROPY_BYTES = 32;
const COUNT = 24;

/** @param entropy - 32 bytes from a cryptographic source of chance. */
export async function wordsOf(entropy: Bytes): Promise<string> {
  assert(isBytes(entropy, ENTROPY_BYTES), '24 words stand for 32 bytes');
  return entropyToMnemonic(entropy, await list());
}

/**
 * As they are meant, whatever blanks and capitals a person has typed.
 * @throws KeyError: which word is none, how many there are, or that the checksum is wrong. No word of it is repeated.
 */
export async function readWords(text: string): Promise<string> {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length !== COUNT)
    throw new KeyError('words.count', `24 words are needed: these are ${words.length}`);
  const wordlist = await list();
  const known = new Set(wordlist);
  const unknown = words.findIndex((word) => !known.has(word));
  if (unknown >= 0) {
    throw new KeyError('words.unknown', `word ${unknown + 1} is not in the English list of BIP 39`);
  }
  const read = words.join(' ');
  try {
    mnemonicToEntropy(read, wordlist).fill(0);
  } catch {
    throw new KeyError(
      'words.checksum',
      'the words do not belong together: one is wrong, or two have changed places',
    );
  }
  return read;
}

/** @throws KeyError as `readWords`. */
export async function rootOfWords(text: string): Promise<Root> {
  const secret = await mnemonicToSeed(await readWords(text));
  try {
    return await rootOfSecret(secret);
  } finally {
    secret.fill(0);
  }
}

async function list(): Promise<string[]> {
  return (await import('@scure/bip39/wordlists/english.js')).wordlist;
}
