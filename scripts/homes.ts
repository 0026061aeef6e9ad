/** Makes the homes of a federation on this machine: keys, one genesis that names them all, ports side by side. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chainIdOf, type Genesis, genesisToJson } from '../chain/block/genesis.ts';
import type { Parameters } from '../chain/federation/parameters.ts';
import { defaultParameters } from '../chain/federation/parameters.ts';
import { compareBytes, toHex } from '../core/bytes.ts';
import type { PublicKey32, Seed32, Tokens } from '../core/scalars.ts';
import { publicKeyOf } from '../core/sign.ts';
import { createUnusedMark } from '../node/engine/amnesia/watermark-file.ts';

export type LibraryHome = {
  readonly name: string;
  readonly home: string;
  readonly seed: Seed32;
  readonly key: PublicKey32;
  readonly httpPort: number;
  readonly p2pPort: number;
  readonly trackerPort: number;
  readonly metricsPort: number;
  readonly api: string;
};
export type FederationHomes = {
  readonly genesis: Genesis;
  readonly chainId: string;
  readonly libraries: readonly LibraryHome[];
  readonly billingSeed: Seed32;
};

export type FederationOptions = {
  readonly folder: string;
  readonly count: number;
  /** Library i gets basePort + 10·i for its API, + 1 for its peers, + 2 for its tracker, + 3 for metrics. */
  readonly basePort: number;
  /** Where readers find all of them, or library i. */
  readonly host?: string | ((i: number) => string);
  /** The multiaddr at which the others dial library i, when that is not `host` and its own port. */
  readonly peerAddress?: (i: number, p2pPort: number) => string;
  readonly now: number;
  readonly parameters?: Partial<Parameters>;
  /** Accounts beside billing, which gets 10^15 tokens. */
  readonly accounts?: readonly { readonly key: PublicKey32; readonly tokens: Tokens }[];
  /** How many of the libraries vote; all unless said otherwise. */
  readonly authorities?: number;
  random(length: number): Uint8Array;
};

const NAMES = ['Alexandria', 'Pergamon', 'Timbuktu', 'Nalanda', 'Bologna', 'Salamanca', 'Ghent'];

export function makeFederation(options: FederationOptions): FederationHomes {
  const { folder, count, basePort, random } = options;
  const host = hostsOf(options);
  const peerAddress =
    options.peerAddress ?? ((i: number, p2pPort: number) => `/ip4/${host(i)}/tcp/${p2pPort}`);
  const libraries = Array.from({ length: count }, (_, i): LibraryHome => {
    const seed = random(32);
    return { ...libraryAt(folder, i, basePort, host(i)), seed, key: publicKeyOf(seed) };
  });
  const billingSeed = random(32);
  const billing = publicKeyOf(billingSeed);
  const genesis: Genesis = {
    version: 1,
    name: 'Four Libraries',
    time: options.now,
    accounts: [{ key: billing, tokens: 10n ** 15n }, ...(options.accounts ?? [])],
    members: libraries.map(({ key, name, api, p2pPort, trackerPort }, i) => ({
      key,
      name,
      addresses: [peerAddress(i, p2pPort)],
      tracker: `http://${host(i)}:${trackerPort}`,
      api,
    })),
    authorities: libraries
      .slice(0, options.authorities ?? count)
      .map(({ key }) => key)
      .sort(compareBytes),
    roles: [{ key: billing, role: 'billing' }],
    // One library alone makes a book available, so that a test can look at each by itself.
    parameters: { ...defaultParameters(1), ...options.parameters },
  };
  for (const { home, seed } of libraries) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(join(home, 'genesis.json'), `${JSON.stringify(genesisToJson(genesis), null, 2)}\n`);
    createUnusedMark(join(home, 'signing.mark'));
    writeFileSync(join(home, 'node.key'), `${toHex(seed)}\n`, { mode: 0o600 });
  }
  return { genesis, chainId: toHex(chainIdOf(genesis)), libraries, billingSeed };
}

function hostsOf({ host = '127.0.0.1' }: FederationOptions): (i: number) => string {
  return typeof host === 'string' ? () => host : host;
}

/** Name, home and ports of library i. */
export function libraryAt(
  folder: string,
  i: number,
  basePort: number,
  host: string,
): Omit<LibraryHome, 'seed' | 'key'> {
  const httpPort = basePort + 10 * i;
  return {
    name: NAMES[i] ?? `Library ${i + 1}`,
    home: join(folder, `library-${i + 1}`),
    httpPort,
    p2pPort: httpPort + 1,
    trackerPort: httpPort + 2,
    metricsPort: httpPort + 3,
    api: `http://${host}:${httpPort}`,
  };
}
