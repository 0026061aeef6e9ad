/** Registering a key at a library that may ask for a proof of work first. */
import { registerWorkText } from '../chain/kind/texts.ts';
import { utf8 } from '../core/bytes.ts';
import { findWork } from '../core/work.ts';
import { ClientError } from './client-error.ts';

type Registration<T> = {
  /** 64 hex. */
  readonly publicKey: string;
  /** @returns 64 hex. */
  chain(): Promise<string>;
  /** @param work - a word, when some was asked for. @throws ClientError. */
  send(work: string | undefined): Promise<T>;
  readonly signal: AbortSignal | undefined;
};

/** While it is being done, others may come, and then a little more is asked for. */
const ASKED_MAX = 5;
/** More than that no library of this protocol asks for: a minute. */
const BITS_MAX = 24;

export async function register<T>({ publicKey, chain, send, signal }: Registration<T>): Promise<T> {
  let work: string | undefined;
  for (let asked = 0; ; asked++) {
    try {
      return await send(work);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'register.work-needed') throw error;
      const { d, hour } = error.facts;
      if (asked === ASKED_MAX || d === undefined || hour === undefined || d > BITS_MAX) throw error;
      work = await done(d, hour, publicKey, await chain(), signal);
    }
  }
}

/** Gives others a turn of the loop now and then. */
async function done(
  bits: number,
  hour: number,
  publicKey: string,
  chain: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const steps = findWork(bits, (word) => utf8(registerWorkText(chain, publicKey, hour, word)));
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
  }
}
