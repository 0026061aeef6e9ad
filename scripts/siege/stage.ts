/**
 * The four libraries of the siege: real processes that begin with a ledger and a catalogue of very many files, which
 * is made once and copied into each home, and run what `npm start` runs.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../client/client.ts';
import { equalBytes } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { rebuildCatalogue } from '../../node/home/rebuild-catalogue.ts';
import { openLevelStore } from '../../store/level.ts';
import { writeLargeState } from '../bench/large-state.ts';
import { freeBasePort } from '../free-port.ts';
import { type FederationHomes, makeFederation } from '../homes.ts';
import { LibraryProcess } from '../processes.ts';
import type { Field } from './field.ts';

const LIBRARIES = 4;
const TOKENS_EACH = 10n ** 10n;
/** Beside the readers'. */
const ACCOUNTS = 10_000;
/** Of the last block of the ledger that was made. */
const HEIGHT = 1_000;
const HOST = '127.0.0.1';
/** Of the ten ports of a library nobody uses this one. */
const TORRENT_PORT = 6;
const SAME = ['chain', 'catalogue.sqlite'];
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const ASK_EVERY_MS = 200;
const AGREE_MS = 60_000;

export type Stage = {
  readonly field: Field;
  readonly homes: FederationHomes;
  readonly processes: readonly LibraryProcess[];
  /** Until all have the same last block. @returns what is wrong after a minute. */
  agree(): Promise<string | undefined>;
  stop(): Promise<void>;
};

export type StageOptions = {
  readonly folder: string;
  readonly files: number;
  /** Of readers who have tokens. */
  readonly seeds: readonly Uint8Array[];
};

export async function openStage({ folder, files, seeds }: StageOptions): Promise<Stage> {
  mkdirSync(folder, { recursive: true });
  const homes = makeFederation({
    folder,
    count: LIBRARIES,
    basePort: await freeBasePort(LIBRARIES),
    now: Date.now() - 10 * HEIGHT,
    parameters: { attestations: 2 },
    accounts: seeds.map((seed) => ({ key: publicKeyOf(seed), tokens: TOKENS_EACH })),
    random: (length) => new Uint8Array(randomBytes(length)),
  });
  const from = performance.now();
  const say = (what: string): void =>
    console.log(`  ${what} after ${((performance.now() - from) / 1_000).toFixed(0)} s`);
  await makeLedger(homes, files);
  say(`a ledger and a catalogue of ${files} files are made`);
  const processes = homes.libraries.map(
    (library) => new LibraryProcess(library, ['--torrent-port', String(library.httpPort + TORRENT_PORT)]),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((one) => one.stop()));
  };
  const field: Field = {
    chainId: homes.chainId,
    files,
    libraries: homes.libraries.map(({ name, api, httpPort, trackerPort, metricsPort }) => ({
      name,
      host: HOST,
      api,
      httpPort,
      trackerPort,
      torrentPort: httpPort + TORRENT_PORT,
      metricsPort,
    })),
  };
  try {
    await Promise.all(processes.map((one) => one.ready()));
    say('four libraries are ready');
  } catch (error) {
    await stop();
    throw error;
  }
  return { field, homes, processes, agree: () => agree(field), stop };
}

async function makeLedger({ genesis, libraries }: FederationHomes, files: number): Promise<void> {
  const [first, ...others] = libraries;
  const seeds = genesis.authorities.map((key) => libraries.find((one) => equalBytes(one.key, key))!.seed);
  const store = openLevelStore(join(first!.home, 'chain'));
  await store.start();
  await writeLargeState(store, genesis, seeds, { accounts: ACCOUNTS, files, height: HEIGHT });
  await store.stop();
  await rebuildCatalogue(first!.home, SILENT);
  for (const { home } of others) {
    for (const name of SAME) cpSync(join(first!.home, name), join(home, name), { recursive: true });
  }
}

async function agree({ libraries }: Field): Promise<string | undefined> {
  const until = Date.now() + AGREE_MS;
  for (;;) {
    const all = await Promise.all(
      libraries.map(({ api }) =>
        createClient({ url: api })
          .status()
          .catch(() => undefined),
      ),
    );
    if (all.every((status) => status !== undefined && status.hash === all[0]?.hash)) return undefined;
    if (Date.now() > until)
      return `the libraries end at ${all.map((status) => status?.height ?? 'no answer').join(', ')}`;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
