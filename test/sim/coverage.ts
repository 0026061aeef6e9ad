/** What a run has exercised, counted, so that a fault that never happens shows. */
export const COUNTED = [
  'blocks',
  'transactions',
  'submissions',
  'acknowledged',
  'epochs',
  'nullifications',
  'notarizations',
  'finalizations',
  'crashes',
  'crashes in a write',
  'crashes between sends',
  'batches lost',
  'batches kept unacknowledged',
  'restarts',
  'orderly restarts',
  'pauses',
  'slow disks',
  'full disks',
  'clock jumps',
  'quorum losses',
  'partitions',
  'one-way partitions',
  'lines cut',
  'frames',
  'gossip',
  'requests',
  'messages lost',
  'messages blocked',
  'messages duplicated',
  'frames overtaken',
  'blocks by synchronisation',
  'accusations',
  'equivocations',
  'lies',
  'replays',
  'bodies withheld',
  'old disks restored',
  'memories lost',
  'memories mended',
] as const;
export type Counted = (typeof COUNTED)[number];

export class Coverage {
  readonly #counts = new Map<Counted, number>();

  count(what: Counted, by = 1): void {
    if (by > 0) this.#counts.set(what, this.of(what) + by);
  }

  of(what: Counted): number {
    return this.#counts.get(what) ?? 0;
  }

  add(other: Coverage): void {
    for (const [what, by] of other.#counts) this.count(what, by);
  }
}
