/**
 * `npm run bench-calls`: what each call of the API costs at worst, on an index of 1,000,000 files: how long the event
 * loop of a real library works in one go, and how long the answer takes. Which forms of the calls: bench/dear-calls.ts.
 * Then the lists of the ledger at their full length, made here. The figures stand in docs/calls.md. `--files N` changes
 * the size. Ends with an error when any of them holds the loop for longer than the bar, or is answered otherwise than
 * it should be. Linux: a socket may leave from any address of 127.0.0.0/8.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CALLS } from '../api/calls.ts';
import { createWallet } from '../client/wallet.ts';
import { limits } from '../core/limits.ts';
import { systemRandom } from '../node/process/system.ts';
import { members } from '../rpc/calls/members.ts';
import { proposals } from '../rpc/calls/proposals.ts';
import type { RpcContext } from '../rpc/context.ts';
import { openLevelStore } from '../store/level.ts';
import { buildTorrent } from '../torrent/build.ts';
import { type DearCall, dearCalls } from './bench/dear-calls.ts';
import { dearThings, eventRows } from './bench/dear-things.ts';
import { writeLargeState } from './bench/large-state.ts';
import { lagAt } from './bench/loop-lag.ts';
import { askFrom } from './bench/networks.ts';
import { worstLists } from './bench/worst-lists.ts';
import { median, verificationsPerSecond } from './bench/yardstick.ts';
import { freeBasePort } from './free-port.ts';
import { type LibraryHome, makeFederation } from './homes.ts';
import { LibraryProcess } from './processes.ts';

const { values } = parseArgs({ options: { files: { type: 'string', default: '1000000' } } });
const files = Number(values.files);
const ROUNDS = 8;
/** Of a tracker's address in a torrent, with the pass. */
const ANNOUNCE_URL_BYTES = 300;
/** 20 ms of a machine that verifies 17,000 signatures in a second on one core. */
const BAR_CHECKS = 340;

type Row = { readonly what: string; readonly workMs: number; readonly answerMs: number };
const rows: Row[] = [];
const yardstick = verificationsPerSecond();
const folder = mkdtempSync(join(tmpdir(), 'digitallib-calls-'));
let library: LibraryProcess | undefined;
let networks = 0;
const height = 20_000;
try {
  const { genesis, libraries, chainId } = makeFederation({
    folder,
    count: 1,
    basePort: await freeBasePort(1),
    now: Date.now() - 10 * height,
    random: (length) => systemRandom.bytes(length),
  });
  const [home] = libraries as [LibraryHome];
  const owner = createWallet(systemRandom.bytes(32));
  // One is the owner's, one is bought before anything is measured, and one in every round.
  const things = dearThings(genesis.name, owner, home.key, ROUNDS + 2);
  const { more, transactions, rows: stored } = things;
  const store = openLevelStore(join(home.home, 'chain'));
  await store.start();
  await writeLargeState(store, genesis, [home.seed], { accounts: 1_000, files, height, more, transactions });
  await store.write([...stored, ...eventRows(height, genesis.time)], { sync: true });
  await store.stop();
  const from = performance.now();
  library = new LibraryProcess(home);
  await library.ready();
  console.log(
    `${files} files are indexed and served after ${((performance.now() - from) / 1_000).toFixed(0)} s`,
  );
  const now = Math.floor(Date.now() / 1_000);
  for (const call of dearCalls({ chain: chainId, files, height, now, owner, things }))
    await measure(home, call);
  measureTorrent(things.books[0]!, genesis.name);
} finally {
  await library?.stop();
  rmSync(folder, { recursive: true, force: true });
}
measureLists();
print();

async function measure({ api, metricsPort }: LibraryHome, { what, status, ask }: DearCall): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const asked = await ask(round);
    const answer = await askFrom(networks++, api, asked);
    if (answer.status !== status) {
      const body = answer.body.toString('latin1', 0, 300);
      throw new Error(`${what}: ${answer.status}, not ${status}: ${body}`);
    }
    if (round === 0)
      await lagAt([metricsPort]); // warm
    else times.push(answer.tookMs);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  rows.push({ what, workMs: (await lagAt([metricsPort])).workMaxMs, answerMs: median(times) });
}

/** Their own work, without HTTP. */
function measureLists(): void {
  const view = worstLists();
  const ledger = { view: () => view, head: () => ({ epoch: 0 }) };
  const context = { ports: { ledger, clock: { now: () => 0 } } } as unknown as RpcContext;
  measureHere('members, 300 with eight addresses', () => JSON.stringify(members(context)));
  measureHere('proposals, 100 with thirty approvals', () => JSON.stringify(proposals(context)));
}

/** As `fetch` makes it in a federation of as many libraries as there may be. */
function measureTorrent(metainfo: Parameters<typeof buildTorrent>[0], federation: string): void {
  const urls = Array.from({ length: limits.membersMax }, (_, i) =>
    `http://${i}/`.padEnd(ANNOUNCE_URL_BYTES, 'a'),
  );
  measureHere(`a hybrid torrent of 64 GiB with ${urls.length} trackers`, () =>
    buildTorrent(metainfo, federation, 'hybrid', urls),
  );
}

function measureHere(what: string, run: () => unknown): void {
  const times = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    run();
    return performance.now() - from;
  });
  rows.push({ what, workMs: Math.max(...times.slice(1)), answerMs: median(times) });
}

function print(): void {
  const costs = Object.fromEntries(Object.entries(CALLS).map(([name, { cost }]) => [name, cost]));
  console.log(`\nyardstick: ${yardstick.toFixed(0)} signatures a second; costs: ${JSON.stringify(costs)}\n`);
  console.log('| call | event loop at work in one go, at most | to yardstick | answer, median |');
  console.log('| --- | --- | --- | --- |');
  const inChecks = (ms: number): number => (ms * yardstick) / 1_000;
  for (const { what, workMs, answerMs } of rows) {
    const figures = [`${workMs.toFixed(1)} ms`, `${inChecks(workMs).toFixed(0)} checks`];
    console.log(`| ${what} | ${figures.join(' | ')} | ${answerMs.toFixed(1)} ms |`);
  }
  const long = rows.filter(({ workMs }) => inChecks(workMs) > BAR_CHECKS);
  for (const { what } of long) console.log(`above the bar of ${BAR_CHECKS} checks: ${what}`);
  process.exitCode = long.length === 0 ? 0 : 1;
}
