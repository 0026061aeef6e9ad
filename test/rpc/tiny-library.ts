/** One library with everything that rpc needs, in memory, behind a real HTTP server on a free port. */
import { readFileSync } from 'node:fs';
import { openCatalogue } from '../../catalogue/catalogue.ts';
import type { Genesis } from '../../chain/block/genesis.ts';
import { defaultParameters } from '../../chain/federation/parameters.ts';
import { encodeChecked, signTransaction, sponsorUpload } from '../../chain/transaction/signing.ts';
import { utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Clock } from '../../core/ports.ts';
import { publicKeyOf, verifyHash } from '../../core/sign.ts';
import type { CardsPolicy } from '../../node/cards/cards.ts';
import { systemClock } from '../../node/process/system.ts';
import { createYield } from '../../node/process/yield.ts';
import type { RpcPorts } from '../../rpc/ports.ts';
import { createRpcServer, type RpcOptions, type RpcServer } from '../../rpc/server.ts';
import { silentLog } from '../catalogue/silent-log.ts';
import { type SyncWallet, syncWallet } from './sync-wallet.ts';
import { TinyArchive } from './tiny-archive.ts';
import { tinyBlocks } from './tiny-blocks.ts';
import { tinyCards } from './tiny-cards.ts';
import { tinyEvents } from './tiny-events.ts';
import { TinyLedger } from './tiny-ledger.ts';
import { TinyProofs } from './tiny-proofs.ts';
import { TinyResumables } from './tiny-resumables.ts';
import { TinyReview, tinyLibrarians } from './tiny-review.ts';

export const seedOf = (name: string): Uint8Array => sha256(utf8(`seed of ${name}`));
export const walletOf = (name: string): SyncWallet => syncWallet(seedOf(name));

const NODE = seedOf('node');
const SECOND = seedOf('second');
/** What the library may lend in cards, in all. */
const CARDS_PER_DAY = 1_000_000;
/** Readers with tokens from the start. */
export const RICH = 1_000_000n;
export const START = 1_700_000_000_000;

export type TinyLibrary = {
  readonly url: string;
  readonly ledger: TinyLedger;
  readonly archive: TinyArchive;
  readonly resumables: TinyResumables;
  readonly review: TinyReview;
  /** Keys of its librarians, in hex; undefined: the list cannot be read. */
  librarians: readonly string[] | undefined;
  readonly ports: RpcPorts;
  readonly server: RpcServer;
  readonly failures: readonly Error[];
  /** Moves the clock; timers that are due run. */
  advance(ms: number): void;
  /** Resolves when the next timer is set. */
  nextTimer(): Promise<void>;
  stop(): Promise<void>;
};

export async function startLibrary(
  options: Partial<RpcOptions> = {},
  change: (ports: RpcPorts) => Partial<RpcPorts> = () => ({}),
  /** With two there is a second library, which attests whatever `archive.othersAttest` says. */
  libraries: 1 | 2 = 1,
  cards: Partial<CardsPolicy> = {},
): Promise<TinyLibrary> {
  const clock = movableClock();
  const ledger = new TinyLedger(genesis(libraries), () => clock.now());
  const archive = new TinyArchive();
  const resumables = new TinyResumables(archive, clock);
  const review = new TinyReview();
  const catalogue = openCatalogue(':memory:', { log: silentLog, clock: systemClock });
  await catalogue.start();
  feed(ledger, archive, catalogue, clock);
  const failures: Error[] = [];
  const base: RpcPorts = {
    ledger,
    sponsor: {
      key: publicKeyOf(NODE),
      register: (key) =>
        signTransaction<'register'>(
          ledger.chainId,
          { kind: 'register', key, sponsor: publicKeyOf(NODE) },
          NODE,
        ),
    },
    signatures: {
      verify: async (checks) => checks.every((one) => verifyHash(one.publicKey, one.hash, one.signature)),
    },
    cards: await tinyCards(ledger, clock, NODE, cards),
    readerCodes: { spend: async () => undefined },
    torrents: archive,
    archive,
    resumables,
    catalogue,
    swarms: { stats: () => ({ seeders: 1, leechers: 2 }) },
    proofs: new TinyProofs(ledger, NODE),
    blocks: tinyBlocks(ledger, NODE),
    events: tinyEvents(ledger, clock),
    subscriptions: { began() {}, ended() {} },
    librarians: tinyLibrarians(clock, () => library.librarians),
    review,
    node: {
      version: version(),
      peers: () => 3,
      connected: () => [
        { key: publicKeyOf(SECOND), since: START, height: 1, roundTripMs: 2.5 },
        { key: publicKeyOf(NODE), since: START, height: undefined, roundTripMs: undefined },
      ],
      ready: () => true,
      closed: () => false,
      lacksBlocks: () => false,
      unready: () => [],
      waits: () => [],
      role: () => 'authority',
      evidence: () => [],
    },
    names: {
      isOwn: (host) => host === 'tiny.example',
      isListed: (origin) => origin === 'https://friend.example',
    },
    clock,
    log: silentLog,
    yieldToLoop: createYield(),
    fail: (error) => void failures.push(error),
  };
  const ports = { ...base, ...change(base) };
  const server = createRpcServer(ports, { host: '127.0.0.1', port: 0, checkAnswers: true, ...options });
  await server.start();
  const library: TinyLibrary = {
    url: `http://127.0.0.1:${server.address().port}`,
    ledger,
    archive,
    resumables,
    review,
    librarians: [walletOf('librarian').publicKey],
    ports,
    server,
    failures,
    advance: clock.advance,
    nextTimer: clock.nextTimer,
    async stop() {
      await server.stop();
      await catalogue.stop();
    },
  };
  return library;
}

/** What the node does beside: puts on the ledger what the archive has read, and indexes what is available. */
function feed(
  ledger: TinyLedger,
  archive: TinyArchive,
  catalogue: ReturnType<typeof openCatalogue>,
  clock: Pick<Clock, 'now'>,
): void {
  ledger.onEvent((event) => {
    if (event.kind !== 'available') return;
    const { hash, name, size } = event;
    const { height } = ledger.head();
    void catalogue.apply(height, { added: [{ hash, name, size, height }], removed: [] });
  });
  archive.submit = async (described, claim) => {
    const { key, signature } = claim;
    const upload = { kind: 'upload' as const, ...described, key, signature, expires: claim.expires };
    const expires = Math.floor(Math.max(clock.now(), ledger.head().time) / 1_000) + 600;
    const word = { sponsor: publicKeyOf(NODE), sponsorExpires: expires };
    const whole = sponsorUpload(ledger.chainId, { ...upload, ...word }, NODE);
    const verdict = await ledger.submit(encodeChecked(whole));
    if (verdict.kind !== 'accept') {
      const passes = verdict.code === 'node.finality-timeout' || verdict.code === 'pool.full';
      return { state: passes ? 'waiting' : 'refused', code: verdict.code };
    }
    if (ledger.genesis.members.length === 1) return { state: 'available', code: undefined };
    if (!archive.othersAttest) return { state: 'on-ledger', code: undefined };
    const once = { nonce: seedOf(String(ledger.head().height)).subarray(0, 16), expires };
    const attest = {
      kind: 'attest',
      ...described,
      uploader: key,
      node: publicKeyOf(SECOND),
      ...once,
    } as const;
    await ledger.submit(encodeChecked(signTransaction<'attest'>(ledger.chainId, attest, SECOND)));
    return { state: 'available', code: undefined };
  };
}

function genesis(libraries: 1 | 2): Genesis {
  const node = publicKeyOf(NODE);
  const second = { key: publicKeyOf(SECOND), name: 'Second Library', addresses: [], tracker: '', api: '' };
  return {
    version: 1,
    name: 'Tiny Federation',
    time: START,
    accounts: ['rich', 'richer'].map((name) => ({ key: walletOf(name).key, tokens: RICH })),
    members: [
      { key: node, name: 'Tiny Library', addresses: [], tracker: '', api: '' },
      ...(libraries === 2 ? [second] : []),
    ],
    authorities: [node],
    roles: [],
    parameters: {
      ...defaultParameters(1),
      ...{ attestations: libraries, blockIntervalMs: 0, saleTimeoutMs: 0 },
      cardBytesPerNodePerDay: CARDS_PER_DAY,
    },
  };
}

function movableClock(): Clock & Pick<TinyLibrary, 'advance' | 'nextTimer'> {
  let now = START;
  const timers = new Map<() => void, number>();
  const waiting: (() => void)[] = [];
  return {
    now: () => now,
    after(delayMs, run) {
      const once = (): void => run();
      timers.set(once, now + delayMs);
      for (const tell of waiting.splice(0)) tell();
      return () => void timers.delete(once);
    },
    nextTimer: () => new Promise((resolve) => waiting.push(resolve)),
    advance(ms) {
      now += ms;
      for (const [run, due] of [...timers]) {
        if (due > now) continue;
        timers.delete(run);
        run();
      }
    },
  };
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
