/**
 * The folder of a library: its key, its copy of the genesis, its database, its catalogue, its archive.
 * Made on first use; afterwards the key and the genesis in it are what counts.
 */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEVELOPMENT_SEEDS, isDevelopmentKey } from '../../chain/block/development.ts';
import { chainIdOf, type Genesis } from '../../chain/block/genesis.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Random } from '../../core/ports.ts';
import { SEED_BYTES, type Seed32, type UnixMs } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { createUnusedMark } from '../engine/amnesia/watermark-file.ts';
import { type Config, DEFAULT_GENESIS, isLoopback } from '../process/config.ts';
import { momentInWords, spanInWords } from '../process/time-words.ts';
import { makeFolder, takeBack } from './folder.ts';
import { keepGenesis, readGenesis, readKeptGenesis, refuseAnotherChain } from './genesis-file.ts';
import { readIfThere, writing } from './text-file.ts';

const MARK = 'signing.mark';

export type Home = {
  readonly folder: string;
  readonly genesis: Genesis;
  readonly seed: Seed32;
  readonly database: string;
  readonly catalogue: string;
  readonly archive: string;
  /** What the key has signed, outside of the database (node/engine/amnesia/watermark.ts). */
  readonly mark: string;
};

/**
 * @throws Fault("config.invalid") when a file in it cannot be read, or when well-known development keys would
 * face anybody but this machine; Fault("genesis.to-come") when the ledger would have to wait for its beginning.
 */
export function openHome(config: Config, random: Random, now: UnixMs): Home {
  const folder = config.home;
  makeFolder(folder);
  const kept = join(folder, 'genesis.json');
  const isNew = !existsSync(kept);
  const genesis = ownGenesis(kept, config.genesis);
  refuseOtherThanNamed(config, genesis);
  const database = join(folder, 'chain');
  // A ledger that has begun goes on with a clock that is slow: it says so, and serves what it has.
  if (!existsSync(database)) refuseGenesisToCome(genesis, now);
  const path = join(folder, 'node.key');
  const mark = join(folder, MARK);
  const seed = readSeed(path);
  refuseDevelopmentKeys(config, genesis, seed);
  // Nothing is written before: what stands in a home wins over what the next start is told.
  if (isNew) keepGenesis(kept, genesis);
  return {
    folder,
    genesis,
    seed: seed ?? orTakeBack(isNew && kept, () => makeSeed(path, mark, genesis, random)),
    database,
    catalogue: join(folder, 'catalogue.sqlite'),
    archive: join(folder, 'archive'),
    mark,
  };
}

/** Of a home that is there already. @throws Fault("config.invalid") when its genesis or its key is not. */
export function readHome(folder: string): Pick<Home, 'genesis' | 'seed'> {
  const genesis = readKeptGenesis(join(folder, 'genesis.json'));
  const path = join(folder, 'node.key');
  const seed = readSeed(path);
  if (seed === undefined) throw new Fault('config.invalid', `there is no key at ${path}`);
  return { genesis, seed };
}

/** A key for a home without one, that has signed nothing. @throws Fault("config.invalid") when there is one. */
export function createKey(folder: string, seed: Seed32): void {
  const made = makeFolder(folder);
  const path = join(folder, 'node.key');
  try {
    if (readIfThere(path) !== undefined) throw new Fault('config.invalid', `there is a key already: ${path}`);
    writeKey(path, join(folder, MARK), seed);
  } catch (error) {
    takeBack(made);
    throw error;
  }
}

/** The mark first: a key without one would count as one that may have signed. Both, or neither. */
function writeKey(path: string, mark: string, seed: Seed32): void {
  writing(mark, () => createUnusedMark(mark));
  orTakeBack(mark, () =>
    writing(path, () => writeFileSync(path, `${toHex(seed)}\n`, { mode: 0o600, flag: 'wx', flush: true })),
  );
}

/** @param made - a file that is of no use, and in the way of the next attempt, when what comes next fails. */
function orTakeBack<T>(made: string | false, next: () => T): T {
  try {
    return next();
  } catch (error) {
    if (made !== false) rmSync(made, { force: true });
    throw error;
  }
}

/** What stands in the home counts; what is named serves a home that has none yet. */
function ownGenesis(own: string, named: string): Genesis {
  return existsSync(own) ? readKeptGenesis(own) : readGenesis(named);
}

/** Whoever names a genesis means its chain. A file that has gone since the first start says nothing. */
function refuseOtherThanNamed({ genesis: named, home }: Config, genesis: Genesis): void {
  if (named === DEFAULT_GENESIS || !isFileThere(named)) return; // a pipe gives what it has once
  refuseAnotherChain(readGenesis(named), named, home, toHex(chainIdOf(genesis)));
}

/** Nothing would happen before its time: no block may lie ahead of the clocks. */
function refuseGenesisToCome({ time }: Genesis, now: UnixMs): void {
  if (time - now <= limits.genesisAheadMsMax) return;
  const [ahead, most] = [time - now, limits.genesisAheadMsMax].map(spanInWords);
  throw new Fault(
    'genesis.to-come',
    `the field "time" of the genesis is ${ahead} ahead of this clock, ${momentInWords(time, now)}; ` +
      `at most ${most} is allowed: set this clock right, or found the federation with the present time`,
  );
}

/**
 * A new library gets a random key; the development genesis gets the well-known one that it is made for. A key that
 * is made here has signed nothing yet; of one that was put here, nobody knows.
 */
function makeSeed(path: string, mark: string, genesis: Genesis, random: Random): Seed32 {
  const seed = isDevelopment(genesis) ? DEVELOPMENT_SEEDS.node : random.bytes(SEED_BYTES);
  writeKey(path, mark, seed);
  return seed;
}

function readSeed(path: string): Seed32 | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const seed = fromHex(text.trim(), SEED_BYTES);
  if (seed === undefined) throw new Fault('config.invalid', `${path} does not hold a key: 64 hex characters`);
  return seed;
}

function refuseDevelopmentKeys(config: Config, genesis: Genesis, seed: Seed32 | undefined): void {
  if (isLoopback(config.host)) return;
  if ((seed && isDevelopmentKey(publicKeyOf(seed))) || isDevelopment(genesis)) {
    throw new Fault(
      'config.invalid',
      `the keys of this library are the well-known development keys: anybody could use them, so it does not listen on ${config.host}`,
    );
  }
}

function isDevelopment(genesis: Genesis): boolean {
  const keys = [...genesis.authorities, ...genesis.members, ...genesis.accounts, ...genesis.roles];
  return keys.some((item) => isDevelopmentKey(item instanceof Uint8Array ? item : item.key));
}

function isFileThere(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // then nobody can read it either
  }
}
