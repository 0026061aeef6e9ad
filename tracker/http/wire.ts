/** The HTTP wire: what stands behind /announce/ and /scrape/ as requests to the service, and its answers in bencode. */
import type { Bytes } from '../../core/bytes.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { TrackerService } from '../service.ts';
import { parseAnnounce, parseScrape } from './query.ts';
import { encodeFailure, encodeReply, encodeScrape } from './reply.ts';
import type { HttpHandlers } from './server.ts';

type Service = Pick<TrackerService, 'announceSoon' | 'scrape' | 'unreadable'>;

export function httpWire(service: Service): HttpHandlers {
  return {
    announce(pass, query, source) {
      const claims = parseAnnounce(query);
      if (claims.kind !== 'accept' || source === undefined) {
        return spell(service.unreadable('announced', pass, source), encodeReply);
      }
      const verdict = service.announceSoon({ pass, source, ...claims.value });
      if (verdict instanceof Promise) return verdict.then((last) => spell(last, encodeReply));
      return spell(verdict, encodeReply);
    },
    scrape(pass, query, source) {
      const infoHashes = parseScrape(query);
      if (infoHashes.kind !== 'accept' || source === undefined) {
        return spell(service.unreadable('scraped', pass, source), encodeScrape);
      }
      return spell(service.scrape({ pass, source, infoHashes: infoHashes.value }), encodeScrape);
    },
  };
}

function spell<T>(verdict: Verdict<T>, encode: (value: T) => Bytes): Bytes {
  return verdict.kind === 'accept' ? encode(verdict.value) : encodeFailure(verdict.code);
}
