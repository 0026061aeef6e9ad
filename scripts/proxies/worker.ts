/** The thread of the proxies (proxies.ts): listens, dials on, and does what it is told. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Direction } from './direction.ts';
import { CALM, type ProxyCommand, type ProxyOptions, type ProxyPlace } from './proxies.ts';

const { places, callers = [] } = workerData as ProxyOptions;
const directions = new Set<Direction>();
/** "from>to" */
const held = new Set<string>();
let weather = CALM;

await Promise.all(places.map((place, i) => open(place, i)));
parentPort!.on('message', (command: ProxyCommand) => {
  if (command.kind === 'weather') ({ weather } = command);
  else if (command.kind === 'hold') held.add(`${command.from}>${command.to}`);
  else held.delete(`${command.from}>${command.to}`);
  for (const direction of directions) direction.pump();
  parentPort!.postMessage('done');
});
parentPort!.postMessage('open');

async function open({ fromHost, fromPort, toHost, toPort }: ProxyPlace, library: number): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const caller = callers.indexOf(near.remoteAddress ?? '');
    const far = connect({ host: toHost, port: toPort, noDelay: true, allowHalfOpen: true });
    near.setNoDelay(true);
    pass(near, far, `${caller}>${library}`);
    pass(far, near, `${library}>${caller}`);
  });
  server.listen(fromPort, fromHost);
  await once(server, 'listening');
}

function pass(from: Socket, to: Socket, name: string): void {
  const direction = new Direction(
    from,
    to,
    () => weather,
    () => held.has(name),
  );
  directions.add(direction);
  to.once('close', () => directions.delete(direction));
}
