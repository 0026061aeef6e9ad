/** Where this node listens for the other libraries, in the form that libp2p takes. */
import { isIPv6 } from 'node:net';

/** @param host - an IP address; "::" is both families for API and tracker, and libp2p takes each by itself. */
export function listenAddresses(host: string, port: number): readonly string[] {
  const hosts = [...(host === '::' ? ['0.0.0.0'] : []), host];
  return hosts.map((one) => `/ip${isIPv6(one) ? 6 : 4}/${one}/tcp/${port}`);
}

/** What `listenAddresses` has made. */
export function placeOf(address: string): { readonly host: string; readonly port: number } {
  const [, , host = '', , port] = address.split('/');
  return { host, port: Number(port) };
}
