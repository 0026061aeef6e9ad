/** Slow senders: a head that never ends, a body that never ends, and uploads at the slowest pace that is allowed. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { limits } from '../../../core/limits.ts';
import type { Attack, Ground } from '../attack.ts';
import { Caller } from '../caller.ts';

const OPENED_PER_SECOND = 20;
/** Of each of the two kinds. */
const AT_ONCE = 400;
const BYTE_EVERY_MS = 3_000;
const UPLOADS_PER_SECOND = 2;
const UPLOADS_AT_ONCE = 200;
const UPLOAD_BYTES = 2 << 20;
const PACE = (1.05 * limits.uploadWindowBytesMin * 1_000) / limits.uploadWindowMs;

export const slow: Attack = {
  name: 'slow senders',
  what: `${AT_ONCE} heads and ${AT_ONCE} bodies of a byte every ${BYTE_EVERY_MS / 1_000} s, ${UPLOADS_AT_ONCE} uploads at ${(PACE / 1_024).toFixed(1)} KiB/s`,
  async run(ground) {
    await Promise.all([
      ground.pace(OPENED_PER_SECOND, AT_ONCE, () =>
        drip(ground, 'GET /api/status HTTP/1.1\r\nHost: x\r\nX-A: '),
      ),
      ground.pace(OPENED_PER_SECOND, AT_ONCE, () =>
        drip(ground, post(ground.library().api, 'application/json', 100_000)),
      ),
      ground.pace(UPLOADS_PER_SECOND, UPLOADS_AT_ONCE, () => upload(ground)),
    ]);
  },
};

function post(api: string, type: string, length: number): string {
  const { host } = new URL(api);
  return `POST /api/search HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n{`;
}

function drip(ground: Ground, begin: string): Promise<string> {
  const { host, httpPort } = ground.library();
  return new Promise((resolve) => {
    const from = performance.now();
    const socket = connect({ host, port: httpPort, localAddress: ground.address() });
    socket.on('error', () => {});
    socket.resume();
    socket.write(begin);
    const timer = setInterval(() => socket.write('a'), BYTE_EVERY_MS);
    const end = (): void => void socket.destroy();
    ground.ended.addEventListener('abort', end);
    socket.once('close', () => {
      clearInterval(timer);
      ground.ended.removeEventListener('abort', end);
      resolve(`closed after ${5 * Math.ceil((performance.now() - from) / 5_000)} s`);
    });
  });
}

/** A real book of noise, signed by a free key, which takes eight minutes to arrive. */
async function upload({ free, field, library }: Ground): Promise<string> {
  const key = free.key();
  if (key === undefined) return 'no key yet';
  const caller = new Caller(field, key.address, PACE);
  try {
    const noise = new Blob([randomBytes(UPLOAD_BYTES)]);
    await caller
      .client(library())
      .uploadFile(key.wallet, noise, `noise ${randomBytes(4).toString('hex')}.bin`);
    return 'uploaded';
  } finally {
    caller.close();
  }
}
