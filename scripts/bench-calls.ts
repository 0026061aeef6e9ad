/**
 * `npm run bench-calls`: what each call of the API costs at worst, on an index of 1,000,000 files: how long the event
 * loop of a real library works in one go, and how long the answer takes. Then the lists of the ledger at their full
 * length, made here. The figures stand in docs/calls.md. `--files N` changes the size.
 * Ends with an error when any of them holds the loop for longer than the bar.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createWallet } from '../client/wallet.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { systemRandom } from '../node/random.ts';
import type { RpcContext } from '../rpc/context.ts';
import { COSTS } from '../rpc/costs.ts';
import { members } from '../rpc/verbs/members.ts';
import { proposals } from '../rpc/verbs/proposals.ts';
import { openLevelStore } from '../store/level.ts';
import { numbered, writeLargeState } from './bench/large-state.ts';
import { lagAt } from './bench/loop-lag.ts';
import { worstLists } from './bench/worst-lists.ts';
import { median, verificationsPerSecond } from './bench/yardstick.ts';
import { freeBasePort } from './free-port.ts';
import { type LibraryHome, makeFederation } from './homes.ts';
import { LibraryProcess } from './processes.ts';

const { values } = parseArgs({ options: { files: { type: 'string', default: '1000000' } } });
const files = Number(values.files);
const ROUNDS = 8;
/** 20 ms of a machine that verifies 17,000 signatures in a second on one core. */
const BAR_CHECKS = 340;

type Row = { readonly what: string; readonly workMs: number; readonly answerMs: number };
const rows: Row[] = [];
const yardstick = verificationsPerSecond();
const folder = mkdtempSync(join(tmpdir(), 'digitallib-calls-'));
let library: LibraryProcess | undefined;
const height = 20_000;
try {
  const { genesis, libraries, chainId } = makeFederation({
    folder,
    count: 1,
    basePort: await freeBasePort(1),
    now: Date.now() - 10 * height,
    random: (length) => systemRandom.bytes(length),
  });
  const [home] = libraries;
  const store = openLevelStore(join(home!.home, 'chain'));
  await store.start();
  await writeLargeState(store, genesis, [home!.seed], { accounts: 1_000, files, height });
  await store.stop();
  const from = performance.now();
  library = new LibraryProcess(home!);
  await library.ready();
  console.log(
    `${files} files are indexed and served after ${((performance.now() - from) / 1_000).toFixed(0)} s`,
  );
  await measureCalls(home!, chainId);
} finally {
  await library?.stop();
  rmSync(folder, { recursive: true, force: true });
}
measureLists();
print();

async function measureCalls({ api, metricsPort }: LibraryHome, chain: string): Promise<void> {
  const stranger = createWallet(systemRandom.bytes(32));
  const hash = toHex(numbered('file', files - 1));
  const signed = { hash, public_key: stranger.publicKey };
  const soon = Math.floor(Date.now() / 1_000) + 3_600;
  const search = (query: string, more = {}) => ({ query, limit: limits.searchResultsMax, ...more });
  const everyWord = 'volume of the collected works pdf 1 2 3 4 5 6 7 8 9 0';
  const calls: readonly (readonly [string, string, object])[] = [
    ['status', 'status', {}],
    ['account', 'account', { public_key: toHex(numbered('reader', 7)) }],
    ['file', 'file', { hash }],
    ['members', 'members', {}],
    ['proposals', 'proposals', {}],
    ['evidence', 'evidence', {}],
    ['inclusion', 'inclusion', { transaction: hash, height }],
    ['register', 'register', { public_key: stranger.publicKey }],
    ['download', 'download', { ...signed, signed_hash: stranger.signDownload(chain, hash) }],
    ['upload', 'upload', { ...signed, signed_hash: stranger.signUpload(chain, hash) }],
    ['fetch', 'fetch', { ...signed, expires: soon, signed_hash: stranger.signFetch(chain, hash, soon) }],
    [
      'upload-state',
      'upload-state',
      { ...signed, expires: soon, signed_hash: stranger.signFetch(chain, hash, soon) },
    ],
    ['submit', 'submit', { transaction: Buffer.alloc(limits.transactionBytesMax, 0x9f).toString('base64') }],
    ['search, one word that all have', 'search', search('volume')],
    ['search, all words of all files', 'search', search('volume of the collected works pdf')],
    ['search, a beginning of one letter', 'search', search('w')],
    ['search, words that never meet', 'search', search('volume 1 2')],
    ['search, sixteen of them', 'search', search(everyWord)],
    ['search, newest first', 'search', search('')],
  ];
  await measure('a body of 256 KiB of fields', () => fetch(`${api}/api/file`, post(manyFields())));
  for (const [what, path, body] of calls) {
    await measure(what, () => fetch(`${api}/api/${path}`, post(JSON.stringify(body))));
  }
  const batch = Array.from({ length: 20 }, (_, id) => {
    return { jsonrpc: '2.0', id, method: 'library_v1_search', params: search(everyWord) };
  });
  await measure('a batch of twenty searches', () => fetch(`${api}/rpc`, post(JSON.stringify(batch))));

  async function measure(what: string, ask: () => Promise<Response>): Promise<void> {
    await (await ask()).arrayBuffer(); // warm
    await lagAt([metricsPort]);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const from = performance.now();
      const answer = await ask();
      await answer.arrayBuffer();
      times.push(performance.now() - from);
      if (answer.status === 429)
        throw new Error('this machine is too fast for the budget: wait between calls');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    rows.push({ what, workMs: (await lagAt([metricsPort])).workMaxMs, answerMs: median(times) });
  }
}

/** Their own work, without HTTP. */
function measureLists(): void {
  const view = worstLists();
  const ledger = { view: () => view, head: () => ({ epoch: 0 }) };
  const context = { ports: { ledger, clock: { now: () => 0 } } } as unknown as RpcContext;
  for (const [what, run] of [
    ['members, 300 with eight addresses', () => JSON.stringify(members(context))],
    ['proposals, 100 with thirty approvals', () => JSON.stringify(proposals(context))],
  ] as const) {
    const times = Array.from({ length: ROUNDS }, () => {
      const from = performance.now();
      run();
      return performance.now() - from;
    });
    rows.push({ what, workMs: Math.max(...times.slice(1)), answerMs: median(times) });
  }
}

function manyFields(): string {
  let text = '{';
  for (let i = 0; text.length < limits.bodyBytesMax - 20; i++) text += `"${i.toString(36)}":1,`;
  return `${text.slice(0, -1)}}`;
}

function post(body: string): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

function print(): void {
  console.log(`\nyardstick: ${yardstick.toFixed(0)} signatures a second; costs: ${JSON.stringify(COSTS)}\n`);
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
