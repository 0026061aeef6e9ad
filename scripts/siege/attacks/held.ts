/** Connections that are held and say nothing, or just as much as keeps them open: all that a library would take. */
import { connect } from 'node:net';
import { handshake } from '../../../test/e2e/fixtures/peer-messages.ts';
import type { Attack, Ground } from '../attack.ts';

/** To each library. Together they fit into 20,000 descriptors. */
const TO_API = 2_000;
const TO_TRACKER = 1_000;
const TO_ARCHIVE = 500;
/** Of all that were closed, and of all kinds. */
const OPENED_PER_SECOND = 400;
const AT_ONCE = 200;
const CONNECT_MS = 10_000;

type Place = {
  readonly host: string;
  readonly port: number;
  readonly hello: Buffer | undefined;
  free: number;
};

export const held: Attack = {
  name: 'held connections',
  what: `up to ${TO_API} to each API, ${TO_TRACKER} to each tracker, ${TO_ARCHIVE} to each archive; ${OPENED_PER_SECOND} opened a second`,
  async run(ground) {
    const places = placesOf(ground);
    let at = 0;
    await ground.pace(OPENED_PER_SECOND, AT_ONCE, async () => {
      for (let tries = 0; tries < places.length; tries++) {
        const place = places[at++ % places.length]!;
        if (place.free < 1) continue;
        place.free -= 1;
        return await hold(ground, place);
      }
      return 'all are held';
    });
  },
};

function placesOf({ field, strength, book }: Ground): Place[] {
  const share = (count: number): number => Math.ceil(count * strength);
  return field.libraries.flatMap(({ host, httpPort, trackerPort, torrentPort }) => [
    { host, port: httpPort, hello: undefined, free: share(TO_API) },
    { host, port: trackerPort, hello: undefined, free: share(TO_TRACKER) },
    {
      host,
      port: torrentPort,
      hello: handshake(Buffer.from(book().infoHash, 'hex')),
      free: share(TO_ARCHIVE),
    },
  ]);
}

/** Resolves when it is open, or was refused. It stays until the other side has had enough, or the siege ends. */
function hold(ground: Ground, place: Place): Promise<string> {
  return new Promise((resolve) => {
    const { host, port, hello } = place;
    const socket = connect({ host, port, localAddress: ground.address() });
    const end = (): void => void socket.destroy();
    const late = setTimeout(end, CONNECT_MS);
    ground.ended.addEventListener('abort', end);
    socket.on('error', () => {});
    socket.resume();
    socket.once('connect', () => {
      clearTimeout(late);
      if (hello !== undefined) socket.write(hello);
      resolve('opened');
    });
    socket.once('close', () => {
      clearTimeout(late);
      ground.ended.removeEventListener('abort', end);
      place.free += 1;
      resolve('not opened');
    });
  });
}
