/**
 * Feeds the catalogue from what final blocks did, from where it has come to; or from the state, when that is not kept so
 * long. An event tells which file a block touched; what the file is now, the state says.
 */

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { CatalogueChanges, CatalogueFile } from '../../catalogue/changes.ts';
import type { ChainEvent, EventKind } from '../../chain/kind/event.ts';
import { file } from '../../chain/queries.ts';
import { SPACES } from '../../chain/state/keys.ts';
import type { StateView } from '../../chain/state/state.ts';
import { toHex } from '../../core/bytes.ts';
import type { Log } from '../../core/ports.ts';
import { HASH_BYTES, type Hash32, type Height } from '../../core/scalars.ts';
import type { BlockEvents } from '../ledger/block-store.ts';
import type { EventFeed } from '../ledger/event-feed.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { viewOfEntry, walkState } from '../ledger/state-walk.ts';

/** Blocks without files move the catalogue's height only so often: a restart reads them once more. */
const QUIET_BLOCKS_MAX = 1_000;
/** Of the state, at a time. */
const ENTRIES = 1_000;
const NOTHING: CatalogueChanges = { added: [], removed: [] };
/** After these a file may be found that was not, or the other way round. */
const TOUCHING: ReadonlySet<EventKind> = new Set(['available', 'taken-down', 'restored', 'reset']);

type Ports = {
  readonly ledger: Ledger;
  readonly events: Pick<EventFeed, 'follow'>;
  readonly catalogue: Catalogue;
  readonly log: Log;
};

export class CatalogueFeed {
  readonly #ports: Ports;
  #follower: ReturnType<EventFeed['follow']> | undefined;
  /** Of the last block that it was told of. */
  #height: Height = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Opens the catalogue, brings it up to the head, and keeps it there. */
  async start(): Promise<void> {
    const { catalogue, events, log } = this.#ports;
    await catalogue.start();
    const head = this.#headHeight();
    if ((await catalogue.height()) > head) await catalogue.reset(); // of another chain, or of a longer one
    this.#height = Math.max(0, await catalogue.height()); // genesis has no files
    const from = this.#height + 1;
    if (from < head) log.info('the catalogue catches up', { from, to: head });
    this.#follower = events.follow({
      from,
      take: (block) => this.#take(block),
      lost: () => this.#readState(),
    });
    await this.#follower.caughtUp();
  }

  async stop(): Promise<void> {
    const { catalogue } = this.#ports;
    await this.#follower?.stop();
    if (this.#follower?.isAtHead) await catalogue.apply(this.#headHeight(), NOTHING);
    await catalogue.stop();
  }

  #headHeight(): Height {
    return this.#ports.ledger.head().header.height;
  }

  /** The state has every file, too. @returns from where on to follow: what is committed meanwhile comes once more. */
  async #readState(): Promise<Height> {
    const { catalogue, ledger, log } = this.#ports;
    const height = this.#headHeight();
    log.info('the catalogue is filled from the state', { height });
    await catalogue.reset();
    for await (const entries of walkState(ledger.blocks.store, Uint8Array.of(SPACES.file), ENTRIES)) {
      const files = entries.flatMap((entry) => file(viewOfEntry(entry), entry[0].slice(-HASH_BYTES)) ?? []);
      await catalogue.load(files.filter(({ takenDown }) => !takenDown));
    }
    await catalogue.apply(height, NOTHING);
    this.#height = height;
    return height + 1;
  }

  #take({ height, events }: BlockEvents): Promise<void> | void {
    const changes = changesOf(events, this.#ports.ledger.head().view);
    const count = changes.added.length + changes.removed.length;
    if (count === 0 && height - this.#height < QUIET_BLOCKS_MAX) return;
    this.#height = height;
    return this.#ports.catalogue.apply(height, changes);
  }
}

function changesOf(events: readonly ChainEvent[], view: StateView): CatalogueChanges {
  const added: CatalogueFile[] = [];
  const removed: Hash32[] = [];
  for (const hash of touchedBy(events)) {
    const record = file(view, hash);
    if (record === undefined || record.takenDown) {
      removed.push(hash);
      continue;
    }
    const { name, size, height } = record;
    added.push({ hash, name, size, height });
  }
  return { added, removed };
}

/** Each file once. */
function touchedBy(events: readonly ChainEvent[]): Iterable<Hash32> {
  const hashes = events.flatMap((event) => (TOUCHING.has(event.kind) && 'hash' in event ? [event.hash] : []));
  return new Map(hashes.map((hash) => [toHex(hash), hash])).values();
}
