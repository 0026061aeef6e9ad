/**
 * How we remember the shape of the house (ARCHITECTURE.md): who may import whom, what is banned below the
 * waterline, no cycles, no barrels, no dead files, no error code without a test. It is a memory, not a fence:
 * when a rule stands in the way of a better house, change it here, in the same commit, and say why.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { CODES } from '../core/codes.ts';

const ROOT = join(import.meta.dirname, '..');

/** folder → the folders that it may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  api: ['core'],
  consensus: ['core'],
  chain: ['core'],
  light: ['core', 'consensus', 'chain'],
  store: ['core'],
  network: ['core'],
  http: ['core'],
  catalogue: ['core'],
  torrent: ['core'],
  archive: ['core', 'torrent'],
  tracker: ['core', 'http', 'torrent'],
  rpc: ['core', 'api', 'chain', 'http'],
  keys: ['core'],
  client: ['core', 'api', 'chain', 'light', 'keys'],
  node: [
    'core',
    'consensus',
    'chain',
    'light',
    'store',
    'network',
    'catalogue',
    'torrent',
    'archive',
    'tracker',
    'rpc',
    'keys',
  ],
  cli: ['core', 'chain', 'client', 'keys', 'node'],
  scripts: [
    'core',
    'api',
    'consensus',
    'chain',
    'light',
    'store',
    'network',
    'catalogue',
    'torrent',
    'archive',
    'tracker',
    'rpc',
    'client',
    'keys',
    'node',
    'cli',
    'test',
  ],
};
/** folder → room → the rooms of the same folder that it may import; '' = the files that stand in the folder itself. */
const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  chain: {
    state: [],
    kind: ['state'],
    federation: ['state', 'kind'],
    accounts: ['state', 'kind', 'federation'],
    files: ['state', 'kind', 'federation', 'accounts'],
    money: ['state', 'kind', 'federation', 'accounts'],
    governance: ['state', 'kind', 'federation', 'accounts', 'files'],
    // kinds.ts and queries.ts: the doors to what is declared and to what is stored.
    '': ['state', 'kind', 'federation', 'accounts', 'files', 'money', 'governance'],
    transaction: ['', 'state', 'kind', 'files', 'money', 'governance'],
    block: ['state', 'kind', 'federation', 'accounts', 'governance', 'transaction'],
  },
  node: {
    process: [],
    desk: ['process'],
    peers: ['process'],
    ledger: ['process', 'peers'],
    mempool: ['process', 'peers', 'ledger'],
    engine: ['process', 'peers', 'ledger', 'mempool'],
    sync: ['process', 'peers', 'ledger', 'mempool', 'engine'],
    content: ['process', 'peers', 'ledger'],
    cards: ['process', 'desk', 'ledger'],
    home: ['process', 'ledger', 'engine', 'sync', 'content'],
    operator: ['process', 'desk', 'peers', 'ledger', 'mempool', 'engine', 'sync', 'home'],
    '': [
      'process',
      'desk',
      'peers',
      'ledger',
      'mempool',
      'engine',
      'sync',
      'content',
      'cards',
      'home',
      'operator',
    ],
  },
  archive: {
    disk: [],
    trackers: [],
    peers: ['trackers'],
    seed: ['', 'disk', 'peers'],
    fetch: ['', 'disk', 'peers', 'seed'],
    '': ['disk', 'fetch', 'seed', 'peers', 'trackers'],
  },
  tracker: {
    pass: [''],
    swarm: ['', 'pass'],
    http: [''],
    '': ['pass', 'swarm', 'http'],
  },
};
/** All that may stand before the rooms of node/: it joins them. */
const BEFORE_THE_ROOMS = ['node/compose.ts', 'node/replica.ts', 'node/run.ts', 'node/serve.ts'];
const PURE = ['core', 'api', 'consensus', 'chain', 'light', 'torrent'];
/** Where `node:` modules may stand in a pure folder. */
const NODE_DOORS = [
  'core/crypto-node.ts', // behind the `#crypto` import, which browsers replace
  'torrent/piece-hasher.ts', // OpenSSL's SHA: a file has 64 GiB. Synchronous, and no I/O.
];
/** Programs and doors that nobody imports. */
const ENTRIES = [
  /^cli\/main\.js$/,
  /^scripts\//,
  /^core\/(crypto|hex)-(node|browser)\.ts$/,
  /^client\/(index|swarm|keys)\.ts$/,
  /^types\//,
];
const BARRELS = ['client/index.ts'];

type File = {
  readonly path: string;
  readonly text: string;
  readonly code: string;
  readonly imports: readonly string[];
};

const sources = read(
  '{core,api,consensus,chain,light,store,network,http,catalogue,torrent,archive,tracker,rpc,client,keys,node,cli,scripts,types}/**/*.ts',
  'cli/main.js',
);
const tests = read('test/**/*.ts');

describe('the house', () => {
  it('imports only downwards', () => {
    const wrong = sources.flatMap((file) =>
      file.imports
        .filter((target) => folderOf(target) !== folderOf(file.path))
        .filter((target) => !(MAY_IMPORT[folderOf(file.path)] ?? []).includes(folderOf(target)))
        .map((target) => `${file.path} → ${target}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('imports only downwards within a folder', () => {
    const wrong = sources.flatMap((file) => {
      const rooms = ROOMS[folderOf(file.path)];
      if (rooms === undefined) return [];
      return file.imports
        .filter((target) => folderOf(target) === folderOf(file.path) && roomOf(target) !== roomOf(file.path))
        .filter((target) => !(rooms[roomOf(file.path)] ?? []).includes(roomOf(target)))
        .map((target) => `${file.path} → ${target}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it('keeps each file of node/ in a room, and its tests in a room of that name', () => {
    const loose = sources
      .map(({ path }) => path)
      .filter((path) => folderOf(path) === 'node' && roomOf(path) === '' && !BEFORE_THE_ROOMS.includes(path));
    const lost = [...sources, ...tests]
      .map(({ path }) => path.replace(/^test\//, ''))
      .filter((path) => folderOf(path) === 'node' && ROOMS.node![roomOf(path)] === undefined);
    expect({ loose, lost }).to.deep.equal({ loose: [], lost: [] });
  });

  it('lets nothing of the tracker know its wires but what puts it together', () => {
    const knowing = sources.filter(
      ({ path, imports }) =>
        folderOf(path) === 'tracker' &&
        roomOf(path) === '' &&
        imports.some((target) => folderOf(target) === 'tracker' && roomOf(target) === 'http'),
    );
    expect(knowing.map(({ path }) => path)).to.deep.equal(['tracker/tracker.ts']);
  });

  it('reads by zod only where forms are declared or read, and in a browser by its small half', () => {
    const wrong = sources
      .filter(({ path, code }) => {
        if (/from 'zod'/.test(code)) return !['node', 'scripts'].includes(folderOf(path));
        return /from 'zod\//.test(code) && !['api', 'rpc', 'client'].includes(folderOf(path));
      })
      .map(({ path }) => path);
    expect(wrong).to.deep.equal([]);
  });

  it('has no import cycles, type-only ones included', () => {
    expect(cycles(sources)).to.deep.equal([]);
  });

  it('lets neither clock, chance, I/O nor async below the waterline', () => {
    const banned = [
      /\bDate\.now\b/,
      /\bnew Date\(/,
      /\bMath\.random\b/,
      /\bsetTimeout\b/,
      /\bsetInterval\b/,
      /\bsetImmediate\b/,
      /\basync\b/,
      /\bawait\b/,
      /\bPromise\b/,
      /\bconsole\./,
      /\bprocess\./,
      /\bcrypto\.getRandomValues\b/,
      /from 'node:/,
    ];
    const wrong = sources
      .filter(
        (file) =>
          PURE.includes(folderOf(file.path)) &&
          !NODE_DOORS.includes(file.path) &&
          file.path !== 'core/ports.ts',
      )
      .flatMap((file) =>
        banned.filter((ban) => ban.test(file.code)).map((ban) => `${file.path}: ${ban.source}`),
      );
    expect(wrong).to.deep.equal([]);
  });

  it('asks nothing below the waterline that a newer runtime may answer otherwise', () => {
    const banned = [
      // Unicode's tables grow with every version.
      /\.normalize\(/,
      /\.trim(Start|End)?\(/,
      /\.to(Locale)?(Lower|Upper)Case\(/,
      /\.localeCompare\(/,
      /\.toLocale\w*\(/,
      /\bIntl\./,
      /\\[pPsS](?![\w])|\\[pP]\{/,
      /\/[dgmsy]*[iuv][dgimsuvy]*(?=[.,;)\s])/,
      // ECMA-262 leaves these to whoever implements them.
      /\bMath\.(a?(sin|cos|tan)h?|atan2|exp|expm1|log|log10|log1p|log2|pow|cbrt|hypot|sqrt)\b/,
      /\bDate\.parse\b/,
    ];
    const wrong = sources
      .filter((file) => PURE.includes(folderOf(file.path)))
      .flatMap((file) => {
        const code = file.code.replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
        return banned.filter((ban) => ban.test(code)).map((ban) => `${file.path}: ${ban.source}`);
      });
    expect(wrong).to.deep.equal([]);
  });

  it('reads the environment in one file', () => {
    const readers = sources.filter(
      (file) => !file.path.startsWith('scripts/') && /\bprocess\.env\b/.test(file.code),
    );
    expect(
      readers.map((file) => file.path).filter((path) => path !== 'node/process/config.ts'),
    ).to.deep.equal([]);
  });

  it('has no barrels, default exports, TODOs, skipped or lonely tests', () => {
    const all = [...sources, ...tests];
    const wrong = all.flatMap((file) => [
      ...(/\/index\.ts$/.test(file.path) && !BARRELS.includes(file.path) ? [`${file.path}: a barrel`] : []),
      ...(/^export default /m.test(file.code) && !file.path.startsWith('types/')
        ? [`${file.path}: default export`]
        : []),
      ...(/\b(TO[D]O|FIX[M]E|XX[X])\b/.test(file.text) ? [`${file.path}: unfinished`] : []),
      ...(/\b(it|describe)\.(only|skip)\(/.test(file.code) ? [`${file.path}: only or skip`] : []),
      ...(/\/(utils|helpers|common|misc)\.ts$/.test(file.path) ? [`${file.path}: says nothing`] : []),
    ]);
    expect(wrong).to.deep.equal([]);
  });

  it('begins every file with what it is', () => {
    const bare = sources
      .filter((file) => !/^(#!.*\n)?\/\*\*|^\/\/ /.test(file.text))
      .map((file) => file.path);
    expect(bare).to.deep.equal([]);
  });

  it('keeps files short enough for one idea', () => {
    // A list of bounds is as long as there are bounds.
    const long = sources.filter((file) => file.text.split('\n').length > 400).map((file) => file.path);
    expect(long).to.deep.equal([]);
  });

  it('has no file that nobody imports', () => {
    const used = new Set([...sources, ...tests].flatMap((file) => file.imports));
    const dead = sources
      .map((file) => file.path)
      .filter((path) => !used.has(path) && !ENTRIES.some((entry) => entry.test(path)));
    expect(dead).to.deep.equal([]);
  });

  it('uses every error code, and tests it under its name', () => {
    const codes = Object.keys(CODES);
    const outside = sources.filter((file) => file.path !== 'core/codes.ts');
    const unused = codes.filter((code) => !outside.some((file) => file.text.includes(`'${code}'`)));
    const untested = codes.filter(
      (code) => !tests.some((file) => titles(file.text).some((title) => title.includes(code))),
    );
    expect({ unused, untested }).to.deep.equal({ unused: [], untested: [] });
  });

  it('fuzzes every shape that is read in node/', () => {
    const formats = tests.find(({ path }) => path === 'test/fuzz/formats.ts')!;
    const unfuzzed = sources
      .filter(({ path }) => folderOf(path) === 'node')
      .flatMap(({ path, code }) =>
        [...code.matchAll(/^export function (decode\w+)/gm)]
          .filter(
            ([, name]) => !formats.imports.includes(path) || !new RegExp(`\\b${name}\\b`).test(formats.code),
          )
          .map(([, name]) => `${path}: ${name}`),
      );
    expect(unfuzzed).to.deep.equal([]);
  });

  it('names no machine, no tool of a workplace and no registry', () => {
    const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
    expect(lock).not.to.match(/"resolved": "https?:/);
    const wrong = [...sources, ...tests]
      .filter((file) => /\/work\/|\/farm\//.test(file.text))
      .map((file) => file.path);
    expect(wrong.filter((path) => path !== 'test/tidy.test.ts')).to.deep.equal([]);
  });
});

function read(...patterns: string[]): File[] {
  return globSync(patterns, { cwd: ROOT })
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const code = withoutComments(text);
      return { path, text, code, imports: importsOf(path, code) };
    });
}

/** Relative imports, as paths from the root. */
function importsOf(path: string, code: string): string[] {
  return [...code.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(([, target]) =>
    relative(ROOT, join(ROOT, dirname(path), target!)),
  );
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

function folderOf(path: string): string {
  return path.split('/')[0]!;
}

/** @returns '' for a file that stands in the folder itself. */
function roomOf(path: string): string {
  const [, room, ...rest] = path.split('/');
  return rest.length > 0 ? room! : '';
}

function titles(text: string): string[] {
  return [...text.matchAll(/\b(?:it|describe)\(\s*(['"`])([\s\S]*?)\1/g)].map(([, , title]) => title!);
}

function cycles(files: readonly File[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const target of byPath.get(path)?.imports ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const file of files) walk(file.path, []);
  return found;
}
