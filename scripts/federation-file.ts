/** A federation on this machine that outlives its processes: made once, found again by the next run. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chainIdOf } from '../chain/genesis.ts';
import { parseGenesis } from '../chain/genesis-json.ts';
import { defaultParameters } from '../chain/parameters.ts';
import { hexToBytes, toHex } from '../core/bytes.ts';
import { publicKeyOf } from '../core/sign.ts';
import { type FederationHomes, type FederationOptions, libraryAt, makeFederation } from './homes.ts';

const FILE = 'federation.json';
type Saved = {
  readonly count: number;
  readonly basePort: number;
  readonly host: string;
  readonly billing: string;
};

/** @throws Error when the folder holds a federation with other ports: its genesis names them. */
export function openFederation(options: Omit<FederationOptions, 'host'>): FederationHomes {
  const path = join(options.folder, FILE);
  if (existsSync(path)) return loadFederation(options.folder, options.basePort);
  const homes = makeFederation({ ...options, parameters: defaultParameters(options.count) });
  const { count, basePort } = options;
  const host = '127.0.0.1';
  const saved: Saved = { count, basePort, host, billing: toHex(homes.billingSeed) };
  writeFileSync(path, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
  return homes;
}

function loadFederation(folder: string, basePort: number): FederationHomes {
  const saved = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Saved;
  if (saved.basePort !== basePort) {
    throw new Error(
      `${folder} holds a federation on base port ${saved.basePort}; use that, or another --folder`,
    );
  }
  const libraries = Array.from({ length: saved.count }, (_, i) => {
    const place = libraryAt(folder, i, saved.basePort, saved.host);
    const seed = hexToBytes(readFileSync(join(place.home, 'node.key'), 'utf8').trim(), 32);
    return { ...place, seed, key: publicKeyOf(seed) };
  });
  const genesis = parseGenesis(JSON.parse(readFileSync(join(libraries[0]!.home, 'genesis.json'), 'utf8')));
  if (genesis.kind !== 'accept') throw new Error(`the genesis in ${folder} is not valid`);
  const chainId = toHex(chainIdOf(genesis.value));
  return { genesis: genesis.value, chainId, libraries, billingSeed: hexToBytes(saved.billing, 32) };
}
