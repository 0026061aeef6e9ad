/**
 * Readers announce at the tracker of one library; the bytes may lie in the archive of another. What is wanted
 * here and not held here is told to all members, at most once a minute and file; whoever holds it begins to
 * seed, and its archive announces at every tracker, also when it has done so before.
 */

import { LRUCache } from 'lru-cache';
import type { Bytes } from '../core/bytes.ts';
import { toHex } from '../core/bytes.ts';
import type { Clock, Network } from '../core/ports.ts';
import type { UnixMs } from '../core/scalars.ts';
import { accept, type Verdict } from '../core/verdict.ts';
import type { Archive } from '../tracker/archive/archive.ts';
import type { Want } from '../tracker/ports.ts';
import { decodeWant, encodeWant, WANT_TOPIC } from './protocols.ts';

type Ports = { readonly archive: Archive; readonly network: Network; readonly clock: Clock };

const TOLD_MAX = 10_000;
const MINUTE_MS = 60_000;

export class Wants {
  readonly #ports: Ports;
  /** By info hash: when it was told last. */
  readonly #told = new LRUCache<string, UnixMs>({ max: TOLD_MAX });

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** At our tracker. Quick: it is called at every announce. */
  wanted(want: Want): void {
    const { archive, network, clock } = this.#ports;
    archive.want(want);
    if (want.role !== 'reader' || want.complete || archive.has(want.file)) return;
    const toldMs = clock.now();
    const name = toHex(want.infoHash);
    const before = this.#told.get(name);
    if (before !== undefined && toldMs - before < MINUTE_MS) return;
    this.#told.set(name, toldMs);
    network.publish(WANT_TOPIC, encodeWant({ file: want.file, infoHash: want.infoHash, toldMs }));
  }

  /** At another library's tracker. */
  receive(bytes: Bytes): Verdict {
    const want = decodeWant(bytes);
    if (want.kind !== 'accept') return want;
    this.#ports.archive.sought(want.value.file, want.value.infoHash);
    return accept();
  }
}
