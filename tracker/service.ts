/**
 * Who meets whom, whatever the wire: pass, gate, swarm, answer, in this order. Requests come as values and leave as
 * verdicts; the wires (http/ now, UDP and WebSocket later) only carry bytes. No input can throw out of here, and nothing
 * about passes is logged.
 */
import type { Address } from '../core/address.ts';
import { toHex } from '../core/bytes.ts';
import type { Code } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { UnixMs } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Seeding, Want } from '../torrent/peers.ts';
import type { AnnounceReply, AnnounceRequest, ScrapeRequest, ScrapeRow } from './announce.ts';
import { admitFrom, decide } from './gate.ts';
import { intervals } from './interval.ts';
import { OwnArchive } from './own-archive.ts';
import { PassOpener } from './pass/opener.ts';
import type { Rights, TrackerMetrics } from './ports.ts';
import { RightToCome } from './right-to-come.ts';
import type { Swarms } from './swarm/swarms.ts';

export type ServicePorts = {
  readonly rights: Rights;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: TrackerMetrics;
};

type Asked = keyof TrackerMetrics;

export class TrackerService {
  readonly #ports: ServicePorts;
  readonly #swarms: Swarms;
  readonly #passes: PassOpener;
  /** Swarms are as old as this. */
  readonly #sinceMs: UnixMs;
  readonly #archive = new OwnArchive();
  readonly #toCome: RightToCome;
  #wanted: (want: Want) => boolean = () => false;
  #seeded: (seeding: Seeding) => void = () => {};

  /** @param chainId - 64 hex characters. */
  constructor(ports: ServicePorts, chainId: string, swarms: Swarms) {
    this.#ports = ports;
    this.#swarms = swarms;
    this.#passes = new PassOpener(chainId, (key) => ports.rights.isMember(key));
    this.#sinceMs = ports.clock.now();
    this.#toCome = new RightToCome(ports.clock);
  }

  /** @param tell - @returns whether the archive of this library comes with the whole file. */
  onWanted(tell: (want: Want) => boolean): void {
    this.#wanted = tell;
  }

  onSeeded(tell: (seeding: Seeding) => void): void {
    this.#seeded = tell;
  }

  stop(): void {
    this.#toCome.stop();
  }

  /** @returns what the peer is told; reject with a code of pass, gate or swarm, or "node.fault". */
  announce(request: AnnounceRequest): Verdict<AnnounceReply> {
    return this.#counted(
      'announced',
      this.#guard(() => this.#announce(request)),
    );
  }

  /** As `announce`; but a reader whose right another library knew a moment ago has his answer when this one knows it, too. */
  announceSoon(request: AnnounceRequest): Verdict<AnnounceReply> | Promise<Verdict<AnnounceReply>> {
    const announce = (): Verdict<AnnounceReply> => this.#guard(() => this.#announce(request));
    const verdict = announce();
    const isToCome = verdict.kind === 'reject' && verdict.code === 'right.missing' && this.#isFresh(request);
    const later = isToCome ? this.#toCome.wait(request.source, announce) : undefined;
    if (later === undefined) return this.#counted('announced', verdict);
    return later.then((last) => this.#counted('announced', last));
  }

  /** @returns rows of the pass's own file only; reject as `announce`. */
  scrape(request: ScrapeRequest): Verdict<readonly ScrapeRow[]> {
    return this.#counted(
      'scraped',
      this.#guard(() => this.#scrape(request)),
    );
  }

  /**
   * For a wire that cannot read the rest of a request, or does not know from where it comes: what is wrong with the pass
   * is said first. @returns never accept; at the least reject("announce.malformed").
   */
  unreadable(asked: Asked, pass: string, source: Address | undefined): Verdict<never> {
    return this.#counted(
      asked,
      this.#guard(() => {
        const opened = this.#passes.open(pass, source, this.#ports.clock.now());
        return opened.kind === 'accept' ? reject('announce.malformed') : opened;
      }),
    );
  }

  #announce(request: AnnounceRequest): Verdict<AnnounceReply> {
    const { source, infoHash, peerId, port, event, wanted, left } = request;
    const now = this.#ports.clock.now();
    const opened = this.#passes.open(request.pass, source, now);
    if (opened.kind !== 'accept') return opened;
    const pass = opened.value;
    const gate = decide(this.#ports.rights, pass, infoHash, source, now);
    if (gate.kind !== 'accept') {
      if (ENDS_THE_RIGHT.has(gate.code)) this.#swarms.removeSubject(pass.fileHex, pass.subjectHex);
      return gate;
    }
    const role = gate.value;
    const complete = left === 0n;
    const at = { address: source, port };
    const paid = role === 'intake' && this.#ports.rights.hasPaid(pass.subject);
    const who = { subject: pass.subjectHex, pass, role, paid, peerId, complete };
    const shown = this.#swarms.announce(pass.fileHex, infoHash, { ...who, ...at, event, wanted }, now);
    // Whoever brings a file is fetched from also where no place in the swarm is left: he has one of his own upload.
    const isBrought = role === 'intake' && event !== 'stopped';
    if (isBrought && (shown.kind === 'accept' || shown.code === 'tracker.full'))
      this.#seeded({ file: pass.file, subject: pass.subject, at });
    if (shown.kind !== 'accept') return shown;
    const by = this.#ports.rights.isSelf(pass.issuer) ? undefined : pass.issuerHex;
    const comes = event !== 'stopped' && this.#wanted({ file: pass.file, infoHash, role, complete, at, by });
    const { archives, ...peers } = shown.value;
    const alone = !complete && archives === 0;
    if (role !== 'member') {
      const told = comes && !complete && role === 'reader' ? this.#archive.addTo(peers) : peers;
      return accept({ ...told, ...intervals(peerId, alone), external: source });
    }
    if (this.#ports.rights.isSelf(pass.subject)) this.#archive.cameFrom(at);
    const upSeconds = Math.ceil((now - this.#sinceMs) / 1_000);
    const admitted = { ...this.#swarms.insiders(pass.fileHex, now), upSeconds };
    return accept({ ...peers, ...intervals(peerId, alone, true), external: source, admitted });
  }

  #scrape({ pass: text, source, infoHashes }: ScrapeRequest): Verdict<readonly ScrapeRow[]> {
    const now = this.#ports.clock.now();
    const opened = this.#passes.open(text, source, now);
    if (opened.kind !== 'accept') return opened;
    const { file, fileHex, subject } = opened.value;
    const gate = admitFrom(this.#ports.rights, opened.value, source, now);
    if (gate.kind !== 'accept') return gate;
    const wanted = new Set(infoHashes.map(toHex));
    return accept(
      this.#ports.rights
        .infoHashes(file, subject)
        .filter((infoHash) => wanted.size === 0 || wanted.has(toHex(infoHash)))
        .map((infoHash) => [infoHash, this.#swarms.counts(fileHex, infoHash, gate.value, now)] as const),
    );
  }

  /** Another library has issued it a moment ago. What this library issues, it knows the right for. */
  #isFresh({ pass, source }: AnnounceRequest): boolean {
    const now = this.#ports.clock.now();
    const opened = this.#passes.open(pass, source, now);
    if (opened.kind !== 'accept') return false;
    const { issuer, expires } = opened.value;
    const isOwn = this.#ports.rights.isSelf(issuer);
    return !isOwn && Math.abs(now + limits.passLifeMs - expires * 1_000) < limits.freshPassMs;
  }

  #counted<T>(asked: Asked, verdict: Verdict<T>): Verdict<T> {
    this.#ports.metrics?.[asked](verdict.kind === 'accept' ? 'served' : verdict.code);
    return verdict;
  }

  /** The one place where a fault below (the store, say) becomes an answer instead of the end of the process. */
  #guard<T>(run: () => Verdict<T>): Verdict<T> {
    try {
      return run();
    } catch (error) {
      this.#ports.log.error('tracker: a request failed', { error: error as Error });
      return reject('node.fault');
    }
  }
}

/** After these the peers of the key are shown to nobody any more. */
const ENDS_THE_RIGHT: ReadonlySet<Code> = new Set(['right.missing', 'file.taken-down']);
