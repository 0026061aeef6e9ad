/**
 * BitTorrent peers that have paid for nothing: they know the info hashes and come to the ports of the archives; or
 * announce with whatever pass they have, wait until an archive dials them, and ask for the book then; or speak no
 * BitTorrent at all.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { randomPeerId } from '../../../test/e2e/fixtures/announce.ts';
import { badPeers } from '../../../test/e2e/fixtures/bad-peer.ts';
import { ATTACKER_ADDRESSES } from '../addresses.ts';
import type { Attack, Ground } from '../attack.ts';
import { leech } from '../stranger-peer.ts';

const PER_SECOND = 50;
const AT_ONCE = 200;
const BAD_PER_SECOND = 20;
const ANNOUNCED_PER_SECOND = 10;
/** Two rounds in which webtorrent chooses anew whom it serves. */
const STAY_MS = 25_000;

export const peers: Attack = {
  name: 'strange peers',
  what: `${PER_SECOND} handshakes a second with info hashes of books, ${BAD_PER_SECOND} that are malformed, ${ANNOUNCED_PER_SECOND} announced peers to be dialled`,
  async run(ground) {
    const listeners = await Promise.all(ATTACKER_ADDRESSES.map((address) => listen(ground, address)));
    try {
      await Promise.all([
        ground.pace(PER_SECOND, AT_ONCE, () => dial(ground)),
        ground.pace(BAD_PER_SECOND, AT_ONCE, () => babble(ground)),
        ground.pace(ANNOUNCED_PER_SECOND, AT_ONCE, () => wait(ground, listeners)),
      ]);
    } finally {
      for (const { server } of listeners) server.close();
    }
  },
};

type Listener = { readonly address: string; readonly port: number; readonly server: Server };

async function dial(ground: Ground): Promise<string> {
  const socket = await open(ground);
  return socket === undefined ? 'no connection' : await leech(socket, ground.book().infoHash, ground.got);
}

async function babble(ground: Ground): Promise<string> {
  const socket = await open(ground);
  if (socket === undefined) return 'no connection';
  const all = badPeers(ground.book().infoHash);
  socket.write(all[Math.floor(Math.random() * all.length)]!);
  socket.resume();
  await once(socket, 'close');
  return 'malformed, closed';
}

/** Says that it listens, also for a book of which it has no right, and has the whole of it. */
async function wait(ground: Ground, listeners: readonly Listener[]): Promise<string> {
  const pass = ground.free.pass();
  if (pass === undefined) return 'no pass yet';
  const { port, address } = listeners.find((one) => one.address === pass.address)!;
  const infoHash = Math.random() < 0.5 ? pass.infoHash : ground.book().infoHash;
  const left = Math.floor(Math.random() * 2);
  const asked = `peer_id=${randomPeerId()}&port=${port}&uploaded=0&downloaded=0&left=${left}&event=started&compact=1`;
  const url = `${pass.url}?info_hash=${infoHash.replace(/../g, '%$&')}&${asked}`;
  const { body } = await ground.caller(address).call({ url });
  return body.toString('latin1').includes('failure reason') ? 'announce refused' : 'announced';
}

async function listen(ground: Ground, address: string): Promise<Listener> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    stay(ground, socket);
    // It says first what it wants: the handshake of the other side names the book.
    socket.once('data', (hello: Buffer) => {
      socket.unshift(hello);
      const infoHash = hello.subarray(28, 48).toString('hex');
      void leech(socket, infoHash, ground.got).then((state) =>
        ground.count(`dialled by an archive: ${state}`),
      );
    });
  });
  server.listen(0, address);
  await once(server, 'listening');
  return { address, port: (server.address() as { port: number }).port, server };
}

async function open(ground: Ground): Promise<Socket | undefined> {
  const { host, torrentPort } = ground.library();
  const socket = connect({ host, port: torrentPort, localAddress: ground.address() });
  socket.on('error', () => {});
  stay(ground, socket);
  return await new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('close', () => resolve(undefined));
  });
}

/** Not for ever: others want to come, too. */
function stay({ ended }: Ground, socket: Socket): void {
  const end = (): void => void socket.destroy();
  const timer = setTimeout(end, STAY_MS);
  ended.addEventListener('abort', end);
  socket.once('close', () => {
    clearTimeout(timer);
    ended.removeEventListener('abort', end);
  });
}
