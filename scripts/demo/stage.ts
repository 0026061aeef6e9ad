/** The four libraries of the demo: those that run at a base port, or four of its own in a temporary folder. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultParameters } from '../../chain/federation/parameters.ts';
import { type Client, createClient } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import { freeBasePort } from '../free-port.ts';
import { libraryAt, makeFederation } from '../homes.ts';
import { LibraryProcess } from '../processes.ts';

const COUNT = 4;
const HOST = '127.0.0.1';

/** Over the process of library i, which count from 0. */
export type Power = {
  /** With SIGKILL, as a power cut would. */
  cut(i: number): Promise<void>;
  /** Resolves when it is ready. */
  restore(i: number): Promise<void>;
};
export type Stage = {
  readonly libraries: readonly [Client, Client, Client, Client];
  /** For the files of the readers. */
  readonly folder: string;
  /** The libraries are the demo's own, and end with it. Undefined when they belong to somebody else. */
  readonly power: Power | undefined;
  end(): Promise<void>;
};

export async function openStage(basePort: number, say: (sentence: string) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'digitallib-demo-'));
  const processes: LibraryProcess[] = [];
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const cut = (): void => {
    for (const one of processes) one.signal('SIGKILL');
    remove();
  };
  process.once('exit', cut); // for those who do not wait for the end
  const end = async (): Promise<void> => {
    await Promise.all(processes.map((one) => one.stop()));
    remove();
    process.off('exit', cut);
  };
  const running = clientsAt(basePort);
  if (await allReady(running)) {
    say(`Four libraries run at base port ${basePort}: the story plays there.`);
    return { libraries: running, folder, power: undefined, end };
  }
  const own = await freeBasePort(COUNT);
  say(`No four libraries run at base port ${basePort}: four new ones start at ${own}, for this story only.`);
  const homes = join(folder, 'libraries');
  mkdirSync(homes);
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const federation = makeFederation({
    folder: homes,
    count: COUNT,
    basePort: own,
    now: Date.now(),
    parameters: defaultParameters(COUNT),
    random,
  });
  processes.push(...federation.libraries.map((library) => new LibraryProcess(library)));
  try {
    await Promise.all(processes.map((one) => one.ready()));
  } catch (error) {
    await end();
    throw error;
  }
  const power: Power = {
    cut: (i) => processes[i]!.kill(),
    restore: async (i) => {
      const fresh = new LibraryProcess(federation.libraries[i]!);
      processes[i] = fresh;
      await fresh.ready();
    },
  };
  return { libraries: clientsAt(own), folder, power, end };
}

function clientsAt(basePort: number): Stage['libraries'] {
  const at = (i: number): Client => createClient({ url: libraryAt('', i, basePort, HOST).api });
  return [at(0), at(1), at(2), at(3)];
}

/** Four libraries, and of one chain. */
async function allReady(libraries: readonly Client[]): Promise<boolean> {
  try {
    const all = await Promise.all(libraries.map((library) => library.status()));
    return all.every(({ ready, chain }) => ready && chain.id === all[0]!.chain.id);
  } catch (error) {
    if (error instanceof ClientError) return false; // nobody is there, or somebody else
    throw error;
  }
}
