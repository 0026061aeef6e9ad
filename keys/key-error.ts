/** Why words or a key file give no key: for the person who has typed or named them. */
export type KeyErrorCode =
  | 'words.count'
  | 'words.unknown'
  | 'words.checksum'
  | 'key-file.malformed'
  | 'key-file.version'
  | 'key-file.too-costly'
  | 'key-file.locked'
  | 'key-file.foreign'
  | 'passphrase.empty';

export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
