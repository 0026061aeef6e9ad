/**
 * A world of its own for a program: a network that nothing leaves, mounts that nobody else sees, processes that end
 * with it. Whatever is broken in it breaks nothing outside, and nothing is left behind. Needs Linux, unshare and ip;
 * no root where user namespaces are allowed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const UNSHARE = [
  '--user',
  '--map-root-user',
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--mount-proc',
  '--kill-child',
];
/** `ip netns` writes down its namespaces under /run. */
const UP = 'mount -t tmpfs none /run && mkdir -p /run/netns && ip link set lo up';
const INSIDE = 'DIGITALLIB_CHAOS_WORLD';

/** Why there is none here; undefined when there is. */
export function worldMissing(): string | undefined {
  if (isInside()) return undefined;
  const probe = `${UP} && ip netns add probe && ip link add probe type veth peer name probe netns probe`;
  const tried = spawnSync('unshare', [...UNSHARE, 'sh', '-c', probe], { stdio: 'ignore' });
  return tried.status === 0 ? undefined : 'this machine makes no namespaces (unshare, ip)';
}

export function isInside(): boolean {
  return process.env[INSIDE] === '1';
}

/** Runs this very program again, inside. @returns its exit code. */
export async function runInside(args: readonly string[]): Promise<number> {
  const command = ['sh', '-c', `${UP} && exec "$@"`, 'sh', process.execPath, ...args];
  const child = spawn('unshare', [...UNSHARE, ...command], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGKILL'));
  await once(child, 'close');
  return child.exitCode ?? 1;
}

/** @throws what the command has printed when it fails. */
export function command(...words: readonly string[]): void {
  const [program, ...rest] = words;
  const done = spawnSync(program!, rest, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr || done.error?.message}`);
}
