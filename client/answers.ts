/** What the library answers, read strictly: a program built on it must not find `undefined` in a balance. */
import { parseTokens, TOKENS_MAX, type Tokens } from '../core/scalars.ts';
import { ClientError } from './client-error.ts';

export type FoundFile = {
  readonly filename: string;
  readonly size: Tokens;
  /** 64 hex characters. */
  readonly hash: string;
  /** At the library that was asked. */
  readonly seeders: number;
  readonly leechers: number;
};
export type FileFacts = FoundFile & {
  readonly height: number;
  /** "reader" or "library": whose word the name is. */
  readonly nameSignedBy: string;
};
export type AccountFacts = {
  readonly publicKey: string;
  readonly registered: boolean;
  readonly tokens: Tokens;
  /** In sales that have not ended. */
  readonly locked: Tokens;
  readonly uploaded: Tokens;
  readonly downloaded: Tokens;
  /** Uploaded by downloaded; undefined before the first download. */
  readonly ratio: number | undefined;
};
export type UploadFacts = {
  /** docs/talk-to-a-library.md has the words. */
  readonly state: string;
  /** When the state ends by itself, or is forgotten: Unix time in seconds. */
  readonly until: number;
  /** Why it was refused, or what it waits for: a code of the library. */
  readonly code: string | undefined;
};
export type StatusFacts = {
  readonly chain: { readonly name: string; readonly id: string };
  readonly height: number;
  readonly hash: string;
  /** Of the last final block, milliseconds since 1970. */
  readonly time: number;
  readonly peers: number;
  readonly authorities: readonly string[];
  readonly ready: boolean;
  /** What it does for consensus: docs/operations.md has the words. */
  readonly role: string;
  readonly version: string;
};

export function readFoundFile(value: unknown): FoundFile {
  return {
    filename: text(value, 'filename'),
    size: amount(value, 'size'),
    hash: text(value, 'hash'),
    seeders: number(value, 'seeders'),
    leechers: number(value, 'leechers'),
  };
}

export function readFile(value: unknown): FileFacts {
  return {
    ...readFoundFile(value),
    height: number(value, 'height'),
    nameSignedBy: text(value, 'name_signed_by'),
  };
}

export function readAccount(value: unknown): AccountFacts {
  return {
    publicKey: text(value, 'public_key'),
    registered: boolean(value, 'registered'),
    tokens: amount(value, 'tokens'),
    locked: amount(value, 'locked'),
    uploaded: amount(value, 'uploaded'),
    downloaded: amount(value, 'downloaded'),
    ratio: field(value, 'ratio') === null ? undefined : number(value, 'ratio'),
  };
}

export function readRegistered(value: unknown): boolean {
  return boolean(value, 'registered');
}

export function readUpload(value: unknown): UploadFacts {
  const hasCode = typeof value === 'object' && value !== null && Object.hasOwn(value, 'code');
  return {
    state: text(value, 'state'),
    until: number(value, 'until'),
    code: hasCode ? text(value, 'code') : undefined,
  };
}

export function readStatus(value: unknown): StatusFacts {
  const chain = field(value, 'chain');
  return {
    chain: { name: text(chain, 'name'), id: text(chain, 'id') },
    height: number(value, 'height'),
    hash: text(value, 'hash'),
    time: number(value, 'time'),
    peers: number(value, 'peers'),
    authorities: texts(value, 'authorities'),
    ready: boolean(value, 'ready'),
    role: text(value, 'role'),
    version: text(value, 'version'),
  };
}

/** @throws ClientError("client.unreadable"). */
export function unreadable(what: string): never {
  throw new ClientError('client.unreadable', `The answer of the library lacks ${what}.`);
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return unreadable(name);
  return (value as Record<string, unknown>)[name];
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : unreadable(name);
}

function texts(value: unknown, name: string): readonly string[] {
  const found = field(value, name);
  return Array.isArray(found) && found.every((item) => typeof item === 'string') ? found : unreadable(name);
}

function number(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === 'number' ? found : unreadable(name);
}

function boolean(value: unknown, name: string): boolean {
  const found = field(value, name);
  return typeof found === 'boolean' ? found : unreadable(name);
}

/** A number where JSON keeps it, a decimal string beyond. */
function amount(value: unknown, name: string): Tokens {
  const found = field(value, name);
  if (typeof found !== 'string') return parseTokens(found) ?? unreadable(name);
  const parsed = /^[1-9][0-9]{15,18}$/.test(found) ? BigInt(found) : -1n;
  return parsed >= 0n && parsed <= TOKENS_MAX ? parsed : unreadable(name);
}
