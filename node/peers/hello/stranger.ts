/**
 * A node that nobody lets in hears nothing: the gate of the others stays mute. Without a peer for a while it asks the
 * members that it knows where everybody may ask, at their API: is this your chain, and am I one of you? If both, the
 * line between them is closed. Who is no further than this node knows no better, and what was said is taken back as soon
 * as somebody lets it in.
 */
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Hash32, Height, PublicKey32 } from '../../../core/scalars.ts';
import { Timers } from '../../process/timers.ts';

type Ports = {
  readonly clock: Clock;
  readonly log: Log;
  readonly key: PublicKey32;
  readonly chainId: Hash32;
  peers(): number;
  height(): Height;
  /** As far as this node's ledger goes. */
  members(): readonly { readonly key: PublicKey32; readonly api: string }[];
  /** Of an API, or undefined: it does not answer, or with something else. */
  ask(api: string, call: 'status' | 'members'): Promise<unknown>;
};

const LOOK_MS = 1_000;
/** How many members are asked at a time. */
const ASKED_MAX = 4;

export class Stranger {
  readonly #ports: Ports;
  readonly #timers: Timers;
  #alone = 0;
  #said: string | undefined;
  #stopped = true;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  start(): void {
    this.#stopped = false;
    this.#timers.set('look', LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  #look(): void {
    this.#alone = this.#ports.peers() === 0 ? this.#alone + LOOK_MS : 0;
    if (this.#alone === 0) this.#takeBack();
    // At first after ten seconds, then each minute.
    if (this.#alone > 0 && this.#alone % limits.helloEveryMs === limits.strangerMs) void this.#askOthers();
    this.#timers.set('look', LOOK_MS, () => this.#look());
  }

  #takeBack(): void {
    if (this.#said !== undefined) this.#ports.log.warn(LET_IN, { code: this.#said });
    this.#said = undefined;
  }

  /** Never rejects. */
  async #askOthers(): Promise<void> {
    const { key, members } = this.#ports;
    const apis = members()
      .filter((one) => !equalBytes(one.key, key) && one.api !== '')
      .map(({ api }) => api)
      .slice(0, ASKED_MAX);
    const found = await Promise.all(apis.map((api) => this.#wordOf(api)));
    // That the line is closed explains least, and is said only when nothing else is.
    const words = found.filter((one) => one !== undefined);
    const word = words.find(({ code }) => code !== 'member.unreachable') ?? words[0];
    if (word === undefined || this.#stopped || this.#ports.peers() > 0 || word.code === this.#said) return;
    this.#said = word.code;
    this.#ports.log.error(SENTENCES[word.code], word.data);
  }

  async #wordOf(api: string): Promise<Word | undefined> {
    const { ask, chainId, key, height } = this.#ports;
    const [status, members] = await Promise.all([ask(api, 'status'), ask(api, 'members')]);
    const theirs = chainOf(status);
    if (theirs === undefined) return undefined;
    const ours = toHex(chainId);
    if (theirs !== ours) return { code: 'chain.other', data: { theirs, ours } };
    const keys = keysOf(members);
    const isKnown = keys === undefined || keys.includes(toHex(key));
    if (isKnown) return { code: 'member.unreachable', data: { api } };
    // It may have to hear of this key itself.
    if (lacksBlocks(status) || heightOf(status) < height()) return undefined;
    return { code: 'member.unknown', data: { key: toHex(key) } };
  }
}

type Word = {
  readonly code: keyof typeof SENTENCES;
  readonly data: { readonly [name: string]: string };
};

const SENTENCES = {
  'chain.other':
    'chain.other: the libraries that this genesis names keep another ledger, and let this one in nowhere. Compare the chain id with all of their operators: whose ledger nobody else has starts with the genesis of the others and an empty home',
  'member.unreachable':
    'member.unreachable: another library answers at its API and knows this one, but no line to it can be opened. Is its port for other libraries open to this machine, at the addresses of its entry, and in this family of addresses?',
  'member.unknown':
    'member.unknown: the other libraries do not know the key of this one, and let it in nowhere. Put the right node.key into the home, or have this key proposed with add-member',
} as const;

const LET_IN = 'another library has let this one in: what was said of it before holds no more';

/** What came is a stranger's word: read, and never passed on but as hex of the right length. */
function chainOf(status: unknown): string | undefined {
  const id = fieldOf(fieldOf(status, 'chain'), 'id');
  return typeof id === 'string' && /^[0-9a-f]{64}$/.test(id) ? id : undefined;
}

function keysOf(answer: unknown): readonly unknown[] | undefined {
  const members = fieldOf(answer, 'members');
  return Array.isArray(members) ? members.map((one) => fieldOf(one, 'key')) : undefined;
}

function heightOf(status: unknown): Height {
  const height = fieldOf(status, 'height');
  return typeof height === 'number' ? height : 0;
}

/** It says so itself. */
function lacksBlocks(status: unknown): boolean {
  const reasons = fieldOf(status, 'not_ready');
  return Array.isArray(reasons) && reasons.includes('blocks-missing');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
