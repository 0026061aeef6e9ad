/**
 * Announce and scrape without a wire: pass, gate, swarm, answer, in this order. No input can throw out of here,
 * and nothing about passes is logged. The wires (http/; UDP and WebSocket later) only carry bytes.
 */

import type { Address } from '../core/address.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import type { Code } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { UnixMs } from '../core/scalars.ts';
import { accept, type Verdict } from '../core/verdict.ts';
import type { Seeding, Want } from '../torrent/peers.ts';
import { admitFrom, decide } from './gate.ts';
import { parseAnnounce, parseScrape } from './http/query.ts';
import { encodeAnswer, encodeFailure, encodeScrape, interval } from './http/reply.ts';
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

  /** @param pass - the path behind /announce/. @param query - behind the question mark. @returns bencode. */
  announce(pass: string, query: string, source: Address | undefined): Bytes {
    return this.#announced(this.#guard(() => this.#announce(pass, query, source)));
  }

  /** As `announce`; but a reader whose right another library knew a moment ago has his answer when this one knows it, too. */
  announceSoon(pass: string, query: string, source: Address | undefined): Bytes | Promise<Bytes> {
    const announce = (): Verdict<Bytes> => this.#guard(() => this.#announce(pass, query, source));
    const verdict = announce();
    const isToCome =
      verdict.kind === 'reject' && verdict.code === 'right.missing' && this.#isFresh(pass, source);
    const later = isToCome ? this.#toCome.wait(source!, announce) : undefined;
    return later === undefined ? this.#announced(verdict) : later.then((last) => this.#announced(last));
  }

  stop(): void {
    this.#toCome.stop();
  }

  #announced(verdict: Verdict<Bytes>): Bytes {
    this.#ports.metrics?.announced(verdict.kind === 'accept' ? 'served' : verdict.code);
    return verdict.kind === 'accept' ? verdict.value : encodeFailure(verdict.code);
  }

  /** Another library has issued it a moment ago. What this library issues, it knows the right for. */
  #isFresh(text: string, source: Address | undefined): boolean {
    const now = this.#ports.clock.now();
    const opened = this.#passes.open(text, source, now);
    if (opened.kind !== 'accept' || source === undefined) return false;
    const { issuer, expires } = opened.value;
    const isOwn = this.#ports.rights.isSelf(issuer);
    return !isOwn && Math.abs(now + limits.passLifeMs - expires * 1_000) < limits.freshPassMs;
  }

  /** @returns bencode; only what the pass's own file has. */
  scrape(pass: string, query: string, source: Address | undefined): Bytes {
    const verdict = this.#guard(() => this.#scrape(pass, query, source));
    this.#ports.metrics?.scraped(verdict.kind === 'accept' ? 'served' : verdict.code);
    return verdict.kind === 'accept' ? verdict.value : encodeFailure(verdict.code);
  }

  #announce(text: string, query: string, source: Address | undefined): Verdict<Bytes> {
    const now = this.#ports.clock.now();
    const opened = this.#passes.open(text, source, now);
    if (opened.kind !== 'accept') return opened;
    const pass = opened.value;
    const parsed = parseAnnounce(query);
    if (parsed.kind !== 'accept') return parsed;
    if (source === undefined) return { kind: 'reject', code: 'announce.malformed' };
    const { infoHash, peerId, port, event, wanted, left } = parsed.value;
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
    const answer = this.#swarms.announce(pass.fileHex, infoHash, { ...who, ...at, event, wanted }, now);
    // Whoever brings a file is fetched from also where no place in the swarm is left: he has one of his own upload.
    const isBrought = role === 'intake' && event !== 'stopped';
    if (isBrought && (answer.kind === 'accept' || answer.code === 'tracker.full'))
      this.#seeded({ file: pass.file, subject: pass.subject, at });
    if (answer.kind !== 'accept') return answer;
    const by = this.#ports.rights.isSelf(pass.issuer) ? undefined : pass.issuerHex;
    const comes = event !== 'stopped' && this.#wanted({ file: pass.file, infoHash, role, complete, at, by });
    const alone = !complete && answer.value.archives === 0;
    if (role !== 'member') {
      const shown =
        comes && !complete && role === 'reader' ? this.#archive.addTo(answer.value) : answer.value;
      return accept(encodeAnswer(shown, interval(peerId, alone), source));
    }
    if (this.#ports.rights.isSelf(pass.subject)) this.#archive.cameFrom(at);
    const insiders = this.#swarms.insiders(pass.fileHex, now);
    const admitted = { ...insiders, upSeconds: Math.ceil((now - this.#sinceMs) / 1_000) };
    return accept(encodeAnswer(answer.value, interval(peerId, alone, true), source, admitted));
  }

  #scrape(text: string, query: string, source: Address | undefined): Verdict<Bytes> {
    const now = this.#ports.clock.now();
    const opened = this.#passes.open(text, source, now);
    if (opened.kind !== 'accept') return opened;
    const { file, fileHex, subject } = opened.value;
    const asked = parseScrape(query);
    if (asked.kind !== 'accept') return asked;
    if (source === undefined) return { kind: 'reject', code: 'announce.malformed' };
    const gate = admitFrom(this.#ports.rights, opened.value, source, now);
    if (gate.kind !== 'accept') return gate;
    const wanted = new Set(asked.value.map(toHex));
    const rows = this.#ports.rights
      .infoHashes(file, subject)
      .filter((infoHash) => wanted.size === 0 || wanted.has(toHex(infoHash)))
      .map((infoHash) => [infoHash, this.#swarms.counts(fileHex, infoHash, gate.value, now)] as const);
    return accept(encodeScrape(rows));
  }

  /** The one place where a fault below (the store, say) becomes an answer instead of the end of the process. */
  #guard(run: () => Verdict<Bytes>): Verdict<Bytes> {
    try {
      return run();
    } catch (error) {
      this.#ports.log.error('tracker: a request failed', { error: error as Error });
      return { kind: 'reject', code: 'node.fault' };
    }
  }
}

/** After these the peers of the key are shown to nobody any more. */
const ENDS_THE_RIGHT: ReadonlySet<Code> = new Set(['right.missing', 'file.taken-down']);
