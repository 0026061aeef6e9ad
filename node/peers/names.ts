/**
 * By which names this library goes, and which pages it trusts: what its operator lists, where it listens, its own entry
 * among the members, and the API of every member (a page of one library may read the others).
 */

import type { Member } from '../../chain/federation/member.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import { members } from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import type { Names as NamesPort } from '../../rpc/ports.ts';

/** The ledger. */
type Source = {
  head(): { readonly view: StateView };
  onCommit(listener: (block: unknown, events: readonly ChainEvent[]) => void): void;
};

type Listed = {
  readonly host: string;
  readonly trackerUrl: string | undefined;
  readonly allowedHosts: readonly string[];
  /** "*": every page. */
  readonly allowedOrigins: readonly string[];
};

export class Names implements NamesPort {
  readonly #ledger: Source;
  readonly #self: PublicKey32;
  readonly #listed: Listed;
  /** As long as no member changes: every request asks. */
  #known: NamesPort | undefined;

  constructor(ledger: Source, self: PublicKey32, listed: Listed) {
    this.#ledger = ledger;
    this.#self = self;
    this.#listed = listed;
    ledger.onCommit((_, events) => {
      if (events.some(({ kind }) => kind === 'members-changed')) this.#known = undefined;
    });
  }

  isOwn(host: string): boolean {
    return this.#now().isOwn(host);
  }

  isListed(origin: string): boolean {
    return this.#now().isListed(origin);
  }

  #now(): NamesPort {
    this.#known ??= namesAmong(members(this.#ledger.head().view), this.#self, this.#listed);
    return this.#known;
  }
}

/** @param all - the members, as far as this library knows them. */
export function namesAmong(all: readonly Member[], self: PublicKey32, listed: Listed): NamesPort {
  const { host, trackerUrl, allowedHosts, allowedOrigins } = listed;
  const own = all.find(({ key }) => equalBytes(key, self));
  const urls = [own?.api, own?.tracker, trackerUrl].flatMap(urlOf);
  const hosts = new Set([host.toLowerCase(), ...allowedHosts, ...urls.map(({ hostname }) => hostname)]);
  const origins = new Set([
    ...allowedOrigins,
    ...all.flatMap(({ api }) => urlOf(api)).map(({ origin }) => origin),
  ]);
  return {
    isOwn: (name) => hosts.has(name),
    isListed: (origin) => origins.has('*') || origins.has(origin),
  };
}

/** A member may have written what it likes. */
function urlOf(text: string | undefined): readonly URL[] {
  return text !== undefined && URL.canParse(text) ? [new URL(text)] : [];
}
