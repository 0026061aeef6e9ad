/** Ports for federations that must not meet: looks for a base whose ports are all free right now. */
import { createServer } from 'node:net';

const FROM = 20_000;
/** Below the range from which the system itself takes ports for connections. */
const TO = 32_000;

/** @param libraries - each takes the ports base + 10·i … base + 10·i + 2. */
export async function freeBasePort(libraries: number): Promise<number> {
  for (;;) {
    const base = FROM + 10 * Math.floor(Math.random() * ((TO - FROM) / 10));
    const ports = Array.from({ length: libraries }, (_, i) =>
      [0, 1, 2].map((port) => base + 10 * i + port),
    ).flat();
    const free = await Promise.all(ports.map(isFree));
    if (free.every((one) => one)) return base;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
