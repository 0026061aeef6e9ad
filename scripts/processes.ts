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

export class LibraryProcess {
  readonly library: LibraryHome;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  /** @param flags - beside home and ports. The log goes to `<home>/library.log`. */
  constructor(library: LibraryHome, flags: readonly string[] = []) {
    this.library = library;
    const { home, httpPort, p2pPort, trackerPort } = library;
    const ports = ['--http-port', httpPort, '--p2p-port', p2pPort, '--tracker-port', trackerPort].map(String);
    this.#child = spawn(process.execPath, [HEAP, MAIN, 'start', '--home', home, ...ports, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(join(home, 'library.log'), { flags: 'a' });
    this.#child.stdout!.pipe(log, { end: false });
    this.#child.stderr!.pipe(log, { end: false });
    this.#exited = once(this.#child, 'close').then(() => void log.end());
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
      if (!this.running)
        throw new Error(`${this.library.name} has ended; see ${this.library.home}/library.log`);
      if (Date.now() > until) throw new Error(`${this.library.name} does not get ready`);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
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
