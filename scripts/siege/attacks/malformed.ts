/** What decoders have broken over before: JSON, DAG-CBOR, bencode, HTTP, and whatever has no form at all. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { limits } from '../../../core/limits.ts';
import type { Attack, Ground } from '../attack.ts';
import { outcomeOf } from '../caller.ts';

const PER_SECOND = 60;
const AT_ONCE = 64;
const STAY_MS = 5_000;
const JSON_TYPE = { 'content-type': 'application/json' };
const LONG = limits.bodyBytesMax - 1_000;

export const malformed: Attack = {
  name: 'malformed',
  what: `${PER_SECOND} a second: JSON, CBOR, bencode, HTTP, noise`,
  run: (ground) =>
    ground.pace(PER_SECOND, AT_ONCE, () => KINDS[Math.floor(Math.random() * KINDS.length)]!(ground)),
};

const KINDS: readonly ((ground: Ground) => Promise<string>)[] = [
  (ground) => post(ground, '/rpc', '['.repeat(LONG)),
  (ground) =>
    post(
      ground,
      '/rpc',
      `{"jsonrpc":"2.0","id":1,"method":"node_v1_submit","params":${'{"a":'.repeat(LONG / 5)}`,
    ),
  (ground) => post(ground, '/rpc', JSON.stringify(Array(LONG / 3).fill(0))),
  (ground) => post(ground, '/api/search', `{"query":${'9'.repeat(LONG)}}`),
  (ground) => post(ground, '/api/download', `{${'"__proto__":{},'.repeat(LONG / 16)}"a":1}`),
  (ground) => submit(ground, randomBytes(limits.transactionBytesMax)),
  (ground) => submit(ground, Buffer.alloc(limits.transactionBytesMax, 0x81)), // lists in lists
  (ground) => submit(ground, Buffer.concat([Buffer.of(0x9a, 0xff, 0xff, 0xff, 0xff), randomBytes(100)])), // 2^32 items
  torrent,
  announce,
  noise,
];

async function post({ library, caller }: Ground, path: string, text: string): Promise<string> {
  const url = library().api + path;
  return outcomeOf(await caller().call({ url, method: 'POST', headers: JSON_TYPE, body: Buffer.from(text) }));
}

function submit(ground: Ground, transaction: Buffer): Promise<string> {
  return post(ground, '/api/submit', JSON.stringify({ transaction: transaction.toString('base64') }));
}

/** Signed, so that somebody looks at it. */
async function torrent({ free, caller, library }: Ground): Promise<string> {
  const key = free.key();
  if (key === undefined) return 'no key yet';
  const bytes = [
    'l'.repeat(LONG),
    `d4:info${'d1:a'.repeat(LONG / 4)}`,
    'd4:infod6:pieces99999999999:',
    'i-0e',
  ];
  const text = bytes[Math.floor(Math.random() * bytes.length)]!;
  const hash = randomBytes(32).toString('hex');
  await caller(key.address)
    .client(library())
    .uploadTorrent(key.wallet, hash, new Uint8Array(Buffer.from(text)));
  return 'taken';
}

async function announce({ library, free, caller }: Ground): Promise<string> {
  const { host, trackerPort } = library();
  const pass = free.pass()?.url ?? `http://${host}:${trackerPort}/announce/${'A'.repeat(220)}`;
  const query = [
    'info_hash=%zz',
    'left=-1&port=0',
    `${'&'.repeat(3_000)}`,
    'info_hash=%ff%fe&left=NaN&event=x',
  ];
  const { status } = await caller().call({
    url: `${pass}?${query[Math.floor(Math.random() * query.length)]}`,
  });
  return `tracker ${status}`;
}

/** To any of the ports, that of the other libraries included. */
async function noise({ library, address, ended }: Ground): Promise<string> {
  const { host, httpPort, trackerPort, torrentPort } = library();
  const ports = [httpPort, httpPort + 1, trackerPort, torrentPort];
  const port = ports[Math.floor(Math.random() * ports.length)]!;
  const socket = connect({ host, port, localAddress: address() });
  const end = (): void => void socket.destroy();
  const timer = setTimeout(end, STAY_MS);
  ended.addEventListener('abort', end);
  socket.on('error', () => {});
  socket.resume();
  socket.write(randomBytes(1 + Math.floor(Math.random() * 5_000)));
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(timer);
  ended.removeEventListener('abort', end);
  return 'noise, closed';
}
