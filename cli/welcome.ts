/** What a person sees when a library has started: where it is, and what to try next. */
import type { Library } from '../node/compose.ts';

export function welcome(library: Library): string {
  const { api, tracker, metrics } = library.addresses();
  return [
    '',
    `  ${library.federation}`,
    '',
    `  API       ${api}`,
    `  tracker   ${tracker}`,
    `  metrics   ${metrics}`,
    `  chain     ${library.chainId}`,
    `  library   ${library.key}`,
    '',
    '  Try next, in another terminal:',
    `    curl ${api}/api/status`,
    `    curl '${api}/api/search?query='`,
    '    docs/talk-to-a-library.md shows how to make a key, upload and download;',
    '    npm run federation starts four libraries, npm run demo tells the whole story.',
    '',
    '  Ctrl-C stops the library.',
    '',
  ].join('\n');
}
