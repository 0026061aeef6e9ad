/**
 * Does the time of an answer tell a stranger whether a key has bought a file? Asks with a signature that is not the
 * key's, of a buyer and of two readers who could buy and have not, in turn and many times, and compares.
 */
import { randomInt } from 'node:crypto';
import { Agent } from 'node:http';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import { createClient } from '../../client/client.ts';
import type { Wallet } from '../../client/wallet.ts';
import { hexToBytes } from '../../core/bytes.ts';
import { type Asked, addressIn, askWith } from './networks.ts';
import { setStage } from './stage.ts';

/** Each gives a median of its own: how far they are from one another is the noise. */
const BATCHES = 20;
const WARM_UP = 200;
/** From one address: what each client has of its own pays for them, also of the dearest call (callsOwnMax, rpc/costs.ts). */
const ROUNDS_OF_ADDRESS = 12;

export type Told = {
  readonly call: string;
  /** Of a correct answer to a forger, microseconds. */
  readonly medianUs: number;
  /** Buyer less non-buyer, and its standard error. */
  readonly differenceUs: number;
  readonly errorUs: number;
  /** The same of two non-buyers: what the machine itself tells. */
  readonly controlUs: number;
  readonly controlErrorUs: number;
};

type Ask = (key: Wallet) => Asked;

/** @param asks - of each call and key. */
export async function measurePrivacy(asks: number): Promise<readonly Told[]> {
  const parameters = { attestations: 1 };
  const stage = await setStage({ libraries: 1, readers: 4, files: 1, parameters });
  const asker = new Asker(stage.apis[0]!);
  try {
    const [, buyer, other, another] = stage.readers as [Wallet, Wallet, Wallet, Wallet];
    const hash = stage.files[0]!;
    await createClient({ url: stage.apis[0]! }).download(buyer, hash);
    const told: Told[] = [];
    for (const [call, ask] of Object.entries(await forgeries(hash, other))) {
      told.push(await compare(call, [buyer, other, another], asks, { asker, ask }));
    }
    return told;
  } finally {
    asker.end();
    await stage.end();
  }
}

/** A signature of the right form, by somebody else over something else. */
async function forgeries(hash: string, forger: Wallet): Promise<Readonly<Record<string, Ask>>> {
  const signed_hash = await forger.signDownload('0'.repeat(64), hash);
  const expires = String(Math.floor(Date.now() / 1_000) + 1_800);
  const query = (call: string, fields: Readonly<Record<string, string>>): Asked => {
    return { path: `/api/${call}?${new URLSearchParams(fields)}` };
  };
  const claim = (call: string, more: Readonly<Record<string, string>> = {}): Ask => {
    return ({ publicKey }) => query(call, { hash, public_key: publicKey, signed_hash, ...more });
  };
  return {
    download: claim('download'),
    upload: claim('upload'),
    fetch: claim('fetch', { expires }),
    'upload-state': claim('upload-state', { expires }),
    proof: claim('proof'),
    account: ({ publicKey }) => query('account', { public_key: publicKey, expires, signed_hash }),
    submit({ key }) {
      const signature = hexToBytes(signed_hash);
      const transaction = encodeTransaction({
        kind: 'download',
        hash: hexToBytes(hash),
        key,
        expires: undefined,
        signature,
      });
      const body = JSON.stringify({ transaction: Buffer.from(transaction).toString('base64') });
      return { path: '/api/submit', body };
    },
  };
}

async function compare(
  call: string,
  keys: readonly [Wallet, Wallet, Wallet],
  asks: number,
  { asker, ask }: { readonly asker: Asker; readonly ask: Ask },
): Promise<Told> {
  await asker.move(ask(keys[1]));
  for (let i = 0; i < WARM_UP; i++) await asker.time(ask(keys[i % keys.length]!));
  let rounds = 0;
  const batches: (readonly [number, number, number])[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const times: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < asks / BATCHES; i++) {
      if (rounds++ % ROUNDS_OF_ADDRESS === 0) await asker.move(ask(keys[1]));
      // In an order that is new each time: whatever comes second may be faster.
      for (const at of shuffled()) times[at].push(await asker.time(ask(keys[at])));
    }
    batches.push([median(times[0]), median(times[1]), median(times[2])]);
  }
  const difference = meanOf(batches.map(([buyer, other]) => buyer - other));
  const control = meanOf(batches.map(([, other, another]) => other - another));
  return {
    call,
    medianUs: median(batches.flat()),
    differenceUs: difference.mean,
    errorUs: difference.error,
    controlUs: control.mean,
    controlErrorUs: control.error,
  };
}

/** One connection at a time, each from another network of this machine (Linux): nobody may ask so much from one. */
class Asker {
  readonly #api: string;
  #agent: Agent | undefined;
  #network = 0;

  constructor(api: string) {
    this.#api = api;
  }

  /** To the next network. The first answer over a connection says nothing of the others. */
  async move(first: Asked): Promise<void> {
    this.#agent?.destroy();
    this.#network += 1;
    const localAddress = addressIn(this.#network);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress });
    await this.time(first);
  }

  /** @returns microseconds. */
  async time(asked: Asked): Promise<number> {
    const { status, tookMs } = await askWith(this.#agent, this.#api, asked);
    if (status !== 401) throw new Error(`a forgery was answered with ${status}`);
    return 1_000 * tookMs;
  }

  end(): void {
    this.#agent?.destroy();
  }
}

function shuffled(): readonly (0 | 1 | 2)[] {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const;
  return orders[randomInt(orders.length)]!;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function meanOf(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const variance = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) };
}
