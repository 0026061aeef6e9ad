/**
 * What each library may choose for itself. The only reader of the environment; flags win over it, both win over
 * the defaults, which stand here once. What all libraries must share is in the genesis, and neither reads the other.
 */
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { MemberAddress } from '../../core/ports.ts';
import { type Checkpoint, parseCheckpoint } from '../../light/checkpoint.ts';
import { parsePeerAddress } from '../../network/multiaddrs.ts';
import type { LogLevel } from './log.ts';

export type Config = {
  /** Everything that this node keeps. */
  readonly home: string;
  /** Path of the genesis; the home's own copy wins once there is one, and one that is named must be of the same chain. */
  readonly genesis: string;
  /** Address to listen on, for all three ports. */
  readonly host: string;
  readonly httpPort: number;
  readonly p2pPort: number;
  readonly trackerPort: number;
  /** Where readers reach our tracker, when that is not `http://host:port` (behind a proxy). */
  readonly trackerUrl: string | undefined;
  /** Proxies in front of API and tracker that append to X-Forwarded-For. */
  readonly trustedProxies: number;
  /** Names by which browsers may ask, beside addresses, localhost and those of the own entry. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages that may register keys and read without a signature, beside those of members; "*": all. */
  readonly allowedOrigins: readonly string[];
  /** On 127.0.0.1; undefined: the usual one, or any when that is taken. */
  readonly metricsPort: number | undefined;
  readonly torrentPort: number;
  readonly archiveBytesMax: number;
  /** Also fetch available files that other libraries hold. */
  readonly replicate: boolean;
  /** Who may have a key registered here. */
  readonly registration: 'open' | 'code' | 'closed';
  /** Does a librarian look at an upload before this library sponsors or attests it? */
  readonly review: 'auto' | 'manual';
  /** To whom this library lends cards; undefined: by its federation (node/cards/open.ts). */
  readonly cards: 'off' | 'desk' | 'open' | undefined;
  /** Of a card from the desk: bytes a day, and how many gather. */
  readonly cardAllowance: number;
  readonly cardCeiling: number;
  /** Of what it may lend, how much goes to whoever comes. */
  readonly cardOpenPercent: number;
  /** Refuse signed requests that never expire. */
  readonly requireExpires: boolean;
  readonly deltaMs: number;
  /** How many blocks long old states stay provable. */
  readonly statesKept: number;
  /** How many blocks are kept; undefined: every one that was ever here. */
  readonly blocksKept: number | undefined;
  /** Peers to begin with, beside the members that the ledger knows. */
  readonly peers: readonly MemberAddress[];
  /** May a library that is far behind fetch a state instead of every block? */
  readonly join: 'snapshot' | 'blocks';
  /** Sign although this node does not know what its key has signed (docs/decisions/amnesia.md). */
  readonly signAfterAmnesia: boolean;
  /** What the operator has heard from a person: another block at this height is refused. */
  readonly checkpoint: Checkpoint | undefined;
  readonly logLevel: LogLevel;
};

/** flag → what it is; the environment variable is DIGITALLIB_ and the same in capitals. */
export const OPTIONS = {
  home: 'folder of this library',
  genesis: 'genesis of the federation (JSON), for a home that has none yet',
  host: 'IP address to listen on',
  'http-port': 'port of the API',
  'p2p-port': 'port for the other libraries',
  'tracker-port': 'port of the BitTorrent tracker',
  'tracker-url': 'where readers reach the tracker, if not at its port',
  'trusted-proxies': 'number of proxies in front of API and tracker',
  'allowed-hosts': 'names by which API and tracker may be asked, between commas',
  'allowed-origins': 'pages that may use the API without a signature: origins between commas, or "*"',
  'metrics-port': 'port of the metrics on 127.0.0.1 (8648, or a free one when that is taken)',
  'torrent-port': 'port of the archive (0 = any)',
  'archive-bytes-max': 'how much the archive may hold',
  replicate: 'fetch the files of the other libraries, too (true or false)',
  registration: 'who may register a key: open (anybody, within quotas), code (see reader-codes) or closed',
  review: 'auto, or manual: a librarian looks at every upload before this library gives its word for it',
  cards:
    'who is lent a card: nobody (off), whom a librarian gives one (desk), or also whoever registers (open); desk when it is left out, and open with the development keys',
  'card-allowance': 'bytes a day of a card from the desk; who comes without a librarian has a quarter',
  'card-ceiling': 'bytes that gather on such a card at most (default 50 times the allowance)',
  'card-open-percent': 'how much of what this library may lend goes to whoever comes',
  'require-expires': 'refuse signed requests that never expire (true or false)',
  'delta-ms': 'how long a message to another library may take',
  'states-kept': 'how many old states stay provable',
  'blocks-kept': 'how many blocks are kept, or "all"',
  peers: 'other libraries to begin with: multiaddrs with /p2p/…, between commas',
  join: 'when far behind, fetch a state (snapshot) or every block (blocks)',
  'sign-after-amnesia':
    'sign although this node has forgotten what it signed: see docs/operations.md (true or false)',
  checkpoint: '<height>:<hash> of a final block, as another operator has said: no other is believed',
  'log-level': 'debug, info, warn, error or silent',
} as const;
export type OptionName = keyof typeof OPTIONS;

/** Of the development chain: for a first look. */
export const DEFAULT_GENESIS = join(import.meta.dirname, '..', '..', 'genesis.json');

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const bytes = z
  .string()
  .regex(/^[0-9]+$/, 'not a whole number of bytes, such as 20000000')
  .transform(Number)
  .pipe(z.number().min(1).max(Number.MAX_SAFE_INTEGER));
/** So many days gather on a card where nobody says how many bytes. */
const CEILING_DAYS = 50;

const schema = z.strictObject({
  home: z.string().min(1).default('.digitallib'),
  genesis: z.string().min(1).default(DEFAULT_GENESIS),
  host: z.string().transform(parseHost).default('127.0.0.1'),
  'http-port': port.default(8645),
  'p2p-port': port.default(4645),
  'tracker-port': port.default(6969),
  'tracker-url': z.url({ protocol: /^https?$/ }).optional(),
  'trusted-proxies': z.coerce.number().int().min(0).max(8).default(0),
  'allowed-hosts': z.string().transform(parseHosts).default([]),
  'allowed-origins': z.string().transform(parseOrigins).default([]),
  'metrics-port': port.optional(),
  'torrent-port': port.default(0),
  'archive-bytes-max': z.coerce.number().int().min(1).default(limits.uploadBytesMax),
  replicate: flag.default(false),
  registration: z.enum(['open', 'code', 'closed']).default('open'),
  review: z.enum(['auto', 'manual']).default('auto'),
  cards: z.enum(['off', 'desk', 'open']).optional(),
  'card-allowance': bytes.default(20_000_000),
  'card-ceiling': bytes.optional(),
  'card-open-percent': z
    .string()
    .regex(/^[0-9]{1,3}$/, 'not a whole number of percent')
    .transform(Number)
    .pipe(z.number().max(100))
    .default(20),
  'require-expires': flag.default(false),
  'delta-ms': z.coerce.number().int().min(10).max(limits.timeoutMsMax).default(500),
  'states-kept': z.coerce.number().int().min(1).default(1_024),
  'blocks-kept': z
    .union([z.literal('all'), z.coerce.number().int().min(limits.blocksKeptMin)])
    .default('all'),
  peers: z.string().transform(parsePeers).default([]),
  join: z.enum(['snapshot', 'blocks']).default('snapshot'),
  'sign-after-amnesia': flag.default(false),
  checkpoint: z.string().transform(parseCheckpointText).optional(),
  'log-level': z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn'),
});

/** For people: what it is, and what stands for it when nobody says anything. */
export function describeOption(name: OptionName): string {
  const fallback: unknown = schema.shape[name].parse(undefined);
  return fallback === undefined || String(fallback) === ''
    ? OPTIONS[name]
    : `${OPTIONS[name]} (default ${fallback})`;
}

/**
 * @param flags - from the command line, without those that were not given.
 * @throws Fault("config.invalid") that names the option and what is wrong with it.
 */
export function readConfig(
  flags: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const parsed = schema.safeParse({ ...fromEnvironment(environment), ...flags });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Fault('config.invalid', `--${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'not valid'}`);
  }
  const { data } = parsed;
  return {
    home: resolve(data.home),
    genesis: resolve(data.genesis),
    host: data.host,
    httpPort: data['http-port'],
    p2pPort: data['p2p-port'],
    trackerPort: data['tracker-port'],
    trackerUrl: data['tracker-url'],
    trustedProxies: data['trusted-proxies'],
    allowedHosts: data['allowed-hosts'],
    allowedOrigins: data['allowed-origins'],
    metricsPort: data['metrics-port'],
    torrentPort: data['torrent-port'],
    archiveBytesMax: data['archive-bytes-max'],
    replicate: data.replicate,
    registration: data.registration,
    review: data.review,
    cards: data.cards,
    cardAllowance: data['card-allowance'],
    cardCeiling:
      data['card-ceiling'] ?? Math.min(CEILING_DAYS * data['card-allowance'], Number.MAX_SAFE_INTEGER),
    cardOpenPercent: data['card-open-percent'],
    requireExpires: data['require-expires'],
    deltaMs: data['delta-ms'],
    statesKept: data['states-kept'],
    blocksKept: data['blocks-kept'] === 'all' ? undefined : data['blocks-kept'],
    peers: data.peers,
    join: data.join,
    signAfterAmnesia: data['sign-after-amnesia'],
    checkpoint: data.checkpoint,
    logLevel: data['log-level'],
  };
}

function parsePeers(text: string, context: z.RefinementCtx): readonly MemberAddress[] {
  return text.split(',').flatMap((address) => {
    const peer = parsePeerAddress(address.trim());
    if (peer === undefined) {
      context.addIssue({ code: 'custom', message: `not a multiaddr with /p2p/…: ${address}` });
    }
    return peer ?? [];
  });
}

/** All three ports listen there, and the one for other libraries knows no names. */
function parseHost(text: string, context: z.RefinementCtx): string {
  const host = text === 'localhost' ? '127.0.0.1' : text;
  if (isIP(host) === 0) {
    const want = 'an IP address of this machine, such as 127.0.0.1, 0.0.0.0 (all of IPv4) or :: (all)';
    context.addIssue({ code: 'custom', message: `not ${want}: ${text}` });
  }
  return host;
}

function parseHosts(text: string, context: z.RefinementCtx): readonly string[] {
  const hosts = text.split(',').map((host) => host.trim().toLowerCase());
  for (const host of hosts) {
    if (/^[a-z0-9._-]+$/.test(host)) continue;
    context.addIssue({ code: 'custom', message: `not a name of a host, without scheme and port: ${host}` });
  }
  return hosts;
}

function parseOrigins(text: string, context: z.RefinementCtx): readonly string[] {
  const origins = text.split(',').map((origin) => origin.trim());
  for (const origin of origins) {
    if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) continue;
    context.addIssue({ code: 'custom', message: `not an origin such as https://example.org: ${origin}` });
  }
  return origins;
}

function parseCheckpointText(text: string, context: z.RefinementCtx): Checkpoint | undefined {
  const checkpoint = parseCheckpoint(text.trim());
  if (checkpoint === undefined) {
    context.addIssue({ code: 'custom', message: `not <height>:<64 hex digits>: ${text}` });
  }
  return checkpoint;
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of Object.keys(OPTIONS)) {
    const value = environment[`DIGITALLIB_${name.replaceAll('-', '_').toUpperCase()}`];
    if (value !== undefined && value !== '') found[name] = value;
  }
  return found;
}

/** May anybody but this machine reach this address? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** An address as it stands in a URL (RFC 3986: IPv6 in brackets). */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
