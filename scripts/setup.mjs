// Makes a fresh clone ready, or finds in a few milliseconds that it is. Plain JavaScript without dependencies:
// it runs before anything is installed, on Node 20 or later. The runtime itself (Node 24) is one of the packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules', '.digitallib-setup');
const lock = join(root, '.setup-lock');
const owner = join(lock, 'pid');
const LOCK_STALE_MS = 10 * 60 * 1000;

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (!isReady()) {
  await exclusively(() => {
    if (!isReady()) install();
  });
}

function isReady() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

function install() {
  console.log('Installing the packages of package-lock.json (once) …');
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    console.error('npm ci failed; see above.');
    process.exitCode = 1; // not exit(): the lock must go, or the next try would wait for it
    return;
  }
  writeFileSync(stamp, wanted);
}

/** Two commands started at once on a fresh clone must not install into one folder at the same time. */
async function exclusively(work) {
  if (!tryLock()) {
    console.log('Another command is installing the packages; waiting for it …');
    while (!tryLock()) await new Promise((resolve) => setTimeout(resolve, 250));
  }
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock() {
  try {
    mkdirSync(lock);
    writeFileSync(owner, String(process.pid));
    return true;
  } catch {
    if (!isAbandoned()) return false;
    rmSync(lock, { recursive: true, force: true });
    return tryLock();
  }
}

/** Whoever ends an installation with Ctrl-C leaves its lock behind. */
function isAbandoned() {
  try {
    process.kill(Number(readFileSync(owner, 'utf8') || Number.NaN), 0);
    return false;
  } catch (error) {
    if (error.code === 'ESRCH') return true;
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    return age > LOCK_STALE_MS;
  }
}
