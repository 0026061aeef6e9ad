/**
 * `npm run bench-registrations`: how long honest readers wait for their key while one stranger asks for 300 keys a
 * second at the same library. Readers come from addresses of their own (127.0.0.0/8), the stranger from one; with
 * `--strangers 50` from fifty, in ten networks. Ends with an error when one of the readers waits for two seconds or
 * longer, or is refused.
 */
import { request } from 'node:http';
import { parseArgs } from 'node:util';
import { createClient } from '../client/client.ts';
import { createWallet } from '../client/wallet.ts';
import { systemRandom } from '../node/process/system.ts';
import { setStage } from './bench/stage.ts';
import { median, percentile, verificationsPerSecond } from './bench/yardstick.ts';

const READERS = 40;
const ASKED_PER_SECOND = 300;
const NETWORKS = 10;
const BAR_MS = 2_000;

const { values } = parseArgs({ options: { strangers: { type: 'string', default: '1' } } });
const strangers = Array.from(
  { length: Number(values.strangers) },
  (_, i) => `127.66.${i % NETWORKS}.${1 + Math.floor(i / NETWORKS)}`,
);

const yardstick = verificationsPerSecond();
const stage = await setStage({ libraries: 4, readers: 1, files: 1, parameters: {} });
try {
  const url = stage.apis[0]!;
  const answers = new Map<number, number>();
  let sent = 0;
  const from = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - from) / 1_000) * ASKED_PER_SECOND;
    for (; sent < due; sent++) {
      const key = createWallet(systemRandom.bytes(32)).publicKey;
      ask(url, strangers[sent % strangers.length]!, JSON.stringify({ public_key: key })).then(
        ({ status }) => answers.set(status, (answers.get(status) ?? 0) + 1),
        () => answers.set(0, (answers.get(0) ?? 0) + 1),
      );
    }
  }, 10);
  await new Promise((resolve) => setTimeout(resolve, 3_000)); // they have used up what costs nothing
  const times: number[] = [];
  for (let i = 0; i < READERS; i++) {
    const address = `127.${100 + i}.0.1`;
    const client = createClient({ url, fetch: (asked, init) => askAs(address, String(asked), init) });
    const start = performance.now();
    await client.register(createWallet(systemRandom.bytes(32)).publicKey);
    times.push(performance.now() - start);
  }
  clearInterval(timer);
  const seconds = (performance.now() - from) / 1_000;
  const most = Math.max(...times);
  console.table({
    'asked by strangers, a second': (sent / seconds).toFixed(0),
    'answers to them, by status': JSON.stringify(Object.fromEntries(answers)),
    'honest registrations, median': `${median(times).toFixed(0)} ms`,
    '… p95': `${percentile(times, 0.95).toFixed(0)} ms`,
    '… at most': `${most.toFixed(0)} ms`,
    'yardstick, verifications a second': Math.round(yardstick),
  });
  process.exitCode = most < BAR_MS ? 0 : 1;
} finally {
  await stage.end();
}

async function askAs(address: string, url: string, init: RequestInit = {}): Promise<Response> {
  const { status, body } = await ask(url, address, init.body as string | undefined, new URL(url).pathname);
  return new Response(body, { status });
}

function ask(
  url: string,
  localAddress: string,
  body: string | undefined,
  path = '/api/register',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, fail) => {
    const { hostname, port } = new URL(url);
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const method = body === undefined ? 'GET' : 'POST';
    const asked = request(
      { hostname, port, path, method, headers, localAddress, agent: false },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      },
    );
    asked.on('error', fail).end(body);
  });
}
