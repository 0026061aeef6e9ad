/** The door `./keys` of the SDK: words, roots, signers whose keys no program reads, key files. */
export { KeyError, type KeyErrorCode } from '../keys/key-error.ts';
export { type KeyFile, openKeyFile, readKeyFile, sealKey } from '../keys/key-file.ts';
export { pemOfSeed, seedOfPem } from '../keys/pkcs8.ts';
export { type Root, rootOfKey, rootOfSecret } from '../keys/root.ts';
export { type Signer, signerOfSeed } from '../keys/signer.ts';
export { signerOfKey, type WebSigner, webSignerOfSeed } from '../keys/web-signer.ts';
export { readWords, rootOfWords, wordsOf } from '../keys/words.ts';
