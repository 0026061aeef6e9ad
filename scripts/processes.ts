/** Libraries as processes of their own: starts them, waits until they answer, stops or kills exactly those. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { LibraryHome } from './homes.ts';

const MAIN = join(import.meta.dirname, '..', 'cli', 'main.ts');
/** As `npm start` has it: a young generation that fits a server which is idle most of the time. */
const HEAP = '--max-semi-space-size=8';
const READY_MS = 60_000;
const ASK_EVERY_MS = 50;

export type Surroundings = {
  /** Flags of Node.js itself. */
  readonly node?: readonly string[];
  /** A command that becomes the program that follows it, as `ip netns exec NAME` does. */
  readonly within?: readonly string[];
  /** `<home>/library.log` unless said otherwise. */
  readonly log?: string;
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
    { node = [], within = [], log }: Surroundings = {},
  ) {
    this.library = library;
    const { home, httpPort, p2pPort, trackerPort } = library;
    this.#log = log ?? join(home, 'library.log');
    const ports = ['--http-port', httpPort, '--p2p-port', p2pPort, '--tracker-port', trackerPort].map(String);
    const command = [...within, process.execPath, HEAP, ...node, MAIN];
    const [first, ...rest] = [...command, 'start', '--home', home, ...ports, ...flags];
    this.#child = spawn(first!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const file = createWriteStream(this.#log, { flags: 'a' });
    this.#child.stdout!.pipe(file, { end: false });
    this.#child.stderr!.pipe(file, { end: false });
    this.#exited = once(this.#child, 'close').then(() => void file.end());
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Until `/ready` answers. @throws when the process ends before, or takes longer than a minute. */
  async ready(): Promise<void> {
    const until = Date.now() + READY_MS;
    while (!(await answers(`${this.library.api}/ready`))) {
      if (!this.running) throw new Error(`${this.library.name} has ended; see ${this.#log}`);
      if (Date.now() > until) throw new Error(`${this.library.name} does not get ready`);
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

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.running) this.#child.kill(signal);
    await this.#exited;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // nothing listens yet
  }
}
