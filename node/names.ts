/**
 * By which names this library goes, and which pages it trusts: what its operator lists, where it listens, its own entry
 * among the members, and the API of every member (a page of one library may read the others).
 */
import { member, members } from '../chain/queries.ts';
import type { StateView } from '../chain/state.ts';
import type { PublicKey32 } from '../core/scalars.ts';
import type { Names as NamesPort } from '../rpc/ports.ts';
import type { Ledger } from './ledger.ts';

type Source = { readonly head: () => { readonly view: StateView }; readonly onCommit: Ledger['onCommit'] };
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
  #known: { readonly hosts: ReadonlySet<string>; readonly origins: ReadonlySet<string> } | undefined;

  constructor(ledger: Source, self: PublicKey32, listed: Listed) {
    this.#ledger = ledger;
    this.#self = self;
    this.#listed = listed;
    ledger.onCommit((_, events) => {
      if (events.some(({ kind }) => kind === 'members-changed')) this.#known = undefined;
    });
  }

  isOwn(host: string): boolean {
    return this.#now().hosts.has(host);
  }

  isListed(origin: string): boolean {
    const { origins } = this.#now();
    return origins.has('*') || origins.has(origin);
  }

  #now() {
    this.#known ??= this.#look();
    return this.#known;
  }

  #look() {
    const { host, trackerUrl, allowedHosts, allowedOrigins } = this.#listed;
    const { view } = this.#ledger.head();
    const own = member(view, this.#self);
    const urls = [own?.api, own?.tracker, trackerUrl].flatMap(urlOf);
    return {
      hosts: new Set([host.toLowerCase(), ...allowedHosts, ...urls.map(({ hostname }) => hostname)]),
      origins: new Set([
        ...allowedOrigins,
        ...members(view)
          .flatMap(({ api }) => urlOf(api))
          .map(({ origin }) => origin),
      ]),
    };
  }
}

/** A member may have written what it likes. */
function urlOf(text: string | undefined): readonly URL[] {
  return text !== undefined && URL.canParse(text) ? [new URL(text)] : [];
}
