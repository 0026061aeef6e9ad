/**
 * The folder of a library: its key, its copy of the genesis, its database, its catalogue, its archive.
 * Made on first use; afterwards the key and the genesis in it are what counts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEVELOPMENT_SEEDS, isDevelopmentKey } from '../chain/development.ts';
import { type Genesis, genesisToJson } from '../chain/genesis.ts';
import { parseGenesis } from '../chain/genesis-json.ts';
import { fromHex, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import type { Random } from '../core/ports.ts';
import { SEED_BYTES, type Seed32 } from '../core/scalars.ts';
import { publicKeyOf } from '../core/sign.ts';
import { type Config, isLoopback } from './config.ts';
import { createUnusedMark } from './watermark-file.ts';

export type Home = {
  readonly folder: string;
  readonly genesis: Genesis;
  readonly seed: Seed32;
  readonly database: string;
  readonly catalogue: string;
  readonly archive: string;
  /** What the key has signed, outside of the database (node/watermark.ts). */
  readonly mark: string;
};

/**
 * @throws Fault("config.invalid") when a file in it cannot be read, or when well-known development keys would
 * face anybody but this machine.
 */
export function openHome(config: Config, random: Random): Home {
  const folder = config.home;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const genesis = readGenesis(join(folder, 'genesis.json'), config.genesis);
  const mark = join(folder, 'signing.mark');
  const seed = readSeed(join(folder, 'node.key'), mark, genesis, random);
  refuseDevelopmentKeys(config, genesis, seed);
  return {
    folder,
    genesis,
    seed,
    database: join(folder, 'chain'),
    catalogue: join(folder, 'catalogue.sqlite'),
    archive: join(folder, 'archive'),
    mark,
  };
}

function readGenesis(own: string, given: string): Genesis {
  const text = readIfThere(own) ?? readIfThere(given);
  if (text === undefined) throw new Fault('config.invalid', `there is no genesis at ${given}`);
  const genesis = parseGenesis(parseJson(text, given));
  if (genesis.kind !== 'accept') {
    const why = genesis.kind === 'reject' ? genesis.detail : undefined;
    throw new Fault('config.invalid', `the genesis at ${given} is not valid: ${why ?? genesis.code}`);
  }
  if (readIfThere(own) === undefined) {
    writeFileSync(own, `${JSON.stringify(genesisToJson(genesis.value), null, 2)}\n`);
  }
  return genesis.value;
}

/**
 * A new library gets a random key; the development genesis gets the well-known one that it is made for. A key that
 * is made here has signed nothing yet; of one that was put here, nobody knows.
 */
function readSeed(path: string, mark: string, genesis: Genesis, random: Random): Seed32 {
  const text = readIfThere(path);
  if (text === undefined) {
    const seed = isDevelopment(genesis) ? DEVELOPMENT_SEEDS.node : random.bytes(SEED_BYTES);
    createUnusedMark(mark);
    writeFileSync(path, `${toHex(seed)}\n`, { mode: 0o600, flag: 'wx' });
    return seed;
  }
  const seed = fromHex(text.trim(), SEED_BYTES);
  if (seed === undefined) throw new Fault('config.invalid', `${path} does not hold a key: 64 hex characters`);
  return seed;
}

function refuseDevelopmentKeys(config: Config, genesis: Genesis, seed: Seed32): void {
  if (isLoopback(config.host)) return;
  if (isDevelopmentKey(publicKeyOf(seed)) || isDevelopment(genesis)) {
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

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('config.invalid', `${path} cannot be read`, { cause: error });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('config.invalid', `${path} is not JSON`, { cause: error });
  }
}
