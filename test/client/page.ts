/** A page of the SDK, from the sources as they are: what a build tool would do for it, and its script. */
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Question } from './browser-side.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where the packages are, and what a browser takes in place of Node's own. */
export const importMap: { readonly [specifier: string]: string } = {
  '#crypto': '/core/crypto-browser.ts',
  '#hex': '/core/hex-browser.ts',
  '@ipld/dag-cbor': '/node_modules/@ipld/dag-cbor/src/index.js',
  cborg: '/node_modules/cborg/cborg.js',
  'multiformats/': '/node_modules/multiformats/dist/src/',
  'multiformats/cid': '/node_modules/multiformats/dist/src/cid.js',
  '@noble/ed25519': '/node_modules/@noble/ed25519/index.js',
  '@noble/hashes/': '/node_modules/@noble/hashes/',
  '@scure/bip39': '/node_modules/@scure/bip39/index.js',
  '@scure/bip39/': '/node_modules/@scure/bip39/',
};

/** Leaves the verdicts in `globalThis.result`. */
export function scriptOf(questions: readonly Question[]): string {
  return `import { verifyPurchase } from '/client/verify.ts';
const verdicts = ${JSON.stringify(questions)}.map(({ proof, chainId, hash, key }) => {
  const bytes = Uint8Array.from(atob(proof), (character) => character.charCodeAt(0));
  return { ...verifyPurchase(bytes, { trust: { chainId }, hash, key }), at: undefined };
});
globalThis.result = JSON.stringify(verdicts);`;
}

/** @returns undefined for what such a page has no business with. */
export function moduleAt(path: string): { readonly type: string; readonly body: string } | undefined {
  if (!/^\/(client|keys|core|chain|consensus|light|node_modules)\/[\w@./-]+\.[jt]s$/.test(path))
    return undefined;
  const file = join(ROOT, path);
  if (path.includes('..') || !existsSync(file)) return undefined;
  const source = readFileSync(file, 'utf8');
  const body = path.endsWith('.ts') ? stripTypeScriptTypes(source) : source;
  return { type: 'text/javascript', body };
}
