/**
 * The first line of a request may name the whole address, as a client behind a proxy writes it, and a server must take that
 * (RFC 9112, section 3.2.2): what stands there counts, whatever the Host header says.
 */
import type { Server } from 'node:http';

/** Whoever names the whole address is as one who has named the path, and the host in the header. Call it once for each server. */
export function takeAbsoluteTargets(server: Server): void {
  server.prependListener('request', (request) => {
    const [, scheme, host, path = ''] = ABSOLUTE.exec(request.url ?? '') ?? [];
    if (scheme === undefined) return;
    request.headers.host = /^https?$/i.test(scheme) ? host : ''; // nobody goes by that name
    request.url = path.startsWith('/') ? path : `/${path}`;
  });
}
const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is;
