/** Numbers of JSON by the digits in which they stand (ECMAScript, "JSON.parse source text access"): in Node 24, not yet in TypeScript's library. */
interface RawJson {
  readonly rawJSON: string;
}

interface JSON {
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
}
