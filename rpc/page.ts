/**
 * Who sent a request: a program, a page of this library, one that its operator trusts, or one of another site. A page
 * runs wherever its reader looks at it, also on the operator's own machine, and its requests come from there: address
 * and port say nothing about it, only what its browser adds to each request does. Pure. Sources: Fetch Metadata
 * (https://www.w3.org/TR/fetch-metadata/), RFC 6454 (Origin), RFC 9110, section 10.1.3 (Referer).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { reject, type Verdict } from '../core/verdict.ts';

/**
 * `visit`: somebody follows a link, or a browser tells too little: an image on a page looks the same. What comes back is
 * shown to a person or to nobody, never to the page; so it may read, and may change nothing.
 */
export type Who = 'program' | 'own-page' | 'listed-page' | 'visit' | 'foreign-page';
/** `byGet`: as browsers ask when somebody types an address, follows a link in a mail, or looks at an image. */
export type Caller = { readonly who: Who; readonly byGet: boolean };

type Asked = { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders };

/** @param isListed - an origin as browsers write it, or "null". */
export function callerOf(
  { method, headers }: Asked,
  isListed: (origin: string) => boolean = () => false,
): Caller {
  const byGet = method === 'GET' || method === 'HEAD';
  return { who: whose(headers, byGet, isListed), byGet };
}

function whose(headers: IncomingHttpHeaders, byGet: boolean, isListed: (origin: string) => boolean): Who {
  const { origin, host, referer, 'sec-fetch-site': site } = headers;
  if (origin !== undefined) {
    if (isListed(origin)) return 'listed-page';
    // The browser has looked at scheme and all; a proxy may have changed our name.
    if (site !== undefined) return site === 'same-origin' ? 'own-page' : 'foreign-page';
    return isHere(origin, host) ? 'own-page' : 'foreign-page';
  }
  // Not `same-site`: that is whatever else listens on this machine, at any port, and any neighbour under one domain.
  if (site === 'same-origin' || site === 'none') return 'own-page';
  // Whoever sends a body that is not a form's own kind is asked for its origin by every browser: body.ts takes no other.
  if (site !== undefined) return byGet && isFollowed(headers) ? 'visit' : 'foreign-page';
  if (referer !== undefined) return isHere(referer, host) ? 'own-page' : byGet ? 'visit' : 'foreign-page';
  return byGet && BROWSER.test(headers['user-agent'] ?? '') ? 'visit' : 'program';
}

/** In a window of its own: what a page puts into a frame, nobody gets to see (headers.ts). */
function isFollowed(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/** Somebody else's page may have sent it: what it uses up is not to be missing to the reader who looks at the page. */
export function mayBeForeign({ who }: Caller): boolean {
  return who === 'foreign-page' || who === 'visit';
}

/** Over plain HTTP to another machine browsers send no metadata, and a page can suppress the Referer. */
const BROWSER = /^Mozilla\//;

/** For a call that no signature protects. @returns reject("page.foreign"). */
export function admitCaller({ who, byGet }: Caller, changes: boolean): Verdict | undefined {
  if (who === 'program') return undefined;
  if (who === 'foreign-page') return reject('page.foreign', LIST_IT);
  return changes && (byGet || who === 'visit') ? reject('page.foreign', BY_POST) : undefined;
}

const LIST_IT = 'The operator of this library lists the origins that it trusts with --allowed-origins.';
const BY_POST = 'Send it by POST as application/json; a link or an image may not change anything.';

/** Is the address one of the host that was asked? Ports that a scheme implies may be left out. */
function isHere(address: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(address)) return false;
  const { protocol, host: there } = new URL(address);
  const here = `${protocol}//${host}`;
  return URL.canParse(here) && new URL(here).host === there;
}
