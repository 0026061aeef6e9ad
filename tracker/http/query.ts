/**
 * The query string of an announce (BEP 3, 7, 23) or a scrape (BEP 48), as it came. `info_hash` and `peer_id` are
 * percent-encoded binary and never text. `ip`, `ipv4` and `ipv6` are not read at all: see core/address.ts. Answers are
 * always compact, which BEP 23 allows whatever `compact` says. Pure.
 */
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { INFO_HASH_BYTES, type InfoHash20, TOKENS_MAX } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnnounceEvent, PeerClaims } from '../announce.ts';

const PEER_ID_BYTES = 20;
const PORT_MAX = 65_535;
const DIGITS = /^[0-9]{1,19}$/;
const EVENTS: ReadonlySet<string> = new Set(['started', 'stopped', 'completed']);

/** @param query - what stands behind the question mark. @returns reject("announce.malformed"). */
export function parseAnnounce(query: string): Verdict<PeerClaims> {
  let infoHash: Bytes | undefined;
  let peerId: Bytes | undefined;
  let port: number | undefined;
  let uploaded: bigint | undefined;
  let downloaded: bigint | undefined;
  let left: bigint | undefined;
  let event: AnnounceEvent;
  let wanted: number = limits.peersReturnedMax;
  for (const [name, value] of fields(query)) {
    switch (name) {
      case 'info_hash':
        if (infoHash !== undefined) return malformed('info_hash stands twice');
        infoHash = percentDecode(value, INFO_HASH_BYTES);
        if (infoHash === undefined) return malformed('info_hash has not 20 bytes');
        break;
      case 'peer_id':
        if (peerId !== undefined) return malformed('peer_id stands twice');
        peerId = percentDecode(value, PEER_ID_BYTES);
        if (peerId === undefined) return malformed('peer_id has not 20 bytes');
        break;
      case 'port':
        port = DIGITS.test(value) ? Number(value) : undefined;
        if (port === undefined || port < 1 || port > PORT_MAX) return malformed('port is not a port');
        break;
      case 'uploaded':
        uploaded = amount(value);
        break;
      case 'downloaded':
        downloaded = amount(value);
        break;
      case 'left':
        left = amount(value);
        break;
      case 'event':
        event = EVENTS.has(value) ? (value as AnnounceEvent) : undefined;
        break;
      case 'numwant':
        // Clients say -1 for "as you like".
        if (DIGITS.test(value)) wanted = Math.min(Number(value), limits.peersReturnedMax);
        break;
    }
  }
  if (infoHash === undefined) return malformed('info_hash is missing');
  if (peerId === undefined) return malformed('peer_id is missing');
  if (port === undefined) return malformed('port is missing');
  return accept({ infoHash, peerId, port, uploaded, downloaded, left, event, wanted });
}

/** The info hashes that a scrape names, possibly none. @returns reject("announce.malformed"). */
export function parseScrape(query: string): Verdict<readonly InfoHash20[]> {
  const infoHashes: Bytes[] = [];
  for (const [name, value] of fields(query)) {
    if (name !== 'info_hash') continue;
    const infoHash = percentDecode(value, INFO_HASH_BYTES);
    if (infoHash === undefined) return malformed('info_hash has not 20 bytes');
    if (infoHashes.length === limits.scrapeHashesMax) return malformed('too many info hashes');
    infoHashes.push(infoHash);
  }
  return accept(infoHashes);
}

function malformed(detail: string) {
  return reject('announce.malformed', detail);
}

function* fields(query: string): Generator<readonly [string, string]> {
  for (const field of query.split('&')) {
    const equals = field.indexOf('=');
    if (equals > 0) yield [field.slice(0, equals), field.slice(equals + 1)];
  }
}

function amount(text: string): bigint | undefined {
  if (!DIGITS.test(text)) return undefined;
  const value = BigInt(text);
  return value <= TOKENS_MAX ? value : undefined;
}

/**
 * RFC 3986, section 2.1, to bytes. A "+" is a space, as in forms: nobody writes 0x2b so, which is reserved and which
 * every client escapes, but clients that build their query by a library for forms (Go's url.Values, Python's urlencode,
 * Java's URLEncoder) write 0x20 so. @returns undefined unless exactly `length` bytes come out.
 */
function percentDecode(text: string, length: number): Bytes | undefined {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    if (at === length) return undefined;
    let code = text.charCodeAt(i);
    if (code === PERCENT) {
      code = (hexDigit(text.charCodeAt(i + 1)) << 4) | hexDigit(text.charCodeAt(i + 2));
      i += 2;
    } else if (code === PLUS) {
      code = SPACE;
    }
    if (code < 0 || code > 0xff) return undefined;
    bytes[at++] = code;
  }
  return at === length ? bytes : undefined;
}
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/** @returns -1 when it is none; NaN (past the end) is none. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
