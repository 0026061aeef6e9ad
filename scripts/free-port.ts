/**
 * Ports for federations that must not meet. A federation needs its ports again after a library of it was killed, so
 * that "free right now" is not enough: whoever takes a range also listens on one port in it that no library uses,
 * for as long as the process lives. Programs on this machine that take ports here see each other so, without files.
 */
import { createServer } from 'node:net';

const FROM = 20_000;
/** Below the range from which the system itself takes ports for connections. */
const TO = 32_000;
const HOST = '127.0.0.1';
/** Each library has ten ports; it uses the first four, and a proxy in front of them the sixth. */
const PORTS_EACH = 10;
export const PROXY = 5;
const USED = [0, 1, 2, 3, PROXY];
/** Says that the ten are taken. */
const CLAIM = 9;

/** @param libraries - each has the ports base + 10·i … base + 10·i + 9, and ours until this process ends. */
export async function freeBasePort(libraries: number): Promise<number> {
  for (;;) {
    const places = Math.floor((TO - FROM) / PORTS_EACH) - libraries;
    const base = FROM + PORTS_EACH * Math.floor(Math.random() * places);
    if (await claim(base, libraries)) return base;
  }
}

async function claim(base: number, libraries: number): Promise<boolean> {
  const releases: (() => Promise<void>)[] = [];
  for (let i = 0; i < libraries; i++) {
    const first = base + PORTS_EACH * i;
    const release = await listen(first + CLAIM);
    if (release !== undefined) releases.push(release);
    if (release !== undefined && (await allFree(USED.map((port) => first + port)))) continue;
    for (const undo of releases) await undo();
    return false;
  }
  return true;
}

async function allFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    const release = await listen(port);
    if (release === undefined) return false;
    await release();
  }
  return true;
}

/** @returns how to end it; undefined when somebody else has the port. */
function listen(port: number): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      server.unref();
      resolve(() => new Promise((closed) => server.close(() => closed())));
    });
  });
}
