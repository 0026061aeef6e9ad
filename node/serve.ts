/** The doors of a library that are no member's: the API for readers, and the figures for its operator's machine. */
import { childEpoch } from '../chain/block/block.ts';
import { childVersion } from '../chain/block/version.ts';
import type { CheckedTransaction } from '../chain/transaction/signing.ts';
import type { Network } from '../core/ports.ts';
import type { Verdict } from '../core/verdict.ts';
import { createMetricsServer } from '../rpc/metrics-server.ts';
import type { Operate } from '../rpc/operator-door.ts';
import { createRpcServer } from '../rpc/server.ts';
import type { Cards } from './cards/cards.ts';
import type { Content } from './content/open.ts';
import type { Desk } from './desk/open.ts';
import { BlockReader } from './ledger/block-reader.ts';
import type { EventFeed } from './ledger/event-feed.ts';
import { Proofs } from './ledger/proofs.ts';
import type { Final } from './mempool/submission.ts';
import type { Operator } from './operator/open.ts';
import type { Acquaintance } from './peers/hello/acquaintances.ts';
import type { Names } from './peers/names.ts';
import { bracketed, type Config } from './process/config.ts';
import type { Part } from './process/lifecycle.ts';
import type { Machine } from './process/open.ts';
import { VERSION } from './process/version.ts';
import type { Replica } from './replica.ts';

type Rooms = {
  readonly machine: Machine;
  readonly replica: Replica;
  readonly operator: Operator;
  readonly desk: Desk;
  readonly content: Content;
  readonly cards: Cards;
  readonly network: Network;
  readonly names: Names;
  readonly events: EventFeed;
  acquaintances(): readonly Acquaintance[];
  enter(checked: CheckedTransaction): Promise<Verdict<Final>>;
  failed(error: unknown): void;
};
export type Doors = {
  /** URLs; after their start. */
  api(): string;
  metrics(): string;
  /** Calls of the desk, by the operator's socket. */
  readonly operate: Operate;
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

export function createDoors(rooms: Rooms, config: Config): Doors {
  const { machine, replica, operator, desk, content, cards, network, names, events, enter, failed } = rooms;
  const { store, clock, log, yieldToLoop, verifier } = machine;
  const { ledger, evidence, checkpoint } = replica;
  const { readiness, waits, role, readerCodes, metrics } = operator;
  const rpc = createRpcServer(
    {
      ledger: {
        chainId: ledger.chainId,
        genesisName: ledger.genesis.name,
        head: () => {
          const head = ledger.head();
          const { header, hash } = head;
          return { ...header, hash, epoch: childEpoch(header), rules: childVersion(head) };
        },
        view: () => ledger.head().view,
        submit: enter,
      },
      ...{ sponsor: content.sponsor, signatures: verifier, readerCodes, names, cards },
      ...{ torrents: content.torrents, archive: content.uploads, resumables: content.resumables },
      ...{ catalogue: content.catalogue, swarms: content.tracker },
      ...{ librarians: desk.librarians, review: content.review },
      blocks: new BlockReader({ ledger, yieldToLoop }),
      ...{ events, subscriptions: metrics.subscriptions },
      ...{ proofs: new Proofs({ ledger, store, clock, yieldToLoop }) },
      node: {
        version: VERSION,
        peers: () => network.peers().length,
        connected: rooms.acquaintances,
        ready: () => readiness.reasons().length === 0,
        lacksBlocks: () => readiness.reasons().includes('blocks-missing'),
        closed: () => checkpoint.ahead !== undefined,
        unready: () => readiness.reasons(),
        waits: () => waits.list(),
        role,
        evidence: () => evidence.list(),
      },
      ...{ clock, log, yieldToLoop, fail: failed },
    },
    {
      ...{ host: config.host, port: config.httpPort, trustedProxies: config.trustedProxies },
      ...{ registration: config.registration, requireExpires: config.requireExpires },
    },
  );
  const figures = createMetricsServer(
    { metrics: () => metrics.text(), clock, log, fail: failed },
    config.metricsPort,
  );
  return {
    api: () => `http://${bracketed(rpc.address().host)}:${rpc.address().port}`,
    metrics: () => `http://127.0.0.1:${figures.port()}/metrics`,
    operate: rpc.operate,
    parts: [
      { name: 'metrics', start: () => figures.start(), stop: () => figures.stop() },
      { name: 'rpc', start: () => rpc.start(), stop: () => rpc.stop() },
    ],
  };
}
