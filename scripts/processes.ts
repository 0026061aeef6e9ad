/** Libraries as processes of their own: starts them, waits until they answer, stops or kills exactly those. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LibraryHome } from './homes.ts';

const MAIN = join(import.meta.dirname, '..', 'cli', 'main.js');
/** As `npm start` has it: docs/decisions/collector.md; a young generation that fits a server which is idle most of the time. */
const HEAP = ['--max-semi-space-size=8', '--no-parallel-scavenge'];
/** Not a measure of speed: a crowded machine takes its time. */
const READY_MS = 300_000;
/** Of its log, when it has ended: enough for the reason. */
const LAST_WORDS = 2_000;
const ASK_EVERY_MS = 50;
/** Of one question: what does not answer is asked again. */
const ANSWER_MS = 10_000;

export type Surroundings = {
  /** Flags of Node.js itself. */
  readonly node?: readonly string[];
  /** A command that becomes the program that follows it, as `ip netns exec NAME` does. */
  readonly within?: readonly string[];
  /** `<home>/library.log` unless said otherwise. */
  readonly log?: string;
  /** Another program than this checkout's cli/main.js. */
  readonly main?: string | undefined;
};

export class LibraryProcess {
  readonly library: LibraryHome;
  readonly #log: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  /** @param flags - beside home and ports. */
  constructor(
    library: LibraryHome,
    flags: readonly string[] = [],
    { node = [], within = [], log, main = MAIN }: Surroundings = {},
  ) {
    this.library = library;
    const { home, httpPort, p2pPort, trackerPort, metricsPort } = library;
    this.#log = log ?? join(home, 'library.log');
    const ports = ['--http-port', httpPort, '--p2p-port', p2pPort, '--tracker-port', trackerPort].map(String);
    const command = [...within, process.execPath, ...HEAP, ...node, main];
    const [first, ...rest] = [...command, 'start', '--home', home, ...ports, ...flags];
    // Not as a flag: an older version, which the upgrade is tried with, does not know it.
    const env = { ...process.env, DIGITALLIB_METRICS_PORT: String(metricsPort) };
    this.#child = spawn(first!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const file = createWriteStream(this.#log, { flags: 'a' });
    this.#child.stdout!.pipe(file, { end: false });
    this.#child.stderr!.pipe(file, { end: false });
    const orphaned = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', orphaned); // nobody would be left to stop it
    this.#exited = once(this.#child, 'close').then(() => {
      process.off('exit', orphaned);
      return new Promise<void>((written) => file.end(() => written()));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Until `/ready` answers. @throws with its last words when the process ends before, or takes five minutes. */
  async ready(): Promise<void> {
    const until = Date.now() + READY_MS;
    while (!(await answers(`${this.library.api}/ready`))) {
      if (!this.running) {
        await this.#exited;
        throw new Error(`${this.library.name} has ended: ${this.#lastWords()}`);
      }
      if (Date.now() > until) throw new Error(`${this.library.name} is not ready: ${this.#lastWords()}`);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }

  /** When it has ended of itself. @returns undefined when a signal ended it. */
  async exited(): Promise<number | undefined> {
    await this.#exited;
    return this.#child.exitCode ?? undefined;
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #lastWords(): string {
    return `${this.#log}: …${readFileSync(this.#log, 'utf8').slice(-LAST_WORDS)}`;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.running) this.#child.kill(signal);
    await this.#exited;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // nothing listens yet
  }
}
