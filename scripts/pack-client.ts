/**
 * `npm run pack-client -- --out DIR`: the SDK as the npm package `digitallib-client`, ready to be published from DIR. The same
 * sources give the same bytes. A door of the package is a file of client/ (DOORS); what none of them reaches is left out.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
/** Entry of the package → its source. */
const DOORS: Readonly<Record<string, string>> = {
  '.': 'client/index.ts',
  './verify': 'client/verify.ts',
  './keys': 'client/keys.ts',
  './swarm': 'client/swarm.ts',
};
/** Loaded where it is called, and only then. */
const OPTIONAL = ['webtorrent'];
/** As in the package.json of this project, where browsers have files of their own. */
type Doors = Readonly<Record<string, string | Readonly<Record<string, string>>>>;
type Manifest = {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** @param out - made anew. @returns the files of the package, sorted. */
export function packClient(out: string): readonly string[] {
  const project: Manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const doors = Object.entries(DOORS).filter(([, source]) => existsSync(join(ROOT, source)));
  const inner = Object.values(project.imports).flatMap((ways) => Object.values(ways));
  const built = mkdtempSync(join(tmpdir(), 'digitallib-pack-'));
  try {
    compile([...doors.map(([, source]) => source), ...inner], built);
    const entries = [...doors.map(([, source]) => source), ...inner].map((source) =>
      source.replace(/^\.\//, ''),
    );
    const code = reached(built, entries.map(toJs));
    const types = reached(built, entries.map(toTypes));
    const files = [...code.files, ...types.files];
    rmSync(out, { recursive: true, force: true });
    for (const file of files) put(out, file, jsNames(readFileSync(join(built, file), 'utf8')));
    const manifest = manifestOf(project, doors, new Set([...code.packages, ...types.packages]));
    put(out, 'package.json', `${JSON.stringify(manifest, undefined, 2)}\n`);
    copyFileSync(join(ROOT, 'client/README.md'), join(out, 'README.md'));
    const papers = ['LICENSE', 'NOTICE'].filter((name) => existsSync(join(ROOT, name)));
    for (const name of papers) copyFileSync(join(ROOT, name), join(out, name));
    return [...files, ...papers, 'package.json', 'README.md'].sort();
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}

function compile(sources: readonly string[], out: string): void {
  const folder = mkdtempSync(join(ROOT, '.pack-'));
  try {
    const settings = {
      extends: '../tsconfig.json',
      compilerOptions: {
        noEmit: false,
        allowImportingTsExtensions: false,
        rewriteRelativeImportExtensions: true,
        declaration: true,
        // Named in the package itself: programs that install it may have a lower target.
        target: 'es2022',
        newLine: 'lf',
        rootDir: '..',
        outDir: out,
      },
      files: [...sources, 'types/webtorrent.d.ts'].map((source) => join('..', source)),
      include: [],
    };
    const path = join(folder, 'tsconfig.json');
    writeFileSync(path, JSON.stringify(settings));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const done = spawnSync(process.execPath, [tsc, '-p', path], { cwd: ROOT, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`tsc has failed:\n${done.stdout}${done.stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const toJs = (source: string): string => source.replace(/\.ts$/, '.js');
const toTypes = (source: string): string => source.replace(/\.[jt]s$/, '.d.ts');
/** `from '…'`, `import '…'` and `import('…')`, in code and in types. */
const SPECIFIERS = /(\bfrom |\bimport |\bimport\()(['"])([^'"\n]+)\2/g;

/** tsc leaves the names of sources in its declarations. */
function jsNames(text: string): string {
  return text.replace(SPECIFIERS, (whole, before: string, quote: string, name: string) =>
    name.startsWith('.') ? `${before}${quote}${toJs(name)}${quote}` : whole,
  );
}

/** Follows imports through what was built. */
function reached(built: string, entries: readonly string[]) {
  const files = new Set(entries);
  const packages = new Set<string>();
  for (const file of files) {
    const isTypes = file.endsWith('.d.ts');
    const text = readFileSync(join(built, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, , , name = ''] of text.matchAll(SPECIFIERS)) {
      const path = join(dirname(file), name);
      if (name.startsWith('.')) files.add(isTypes ? toTypes(path) : toJs(path));
      else if (!/^(node:|#)/.test(name)) packages.add(packageOf(name));
    }
  }
  return { files: [...files].sort(), packages };
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function manifestOf(
  project: Manifest,
  doors: readonly (readonly [string, string])[],
  packages: ReadonlySet<string>,
) {
  const pinned = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        project.dependencies[name] ?? fail(`${name} is no dependency of the project`),
      ]),
    );
  const needed = [...packages].sort().filter((name) => !OPTIONAL.includes(name));
  return {
    name: 'digitallib-client',
    version: project.version,
    description:
      'Talks to a DigitalLib library: register, search, upload, buy, follow, and check what it says',
    keywords: ['bittorrent', 'digital-library', 'ed25519', 'ledger', 'light-client'],
    license: project.license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22' },
    exports: {
      ...Object.fromEntries(
        doors.map(([door, source]) => [
          door,
          { types: `./${toTypes(source)}`, default: `./${toJs(source)}` },
        ]),
      ),
      './package.json': './package.json',
    } satisfies Doors,
    imports: Object.fromEntries(
      Object.entries(project.imports).map(([door, ways]) => [
        door,
        Object.fromEntries(Object.entries(ways).map(([way, source]) => [way, toJs(source)])),
      ]),
    ) satisfies Doors,
    dependencies: pinned(needed),
    peerDependencies: Object.fromEntries(
      Object.entries(pinned(OPTIONAL)).map(([name, version]) => [name, `^${version}`]),
    ),
    peerDependenciesMeta: Object.fromEntries(OPTIONAL.map((name) => [name, { optional: true }])),
  };
}

function fail(what: string): never {
  throw new Error(what);
}

function put(folder: string, file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  if (values.out === undefined) fail('--out DIR: where the package goes');
  const out = resolve(values.out);
  const isOurs = !existsSync(out) || readdirSync(out).length === 0 || isPackage(out);
  if (!isOurs) fail(`${out} is not empty, and not a package of before`);
  const files = packClient(out);
  console.log(`${files.length} files in ${relative(process.cwd(), out) || '.'}; npm publish ${out}`);
}

function isPackage(folder: string): boolean {
  const [path] = globSync('package.json', { cwd: folder });
  return (
    path !== undefined && JSON.parse(readFileSync(join(folder, path), 'utf8')).name === 'digitallib-client'
  );
}
