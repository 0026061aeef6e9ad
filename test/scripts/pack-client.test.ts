import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { publint } from 'publint';
import { build, type Rolldown } from 'vite';
import { packClient } from '../../scripts/pack-client.ts';
import { SdkProject } from './sdk-project.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Of what a page loads at once, minified: bytes by gzip. */
const BUDGETS: readonly (readonly [string, readonly string[], number])[] = [
  ['.', ['.'], 36_000],
  ['. with ./verify', ['.', './verify'], 66_000],
  ['./keys', ['./keys'], 18_000],
];
type Manifest = { readonly exports: object; readonly dependencies: object };

describe('the packed SDK', () => {
  let project: SdkProject;
  let manifest: Manifest;

  before(() => {
    project = new SdkProject(['typescript', '@types/node']);
    manifest = JSON.parse(readFileSync(join(project.packed, 'package.json'), 'utf8'));
  });
  after(() => project?.remove());

  const importOf = (door: string): string => join('digitallib-client', door);
  const doors = (): string[] => Object.keys(manifest.exports).filter((door) => door !== './package.json');

  it('has the same bytes each time, and no file that nobody reaches', () => {
    const again = join(project.folder, 'again');
    expect(packClient(again)).to.deep.equal(project.files);
    const found = globSync('**/*.*', { cwd: again }).concat(globSync('{LICENSE,NOTICE}', { cwd: again }));
    expect(found.sort()).to.deep.equal(project.files);
    for (const file of project.files) {
      expect(readFileSync(join(again, file)).equals(readFileSync(join(project.packed, file))), file).to.equal(
        true,
      );
    }
    // What is executed by libraries only, and the development keys.
    expect(project.files).not.to.include.members(['chain/block/execute.js']);
    expect(project.files).not.to.include.members(['chain/block/development.js']);
    expect(project.files).to.include.members(['core/crypto-browser.js', 'core/crypto-node.js']);
  });

  it('names the packages that it needs by their locked versions, and no other', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const code = project.files
      .filter((file) => /\.(js|d\.ts)$/.test(file))
      .map((file) => readFileSync(join(project.packed, file), 'utf8'));
    for (const [name, version] of Object.entries(manifest.dependencies)) {
      expect(version).to.equal(dependencies[name]);
      expect(
        code.some((text) => text.includes(`'${name}`)),
        name,
      ).to.equal(true);
    }
    expect(manifest.dependencies).not.to.have.any.keys('webtorrent', 'express', 'libp2p');
  });

  it('is as publint wants it', async () => {
    const { messages } = await publint({ pkgDir: project.packed, strict: true });
    expect(messages.filter(({ code }) => code !== 'USE_LICENSE')).to.deep.equal([]);
  });

  it('is imported and required by JavaScript, with nothing to strip and nothing to say', async () => {
    const wanted = doors().map(importOf);
    project.write(
      'all.mjs',
      `const all = await Promise.all(${JSON.stringify(wanted)}.map((door) => import(door)));
       console.log(JSON.stringify(all.map((door) => Object.keys(door))));`,
    );
    project.write(
      'all.cjs',
      `console.log(JSON.stringify(${JSON.stringify(wanted)}.map((door) => Object.keys(require(door)))));`,
    );
    const flags = ['--no-experimental-strip-types', '--throw-deprecation', '--trace-warnings'];
    const imported = await project.run([...flags, 'all.mjs']);
    const required = await project.run([...flags, 'all.cjs']);
    expect(JSON.parse(imported)[0]).to.include.members(['createClient', 'createWallet', 'ClientError']);
    expect(JSON.parse(required)).to.deep.equal(JSON.parse(imported));
  });

  for (const [module, resolution] of [
    ['esnext', 'bundler'],
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
  ]) {
    for (const world of ['dom', 'node']) {
      it(`has types that strict TypeScript takes: ${resolution}, ${world}`, async () => {
        const imports = doors().map((door, i) => `export * as door${i} from '${importOf(door)}';`);
        const source = `import { createClient, createWallet, type FoundFile } from 'digitallib-client';
          const client = createClient({ url: 'http://127.0.0.1:8645' });
          export const wallet = createWallet(new Uint8Array(32));
          export const found: Promise<readonly FoundFile[]> = client.search('x').then(({ files }) => files);
          // @ts-expect-error: a query is no number
          void client.search(3);`;
        project.write('typed.mts', `${imports.join('\n')}\n${source}\n`);
        const settings = {
          compilerOptions: {
            ...{ module, moduleResolution: resolution, target: 'es2022', strict: true, noEmit: true },
            ...{ skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
            ...(world === 'dom'
              ? { lib: ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'], types: [] }
              : { lib: ['es2022'], types: ['node'] }),
          },
          files: ['typed.mts'],
        };
        project.write('tsconfig.json', JSON.stringify(settings));
        await project.run(['node_modules/typescript/bin/tsc', '-p', '.']);
      });
    }
  }

  for (const [name, wanted, budget] of BUDGETS) {
    it(`${name} is small enough for a page: ${budget / 1_000} kB`, async function () {
      if (!wanted.every((door) => doors().includes(door))) return this.skip();
      const entry = wanted.map((door) => `export * from '${importOf(door)}';`).join('\n');
      const bytes = await gzipped(project, entry);
      console.log(`      ${name}: ${(bytes / 1_000).toFixed(1)} of ${budget / 1_000} kB`);
      expect(bytes).to.be.at.most(budget);
    });
  }

  it('leaves out of a page what the page does not call', async () => {
    const all = await gzipped(project, `export * from 'digitallib-client';`);
    const some = await gzipped(project, `export { ClientError, piecesRoot } from 'digitallib-client';`);
    expect(some).to.be.below(all / 2);
  });
});

/** @returns bytes of what a page with this script loads before it runs. */
async function gzipped(project: SdkProject, entry: string): Promise<number> {
  const input = project.write('entry.js', entry);
  const built = await build({
    ...{ root: project.folder, configFile: false, logLevel: 'silent' },
    build: {
      ...{ write: false, minify: true, target: 'es2022', modulePreload: false },
      rolldownOptions: { input, preserveEntrySignatures: 'strict' },
    },
  });
  const { output } = (Array.isArray(built) ? built[0] : built) as Rolldown.RolldownOutput;
  const chunks = new Map(output.flatMap((one) => (one.type === 'chunk' ? [[one.fileName, one]] : [])));
  const loaded = new Set(
    output.flatMap((one) => (one.type === 'chunk' && one.isEntry ? [one.fileName] : [])),
  );
  for (const name of loaded) for (const next of chunks.get(name)?.imports ?? []) loaded.add(next);
  return [...loaded].reduce((sum, name) => sum + gzipSync(chunks.get(name)!.code).length, 0);
}
