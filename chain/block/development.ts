/**
 * The federation that `npm start` makes when nobody has said otherwise: one library, whose secrets everybody can
 * derive. It must never carry anything of worth; `isDevelopmentKey` lets the node say so. genesis.json at the root is
 * this, written out.
 */
import { equalBytes, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { PublicKey32, Seed32 } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { defaultParameters } from '../federation/parameters.ts';
import type { Genesis } from './genesis.ts';

/** The secrets that are none. */
export const DEVELOPMENT_SEEDS: { readonly [name in 'node' | 'billing' | 'reader']: Seed32 } = {
  node: sha256(utf8('digitallib development node')),
  billing: sha256(utf8('digitallib development billing')),
  reader: sha256(utf8('digitallib development reader')),
};

/** 20 GB: so that whoever tries it can read at once. All else is as document 1 has it. */
const CARDS_PER_DAY = 20_000_000_000;

/** 2025-01-01T00:00:00Z. */
const FIRST_OF_2025 = 1_735_689_600_000;

const DEVELOPMENT_KEYS = {
  node: publicKeyOf(DEVELOPMENT_SEEDS.node),
  billing: publicKeyOf(DEVELOPMENT_SEEDS.billing),
  reader: publicKeyOf(DEVELOPMENT_SEEDS.reader),
};

/** Is the secret of this key public knowledge? */
export function isDevelopmentKey(publicKey: PublicKey32): boolean {
  return Object.values(DEVELOPMENT_KEYS).some((key) => equalBytes(key, publicKey));
}

/** What genesis.json says. */
export function developmentGenesis(): Genesis {
  const { node, billing, reader } = DEVELOPMENT_KEYS;
  return {
    version: 1,
    name: 'DigitalLib Development',
    time: FIRST_OF_2025,
    accounts: [
      { key: billing, tokens: 10n ** 15n },
      { key: reader, tokens: 10n ** 12n },
    ],
    members: [
      {
        key: node,
        name: 'Development Library',
        addresses: ['/ip4/127.0.0.1/tcp/4645'],
        tracker: 'http://127.0.0.1:6969',
        api: 'http://127.0.0.1:8645',
      },
    ],
    authorities: [node],
    roles: [{ key: billing, role: 'billing' }],
    parameters: { ...defaultParameters(1), cardBytesPerNodePerDay: CARDS_PER_DAY },
  };
}
