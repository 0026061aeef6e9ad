/** An empty project with the packed SDK: its packages are those of this checkout, so that nothing is downloaded. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packClient } from '../../scripts/pack-client.ts';

const ROOT = join(import.meta.dirname, '../..');
const NAME = 'digitallib-client';
/** Another Node.js than that of the tests, for example 22: DIGITALLIB_SDK_NODE is its path. */
const NODE = process.env.DIGITALLIB_SDK_NODE ?? process.execPath;
type Manifest = { readonly dependencies: object; readonly peerDependencies: object };

export class SdkProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'digitallib-sdk-'));
  readonly packed = join(this.folder, 'node_modules', NAME);
  readonly files = packClient(this.packed);

  /** @param more - packages beside the SDK and what it names. */
  constructor(more: readonly string[] = []) {
    const manifest: Manifest = JSON.parse(readFileSync(join(this.packed, 'package.json'), 'utf8'));
    const needed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
    for (const name of [...needed, ...more]) {
      const link = join(this.folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), link);
    }
    this.write('package.json', JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  }

  /** @returns where it is. */
  write(name: string, content: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** @returns what a program has printed that ends well. @throws with all that it has said. */
  async run(args: readonly string[], environment: NodeJS.ProcessEnv = {}, program = NODE): Promise<string> {
    const env = { ...process.env, ...environment };
    const child = spawn(program, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'], env });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code !== 0) throw new Error(`${program} has ended with ${String(code)}:\n${out}${err}`);
    return out;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
