/** A web page of somebody else in a reader's browser, and a name of somebody else that leads to the library. */
import { randomBytes } from 'node:crypto';
import { queryPath } from '../../../client/paths.ts';
import { toHex } from '../../../core/bytes.ts';
import { publicKeyOf } from '../../../core/sign.ts';
import type { Attack } from '../attack.ts';
import { outcomeOf } from '../caller.ts';
import type { Gate } from '../field.ts';

const PER_SECOND = 20;
const AT_ONCE = 16;
const PAGE = { origin: 'https://page.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
const REBOUND = { host: 'rebound.example' };
const PATHS = ['/api/status', '/health', '/api/search?query=volume'];

export const origins: Attack = {
  name: 'foreign pages',
  what: `${PER_SECOND} requests a second with a foreign Host or Origin`,
  run: ({ pace, library, caller }) =>
    pace(PER_SECOND, AT_ONCE, async () => {
      const [whose, headers] = Math.random() < 0.5 ? (['page', PAGE] as const) : (['host', REBOUND] as const);
      const { what, url } = asked(library());
      return `${whose}, ${what}: ${outcomeOf(await caller().call({ url, headers }))}`;
    }),
};

/** Half of it registers a key; the rest reads, from the API and from where the operator's programs read. */
function asked({ api, metricsPort }: Gate): { readonly what: string; readonly url: string } {
  if (Math.random() < 0.5) {
    const key = toHex(publicKeyOf(new Uint8Array(randomBytes(32))));
    return { what: 'register', url: api + queryPath('register', { public_key: key }) };
  }
  if (Math.random() < 0.25) return { what: 'metrics', url: `http://127.0.0.1:${metricsPort}/metrics` };
  return { what: 'read', url: api + PATHS[Math.floor(Math.random() * PATHS.length)]! };
}
