/**
 * Did a page in a browser send it? Whoever has a pass could put the address of each visitor of his page into a swarm, by an
 * image, and have archives dial it; and a page whose own name was led here could do so as a client does, and read who else
 * is there. The raw headers, because most clients send four or five, and this is asked at every announce. Pure.
 */
import type { Code } from '../../core/codes.ts';
import { isOurs } from '../../http/host-name.ts';
import type { TrackerNames } from '../ports.ts';

/**
 * No BitTorrent client sends what is looked for; over plain HTTP to another machine a browser says no more than its name,
 * and Firefox lets a page say another one. It never lets a page say another host: clients come by what stands in the
 * announce URL, which is an address or a name of this library, or say none.
 * @returns undefined: a client.
 */
export function pageCode(rawHeaders: readonly string[], names: TrackerNames): Code | undefined {
  let code: Code | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    const value = rawHeaders[at + 1]!;
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host' && !isOurs(value, (host) => names.isOwn(host)))
          code = 'host.foreign';
        break;
      case 6:
        if (name.toLowerCase() === 'origin') return 'page.foreign';
        break;
      case 7:
        if (name.toLowerCase() === 'referer') return 'page.foreign';
        break;
      case 10:
        if (name.toLowerCase() === 'user-agent' && value.startsWith(BROWSER)) return 'page.foreign';
        break;
      case 14:
        if (SEC_FETCH.test(name)) return 'page.foreign';
        break;
    }
  }
  return code;
}
const BROWSER = 'Mozilla/';
/** Not -Mode: that alone is what the fetch of Node sends, and clients that are built on it. */
const SEC_FETCH = /^sec-fetch-(?:site|dest)$/i;
