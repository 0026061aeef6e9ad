/** What we use of bencode 4. */
declare module 'bencode' {
  export type Value =
    | string
    | number
    | boolean
    | ArrayBufferView
    | readonly Value[]
    | Dictionary
    | Map<Uint8Array, Value>;
  export type Dictionary = { readonly [key: string]: Value };
  const bencode: {
    /** Dictionary keys are sorted; text is written as UTF-8. */
    encode(value: Value): Uint8Array<ArrayBuffer>;
    /** Byte strings come as Uint8Array, dictionaries as plain objects. @throws on much, but not on all, that is wrong. */
    decode(data: Uint8Array | string, encoding?: string): unknown;
  };
  // biome-ignore lint/style/noDefaultExport: the package has no other export
  export default bencode;
}
