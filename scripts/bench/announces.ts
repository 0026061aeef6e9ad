/**
 * Announces per second through the gate of one library, over HTTP with connections kept open, by readers who
 * bought the file: pass, expiry, issuer and the purchase in the head state are looked at each time.
 */
import { createConnection, type Socket } from 'node:net';
import bencode from 'bencode';
import type { Stage } from './stage.ts';

const CONNECTIONS = 16;
const PIPELINE = 8;

/** @param torrents - of readers who may announce. @returns announces per second over `seconds`. */
export async function measureAnnounces(
  paths: readonly string[],
  port: number,
  seconds: number,
): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  const from = performance.now();
  const counts = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => hammer(paths, i, port, until)),
  );
  return (counts.reduce((sum, count) => sum + count, 0) * 1_000) / (performance.now() - from);
}

/** The announce request of each reader: what a client would send, from a port of its own. */
export async function announcePaths(
  stage: Stage,
  calls: readonly { readonly params: object }[],
): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, { params }] of calls.entries()) {
    const query = new URLSearchParams(params as Record<string, string>);
    const response = await fetch(`${stage.apis[0]}/api/download?${query}`);
    const torrent = bencode.decode(new Uint8Array(await response.arrayBuffer())) as {
      announce: Uint8Array;
      info: Record<string, unknown>;
    };
    const url = new URL(new TextDecoder().decode(torrent.announce));
    const infoHash = await crypto.subtle.digest(
      'SHA-1',
      new Uint8Array(bencode.encode(torrent.info as never)),
    );
    const peer = Buffer.from(`-XX0001-${String(i).padStart(12, '0')}`);
    const fields = `info_hash=${escaped(Buffer.from(infoHash))}&peer_id=${escaped(peer)}&port=${10_000 + (i % 50_000)}`;
    paths.push(
      `${url.pathname}?${fields}&uploaded=0&downloaded=0&left=1000&compact=1&numwant=50&event=started`,
    );
  }
  return paths;
}

/** Keeps `PIPELINE` requests under way on one connection; counts the answers that hold an interval. */
function hammer(paths: readonly string[], offset: number, port: number, until: number): Promise<number> {
  return new Promise((resolve, fail) => {
    const socket = createConnection(port, '127.0.0.1');
    let next = offset;
    let answered = 0;
    let rest = '';
    const send = (): void => {
      const path = paths[next % paths.length]!;
      next += CONNECTIONS;
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    };
    socket.setEncoding('latin1');
    socket.once('error', fail);
    socket.once('connect', () => {
      for (let i = 0; i < PIPELINE; i++) send();
    });
    socket.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('HTTP/1.1 200');
      rest = parts.at(-1)!;
      for (let i = 1; i < parts.length; i++) {
        answered += 1;
        if (performance.now() < until) send();
      }
      if (chunk.includes('failure reason')) fail(new Error('an announce was refused'));
      if (performance.now() >= until) end(socket, () => resolve(answered));
    });
  });
}

function end(socket: Socket, done: () => void): void {
  socket.destroy();
  done();
}

function escaped(bytes: Buffer): string {
  return bytes.toString('hex').replace(/../g, '%$&');
}
