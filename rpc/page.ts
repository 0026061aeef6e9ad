/**
 * Who sent a request: a program, a page of this library, one that its operator trusts, or one of another site. A page
 * runs wherever its reader looks at it, also on the operator's own machine, and its requests come from there: address
 * and port say nothing about it, only what its browser adds to each request does. Pure. Sources: Fetch Metadata
 * (https://www.w3.org/TR/fetch-metadata/), RFC 6454 (Origin), RFC 9110, section 10.1.3 (Referer).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { reject, type Verdict } from '../core/verdict.ts';

/**
 * `visit`: a browser asks by GET, as it does when somebody types an address, follows a link, out of a mail for instance,
 * or looks at a page with an image in it. It may read, where the page that sees the answer may; and may change nothing.
 */
export type Caller = 'program' | 'own-page' | 'listed-page' | 'visit' | 'foreign-page';

type Asked = { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders };

/** @param isListed - an origin as browsers write it, or "null". */
export function callerOf(asked: Asked, isListed: (origin: string) => boolean): Caller {
  const caller = whose(asked, isListed);
  return caller !== 'program' && caller !== 'foreign-page' && isRead(asked) ? 'visit' : caller;
}

function whose(asked: Asked, isListed: (origin: string) => boolean): Caller {
  const { origin, host, referer, ...headers } = asked.headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined) {
    if (isListed(origin)) return 'listed-page';
    // The browser has looked at scheme and all; a proxy may have changed our name.
    if (site !== undefined) return site === 'same-origin' ? 'own-page' : 'foreign-page';
    return isHere(origin, host) ? 'own-page' : 'foreign-page';
  }
  // Not `same-site`: that is whatever else listens on this machine, at any port, and any neighbour under one domain.
  if (site === 'same-origin' || site === 'none') return 'own-page';
  // Whoever sends a body that is not a form's own kind is asked for its origin by every browser: body.ts takes no other.
  if (site !== undefined) {
    return isRead(asked) && headers['sec-fetch-mode'] === 'navigate' ? 'visit' : 'foreign-page';
  }
  if (referer !== undefined) {
    return isHere(referer, host) ? 'own-page' : isRead(asked) ? 'visit' : 'foreign-page';
  }
  return isRead(asked) && BROWSER.test(headers['user-agent'] ?? '') ? 'visit' : 'program';
}

function isRead({ method }: Asked): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Over plain HTTP to another machine browsers send no metadata, and a page can suppress the Referer. */
const BROWSER = /^Mozilla\//;

/** For a call that no signature protects. @returns reject("page.foreign"). */
export function admitCaller(caller: Caller, changes: boolean): Verdict | undefined {
  switch (caller) {
    case 'program':
    case 'own-page':
    case 'listed-page':
      return undefined;
    case 'visit':
      return changes ? reject('page.foreign', BY_POST) : undefined;
    case 'foreign-page':
      return reject('page.foreign', LIST_IT);
  }
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
