/**
 * `npm run vectors`: writes the golden bytes of test/vectors/ anew, from what the code makes today, by running the tests
 * that hold them. For who changes an encoding on purpose: the difference is then looked at, and committed with its reason.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WRITES } from '../test/golden.ts';

const root = join(import.meta.dirname, '..');
const tests = globSync('test/**/*.test.ts', { cwd: root })
  .filter((path) => readFileSync(join(root, path), 'utf8').includes('golden('))
  .map((path) => path.slice('test/'.length, -'.test.ts'.length));
const run = (command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): number =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...more } }).status ?? 1;

const status = run(process.execPath, [join(root, 'scripts', 'test.ts'), ...tests], { [WRITES]: 'true' });
run('git', ['diff', '--stat', '--', 'test/vectors']);
process.exit(status);
