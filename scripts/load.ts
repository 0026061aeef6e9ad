/**
 * `npm run load -- --minutes 2 --http 500 --ws 200 --files 100000`: a library with so many files, readers who search and
 * programs that follow it over WebSockets, each from an address of its own, and beside them one who writes: a book a second
 * and transfers, whose time until they are final is measured with the load and without it, in turns. Prints what it was
 * and ends with 1 when a bar is missed. `--think 5`: seconds between two searches of a reader. Linux: a socket may
 * leave from any address of 127.0.0.0/8.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { NOTHING, openAccount, putAccount } from '../chain/accounts/account.ts';
import { createWallet, type Wallet } from '../client/wallet.ts';
import { toBase64 } from '../core/base64.ts';
import { toHex, utf8 } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';
import { systemRandom } from '../node/process/system.ts';
import { openLevelStore } from '../store/level.ts';
import { numbered, writeLargeState } from './bench/large-state.ts';
import { addressIn, askFrom } from './bench/networks.ts';
import { median, percentile, verificationsPerSecond } from './bench/yardstick.ts';
import { freeBasePort } from './free-port.ts';
import { type LibraryHome, makeFederation } from './homes.ts';
import type { Clients, Seen, ToClients } from './load/clients.ts';
import { LibraryProcess } from './processes.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    http: { type: 'string', default: '500' },
    ws: { type: 'string', default: '200' },
    files: { type: 'string', default: '100000' },
    think: { type: 'string', default: '5' },
  },
});
/** Of each kind, in turns. */
const PHASES = 4;
const phaseMs = (Number(values.minutes) * 60_000) / PHASES;
/** 50 ms of a machine that verifies 17,000 signatures in a second on one core. */
const SEARCH_BAR_CHECKS = 850;
const FINALITY_BAR = 1.2;
/** Of the second half of the load over its first. */
const MEMORY_BAR = 1.1;
/** Who does not read is gone after two pings at the latest. */
const NON_READERS = 4;
const STOPPED_WITHIN_MS = 70_000;
const HEIGHT = 20_000;
const TRANSFER_EVERY_MS = 250;
const BOOK_EVERY_MS = 1_000;
/** Networks of nobody else. */
const [WRITER, AUTHOR, NON_READER] = [9_000, 9_001, 9_100];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const folder = mkdtempSync(join(tmpdir(), 'digitallib-load-'));
const yardsticks = [verificationsPerSecond()];
let library: LibraryProcess | undefined;
let failed = false;
try {
  const files = Number(values.files);
  const { genesis, libraries, chainId } = makeFederation({
    folder,
    count: 1,
    basePort: await freeBasePort(1),
    now: Date.now() - 10 * HEIGHT,
    random: (length) => systemRandom.bytes(length),
  });
  const [home] = libraries as [LibraryHome];
  const owner = createWallet(systemRandom.bytes(32));
  const store = openLevelStore(join(home.home, 'chain'));
  await store.start();
  await writeLargeState(store, genesis, [home.seed], {
    ...{ accounts: 10_000, files, height: HEIGHT },
    more(draft) {
      openAccount(draft, owner.key, sha256(owner.key));
      putAccount(draft, owner.key, { ...NOTHING, tokens: 1_000_000_000n });
    },
  });
  await store.stop();
  library = new LibraryProcess(home);
  await library.ready();
  while (!(await isIndexed(home.api))) await pause(500);
  console.log(`${files} files are served; ${PHASES} phases of ${phaseMs / 1_000} s without load and with it`);
  await run(home, chainId, owner, library);
} finally {
  await library?.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

async function isIndexed(api: string): Promise<boolean> {
  const { status, body } = await askFrom(WRITER, api, { path: '/api/search?query=volume&limit=1' });
  return status === 200 && (JSON.parse(String(body)) as unknown[]).length > 0;
}

async function run(
  { api }: LibraryHome,
  chain: string,
  owner: Wallet,
  { pid }: LibraryProcess,
): Promise<void> {
  const data: Clients = {
    ...{ api, http: Number(values.http), ws: Number(values.ws), thinkMs: 1_000 * Number(values.think) },
    words: Array.from({ length: 2_000 }, (_, i) => `volume+${i * 37}`),
  };
  const clients = new Worker(new URL('./load/clients.ts', import.meta.url), { workerData: data });
  const tell = (message: ToClients): void => clients.postMessage(message);
  const stopped = Promise.all(Array.from({ length: NON_READERS }, (_, i) => stoppedAfter(api, i)));
  const writing = new AbortController();
  const author = write(api, chain, writing.signal);

  const finality: { quiet: number[]; loaded: number[] } = { quiet: [], loaded: [] };
  const [searchMs, toldMs, memory]: [number[], number[], number[]] = [[], [], []];
  let [refused, closed, events] = [0, 0, 0];
  await finalMs(api, chain, owner, Math.min(phaseMs, 10_000)); // warm
  for (let phase = 0; phase < PHASES; phase++) {
    finality.quiet.push(...(await finalMs(api, chain, owner, phaseMs)));
    tell({ kind: 'begin' });
    const sampled = sample(pid, phaseMs);
    finality.loaded.push(...(await finalMs(api, chain, owner, phaseMs)));
    tell({ kind: 'end' });
    const [seen] = (await once(clients, 'message')) as [Seen];
    searchMs.push(...seen.searchMs);
    toldMs.push(...seen.toldMs);
    refused += seen.refused;
    closed += seen.closed;
    events += seen.events;
    memory.push(...(await sampled));
  }
  writing.abort();
  const written = await author;
  const stops = await stopped;
  await clients.terminate();
  yardsticks.push(verificationsPerSecond());

  const yardstick = median(yardsticks);
  const searchP99 = percentile(searchMs, 0.99);
  const checks = (searchP99 * yardstick) / 1_000;
  const ratio = median(finality.loaded) / median(finality.quiet);
  const half = Math.floor(memory.length / 2);
  const growth = median(memory.slice(half)) / median(memory.slice(0, half));
  const inTime = stops.filter((ms) => ms <= STOPPED_WITHIN_MS).length;
  const rows: [string, string, string, boolean][] = [
    ['searches', `${searchMs.length}, refused or failed ${refused}`, '', searchMs.length > 0],
    ['search p50, p99', `${ms(median(searchMs))}, ${ms(searchP99)}`, '50 ms there', true],
    [
      '… p99 to yardstick',
      `${Math.round(checks)} checks`,
      `${SEARCH_BAR_CHECKS}`,
      checks <= SEARCH_BAR_CHECKS,
    ],
    ['events told', `${events} of ${written} books, to ${data.ws}`, '', events > 0 || data.ws === 0],
    [
      '… behind the time of their block p50, p99',
      `${ms(median(toldMs))}, ${ms(percentile(toldMs, 0.99))}`,
      '',
      true,
    ],
    ['subscribers cut off', `${closed}`, '0', closed === 0],
    [
      'finality without load p50, p95',
      `${ms(median(finality.quiet))}, ${ms(percentile(finality.quiet, 0.95))}`,
      '',
      true,
    ],
    [
      'finality with load p50, p95',
      `${ms(median(finality.loaded))}, ${ms(percentile(finality.loaded, 0.95))}`,
      '',
      true,
    ],
    ['… with to without', ratio.toFixed(2), `${FINALITY_BAR}`, ratio <= FINALITY_BAR],
    ['resident under load, MiB: first, last', `${memory[0]}, ${memory.at(-1)}`, '', true],
    ['… second half to first', growth.toFixed(2), `${MEMORY_BAR}`, growth <= MEMORY_BAR],
    [
      'who does not read, gone after',
      stops.map((each) => `${(each / 1_000).toFixed(0)} s`).join(', '),
      '70 s',
      inTime === NON_READERS,
    ],
    ['yardstick before, after', yardsticks.map((each) => `${Math.round(each)} /s`).join(', '), '', true],
    [
      'load of the machine at the end',
      loadavg()
        .map((each) => each.toFixed(1))
        .join(' '),
      '',
      true,
    ],
  ];
  console.table(rows.map(([what, figure, bar, met]) => ({ what, figure, bar, met: met ? '' : 'MISSED' })));
  failed = rows.some(([, , , met]) => !met);
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

/** One after the other, each from when it is sent until it is final. */
async function finalMs(api: string, chain: string, owner: Wallet, forMs: number): Promise<number[]> {
  const took: number[] = [];
  const until = performance.now() + forMs;
  for (let i = 0; performance.now() < until; i++) {
    const expires = Math.floor(Date.now() / 1_000) + 600;
    const to = numbered('reader', i % 10_000);
    const nonce = systemRandom.bytes(16);
    const transfer = { kind: 'transfer', to, amount: 1n, key: owner.key, nonce, expires } as const;
    const transaction = toBase64(await owner.signTransaction(chain, transfer));
    const asked = { path: '/api/submit', body: JSON.stringify({ transaction }) };
    const { status, body, tookMs } = await askFrom(WRITER, api, asked);
    if (status === 200) took.push(tookMs);
    else if (status !== 429) throw new Error(`a transfer was refused: ${body}`);
    await pause(TRANSFER_EVERY_MS * (0.5 + Math.random()));
  }
  return took;
}

/** A book a second, of which everybody is told. @returns how many. */
async function write(api: string, chain: string, signal: AbortSignal): Promise<number> {
  const wallet = createWallet(systemRandom.bytes(32));
  await askFrom(AUTHOR, api, { path: `/api/register?public_key=${wallet.publicKey}` });
  let count = 0;
  for (let i = 0; !signal.aborted; i++) {
    const bytes = utf8(`book ${i} of ${wallet.publicKey}`);
    const hash = toHex(sha256(bytes)); // at most 16 KiB: the root of its pieces is its SHA-256
    const form = new FormData();
    form.append('public_key', wallet.publicKey);
    form.append('hash', hash);
    form.append('signed_hash', await wallet.signUpload(chain, hash));
    form.append('file', new File([bytes.slice()], `book ${i}.txt`));
    const response = await fetch(`${api}/api/upload`, { method: 'POST', body: form });
    await response.arrayBuffer();
    if (response.ok) count += 1;
    await pause(BOOK_EVERY_MS);
  }
  return count;
}

/** Follows everything and reads nothing. @returns after how many milliseconds the library has ended it. */
function stoppedAfter(api: string, number: number): Promise<number> {
  const from = performance.now();
  const localAddress = addressIn(NON_READER + number);
  const ws = new WebSocket(`${api.replace('http', 'ws')}/rpc`, { localAddress, perMessageDeflate: false });
  ws.once('open', () => {
    for (let id = 1; id <= 8; id++) {
      ws.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'ledger_v1_subscribe', params: {} }));
    }
    ws.pause();
  });
  return new Promise((resolve) => {
    // Whoever reads nothing does not see the end either: it asks the system.
    const timer = setInterval(() => {
      const gone = !isHeld(api, localAddress);
      const ms = performance.now() - from;
      if (ms > 5_000 && !gone && ms < 10 * STOPPED_WITHIN_MS) return;
      if (ms <= 5_000) return;
      clearInterval(timer);
      ws.terminate();
      resolve(ms);
    }, 1_000);
    ws.on('error', () => undefined);
  });
}

/** Does the library hold a connection from there? As Linux lists them; ESTABLISHED is 01. */
function isHeld(api: string, address: string): boolean {
  const port = Number(new URL(api).port).toString(16).toUpperCase().padStart(4, '0');
  const hex = address.split('.').map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'));
  const remote = hex.reverse().join('');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some((line) => new RegExp(`:${port} ${remote}:[0-9A-F]{4} 01 `).test(line));
}

async function sample(pid: number, forMs: number): Promise<number[]> {
  const found: number[] = [];
  const until = performance.now() + forMs;
  await pause(Math.min(5_000, forMs / 4));
  while (performance.now() < until) {
    const kB = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    found.push(Math.round(Number(kB) / 1_024));
    await pause(1_000);
  }
  return found;
}
