/** Run with --conditions=browser: no OpenSSL, no node module. Reads questions from stdin, writes verdicts to stdout. */
import { text } from 'node:stream/consumers';
import { verifyPurchase } from '../../client/verify.ts';

export type Question = {
  /** Base64. */
  readonly proof: string;
  readonly chainId: string;
  readonly hash: string;
  readonly key: string;
};

/** Where `#crypto` leads, then a verdict for each question. */
const questions: readonly Question[] = JSON.parse(await text(process.stdin));
const verdicts = questions.map(({ proof, chainId, hash, key }) => {
  const bytes = Uint8Array.from(Buffer.from(proof, 'base64'));
  return { ...verifyPurchase(bytes, { trust: { chainId }, hash, key }), at: undefined };
});
console.log(JSON.stringify({ crypto: import.meta.resolve('#crypto').split('/').at(-1), verdicts }));
