/** A web page of somebody else in a reader's browser, and a name of somebody else that leads to the library. */
import { randomBytes } from 'node:crypto';
import { queryPath } from '../../../client/paths.ts';
import { toHex } from '../../../core/bytes.ts';
import { publicKeyOf } from '../../../core/sign.ts';
import type { Attack } from '../attack.ts';
import { outcomeOf } from '../outcome.ts';

const PER_SECOND = 20;
const AT_ONCE = 16;
const PAGE = { origin: 'https://page.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
const REBOUND = { host: 'rebound.example' };
const PATHS = ['/api/status', '/metrics', '/health', '/api/search?query=volume'];

export const origins: Attack = {
  name: 'foreign pages',
  what: `${PER_SECOND} requests a second with a foreign Host or Origin`,
  run: ({ pace, library, caller }) =>
    pace(PER_SECOND, AT_ONCE, async () => {
      const [whose, headers] = Math.random() < 0.5 ? (['page', PAGE] as const) : (['host', REBOUND] as const);
      const registers = Math.random() < 0.5;
      const key = toHex(publicKeyOf(new Uint8Array(randomBytes(32))));
      const path = registers
        ? queryPath('register', { public_key: key })
        : PATHS[Math.floor(Math.random() * PATHS.length)]!;
      const answer = await caller().call({ url: library().api + path, headers });
      return `${whose}, ${registers ? 'register' : 'read'}: ${outcomeOf(answer)}`;
    }),
};
