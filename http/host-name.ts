/**
 * The name by which a browser asks. A page that may ask its own server only gets at a library by having its own name
 * lead here (DNS rebinding): then the Host header has that name, so API and tracker answer by names that the library goes
 * by, and by no other. An address as such is nobody's to lead elsewhere, and needs no list. Pure. Source: RFC 9110,
 * section 7.2.
 */
import { parseAddress } from '../core/address.ts';

/** @param host - the header. @param isOwn - of a name in lower case, without port. */
export function isOurs(host: string, isOwn: (name: string) => boolean): boolean {
  const found = HOST.exec(host);
  if (found === null) return false;
  const [, ipv6, name = ''] = found;
  if (ipv6 !== undefined) return parseAddress(ipv6) !== undefined;
  const plain = name.toLowerCase().replace(/\.$/, '');
  return plain === 'localhost' || parseAddress(plain)?.family === 4 || isOwn(plain);
}
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i;
