/** A federation on this machine that outlives its processes: made once, found again by the next run. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { chainIdOf } from '../chain/block/genesis.ts';
import { defaultParameters } from '../chain/federation/parameters.ts';
import { hexToBytes, toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { publicKeyOf } from '../core/sign.ts';
import { readHome } from '../node/home/home.ts';
import { type FederationHomes, type FederationOptions, libraryAt, makeFederation } from './homes.ts';

const FILE = 'federation.json';
const saved = z.strictObject({
  count: z.int().min(1).max(limits.authoritiesMax),
  basePort: z.int().min(1).max(65_535),
  host: z.string().min(1),
  billing: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex characters'),
});
type Saved = z.infer<typeof saved>;

/** @throws Error when the folder holds a federation with other ports: its genesis names them. */
export function openFederation(options: Omit<FederationOptions, 'host'>): FederationHomes {
  const path = join(options.folder, FILE);
  if (existsSync(path)) return loadFederation(options.folder, options.basePort);
  checked('no federation can be made so', saved.pick({ count: true, basePort: true }).loose(), options);
  const homes = makeFederation({ ...options, parameters: defaultParameters(options.count) });
  const { count, basePort } = options;
  const host = '127.0.0.1';
  const kept: Saved = { count, basePort, host, billing: toHex(homes.billingSeed) };
  writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  return homes;
}

function loadFederation(folder: string, basePort: number): FederationHomes {
  const { count, host, billing, ...rest } = readSaved(join(folder, FILE));
  if (rest.basePort !== basePort) {
    throw new Error(
      `${folder} holds a federation on base port ${rest.basePort}; use that, or another --folder`,
    );
  }
  const libraries = Array.from({ length: count }, (_, i) => {
    const place = libraryAt(folder, i, basePort, host);
    const { seed } = readHome(place.home);
    return { ...place, seed, key: publicKeyOf(seed) };
  });
  const { genesis } = readHome(libraries[0]!.home);
  return {
    genesis,
    chainId: toHex(chainIdOf(genesis)),
    libraries,
    billingSeed: hexToBytes(billing, 32),
  };
}

/** @throws Error that names the file and the field that is wrong. */
function readSaved(path: string): Saved {
  const text = readFileSync(path, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`);
  }
  return checked(`${path} is not valid`, saved, json);
}

function checked<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${what}: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}
