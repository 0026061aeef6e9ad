/** libp2p does not say why it cannot listen: the system is asked again, with a socket of its own, and it answers. */
import { createServer } from 'node:net';
import type { Fault } from '../core/fault.ts';
import { cannotListen } from '../core/listening.ts';
import { placeOf } from './multiaddrs.ts';

/** @param places - that were to be listened at. @returns undefined when there is nothing against any of them now. */
export async function whyNotListening(addresses: readonly string[]): Promise<Fault | undefined> {
  for (const { host, port } of addresses.map(placeOf)) {
    const cause = await failureAt(host, port);
    if (cause === undefined) continue;
    return cannotListen(
      { what: 'the port for the other libraries', option: '--p2p-port', host, port },
      cause,
    );
  }
  return undefined;
}

function failureAt(host: string, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
