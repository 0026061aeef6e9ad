/**
 * Four libraries as processes, each on a machine of its own where that can be had, one with a small disk. A library
 * runs the newest program that was installed for it, also after the next fault.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { createClient } from '../../client/client.ts';
import type { StatusFacts } from '../../client/facts.ts';
import { createOperator, type Operator } from '../../client/operator.ts';
import { createWallet, type Wallet } from '../../client/wallet.ts';
import { freeBasePort, PROXY } from '../free-port.ts';
import { type FederationHomes, libraryAt, makeFederation } from '../homes.ts';
import { LibraryProcess, type Surroundings } from '../processes.ts';
import { Namespaces } from './namespaces.ts';
import type { ChaosNetwork } from './network.ts';
import { copyWithRules } from './other-version.ts';
import { Plain } from './plain.ts';
import { SmallDisk } from './small-disk.ts';
import { isInside } from './world.ts';

export const LIBRARIES = 4;
/** The last one has the small disk. */
export const ON_SMALL_DISK = LIBRARIES - 1;
const BASE_PORT = 20_000;
const TOKENS_EACH = 10n ** 9n;
const ASK_EVERY_MS = 50;
/** Of one question. */
const PATIENCE_MS = 2_000;
/** Nothing is asserted on time here; but what has not happened after this has stopped. */
const GIVE_UP_MS = 240_000;

export type StageOptions = {
  readonly folder: string;
  readonly readers: number;
  readonly diskMegabytes: number;
};

export class ChaosStage {
  readonly homes: FederationHomes;
  readonly readers: readonly Wallet[];
  readonly network: ChaosNetwork;
  /** Undefined outside a world of its own. */
  readonly disk: SmallDisk | undefined;
  /** Of the newest program that there is; what `install` has made for all. */
  rulesVersion = RULES_VERSION;
  readonly #folder: string;
  /** By version; the first is this checkout. */
  readonly #programs = new Map<number, string>();
  readonly #installed = new Map<number, string>();
  readonly #processes: LibraryProcess[];

  private constructor(
    homes: FederationHomes,
    readers: readonly Wallet[],
    folder: string,
    machinery: Machinery,
  ) {
    this.homes = homes;
    this.readers = readers;
    this.network = machinery.network;
    this.disk = machinery.disk;
    this.#folder = folder;
    this.#processes = homes.libraries.map((_, i) => this.launch(i));
  }

  static async open({ folder, readers: count, diskMegabytes }: StageOptions): Promise<ChaosStage> {
    const basePort = isInside() ? BASE_PORT : await freeBasePort(LIBRARIES);
    const p2pPorts = Array.from({ length: LIBRARIES }, (_, i) => basePort + 10 * i + 1);
    const proxyPorts = Array.from({ length: LIBRARIES }, (_, i) => basePort + 10 * i + PROXY);
    const network = isInside() ? new Namespaces(p2pPorts) : await Plain.open(p2pPorts, proxyPorts);
    const { home } = libraryAt(folder, ON_SMALL_DISK, basePort, '');
    const disk = isInside() ? new SmallDisk(home, diskMegabytes) : undefined;
    const readers = Array.from({ length: count }, () => createWallet(new Uint8Array(randomBytes(32))));
    const homes = makeFederation({
      folder,
      count: LIBRARIES,
      basePort,
      host: (i) => network.host(i),
      peerAddress: (i) => network.peerAddress(i),
      now: Date.now(),
      accounts: readers.map(({ key }) => ({ key, tokens: TOKENS_EACH })),
      parameters: { upgradeNoticeBlocks: 10 },
      random: (length) => new Uint8Array(randomBytes(length)),
    });
    const stage = new ChaosStage(homes, readers, folder, { network, disk });
    try {
      await Promise.all(homes.libraries.map((_, i) => stage.process(i).ready()));
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  process(i: number): LibraryProcess {
    return this.#processes[i]!;
  }

  name(i: number): string {
    return this.homes.libraries[i]!.name;
  }

  /** A process for library i, which this stage forgets: for the second one on the same home. */
  launch(i: number, how: Surroundings = {}, log = this.log(i)): LibraryProcess {
    const { flags } = this.network;
    const within = this.network.within(i);
    const node = [...this.network.node(i), ...(how.node ?? [])];
    const main = this.#installed.get(i);
    return new LibraryProcess(this.homes.libraries[i]!, flags, { within, log, main, ...how, node });
  }

  /** From its next start on, library i runs a program that knows the rules of this version. */
  install(i: number, version: number): void {
    const made = this.#programs.get(version);
    const program = made ?? copyWithRules(join(this.#folder, `version-${version}`), version);
    this.#programs.set(version, program);
    this.#installed.set(i, program);
  }

  /** Beside the home: a full disk must not silence the library. */
  log(i: number): string {
    return join(this.#folder, `library-${i + 1}.log`);
  }

  /** After its process has ended. Resolves when it is ready. */
  async restart(i: number, how: Surroundings = {}): Promise<void> {
    const fresh = this.launch(i, how);
    this.#processes[i] = fresh;
    await fresh.ready();
  }

  /** @returns undefined when it does not answer. */
  async status(i: number): Promise<StatusFacts | undefined> {
    const patient: typeof fetch = (input, init) =>
      fetch(input, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const { api } = this.homes.libraries[i]!;
    return createClient({ url: api, fetch: patient })
      .status()
      .catch(() => undefined);
  }

  operator(i: number): Operator {
    return createOperator({ url: this.homes.libraries[i]!.api });
  }

  /** What library i is for consensus, as `status` says it. */
  async role(i: number): Promise<string | undefined> {
    const { api } = this.homes.libraries[i]!;
    const answer = await fetch(`${api}/api/status`, { signal: AbortSignal.timeout(PATIENCE_MS) })
      .then((response) => response.json())
      .catch(() => undefined);
    return (answer as { readonly role?: string } | undefined)?.role;
  }

  /** How far library i is behind the others, who are asked after it. */
  async blocksBehind(i: number): Promise<number> {
    const { height } = (await this.status(i)) ?? { height: 0 };
    return (await this.#highest()) - height;
  }

  /** Until library i has every block that any of the others has now. */
  async caughtUp(i: number): Promise<void> {
    const height = await this.#highest();
    await until(`${this.name(i)} at height ${height}`, async () => {
      const status = await this.status(i);
      return status !== undefined && status.height >= height && status.ready;
    });
  }

  async #highest(): Promise<number> {
    const all = await Promise.all(this.homes.libraries.map((_, i) => this.status(i)));
    return Math.max(...all.map((status) => status?.height ?? 0));
  }

  /** Until all have the same head; nobody buys any more. */
  async agreed(): Promise<number> {
    let height = 0;
    await until('one head everywhere', async () => {
      const all = await Promise.all(this.homes.libraries.map((_, i) => this.status(i)));
      height = all[0]?.height ?? 0;
      return all.every((status) => status !== undefined && status.hash === all[0]?.hash);
    });
    return height;
  }

  async stop(): Promise<void> {
    for (const one of this.#processes) if (one.running) one.signal('SIGCONT');
    await Promise.all(this.#processes.map((one) => one.stop()));
    await this.network.close();
  }
}

type Machinery = { readonly network: ChaosNetwork; readonly disk: SmallDisk | undefined };

export async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const last = Date.now() + GIVE_UP_MS;
  while (!(await ask())) {
    if (Date.now() > last) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
