/**
 * A realm as a browser has it: the language, the text encodings and `atob`; no `process`, no `Buffer`, no module of
 * Node. Run with --experimental-vm-modules. Reads the modules that it may load and a script from stdin, writes what the
 * script has left in `globalThis.result` to stdout.
 */
import { text } from 'node:stream/consumers';
import { createContext, runInContext, SourceTextModule } from 'node:vm';
import { importMap, moduleAt } from './page.ts';

/** Those of Node, over arrays that belong to the realm. */
const PRELUDE = `
globalThis.TextEncoder = class { encode(text) { return Uint8Array.from(host.encode(text)); } };
globalThis.TextDecoder = class {
  #decode;
  constructor(label, options) { this.#decode = host.decoder(label, options); }
  decode(bytes) { return this.#decode(bytes); }
};
globalThis.atob = (text) => host.atob(text);
`;
const host = {
  encode: (words: string) => new TextEncoder().encode(words),
  decoder(...how: ConstructorParameters<typeof TextDecoder>) {
    const decoder = new TextDecoder(...how);
    return (bytes: Uint8Array) => decoder.decode(bytes);
  },
  atob,
};

const realm = createContext({ host }, { codeGeneration: { strings: false, wasm: false } });
runInContext(PRELUDE, realm);
const loaded = new Map<string, SourceTextModule>();

function load(path: string): SourceTextModule {
  const known = loaded.get(path);
  if (known !== undefined) return known;
  const found = moduleAt(path);
  if (found === undefined) throw new Error(`no browser could load ${path}`);
  const made = new SourceTextModule(found.body, { context: realm, identifier: `http://page${path}` });
  loaded.set(path, made);
  return made;
}

function pathOf(specifier: string, from: string): string {
  if (specifier in importMap) return importMap[specifier]!;
  const folder = Object.keys(importMap).find((name) => name.endsWith('/') && specifier.startsWith(name));
  if (folder !== undefined) return importMap[folder]! + specifier.slice(folder.length);
  if (!/^\.{0,2}\//.test(specifier)) throw new Error(`no browser could resolve ${specifier}`);
  return new URL(specifier, from).pathname;
}

const entry = new SourceTextModule(await text(process.stdin), { context: realm, identifier: 'http://page/' });
await entry.link((specifier, { identifier }) => load(pathOf(specifier, identifier)));
await entry.evaluate();
const { result } = realm as { readonly result?: string };
console.log(JSON.stringify({ result, loaded: [...loaded.keys()] }));
