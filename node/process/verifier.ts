/**
 * Signatures checked off the event loop, by one thread of our own (node/process/verifier-thread.ts). What is asked for in one
 * go leaves as one message: handing each check to the thread pool costs the loop nearly as much as the check itself,
 * and the pool's threads then fight with the loop for the processor.
 */

import { type KeyObject, verify } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import type { SignatureCheck } from '../../chain/transaction/signing.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, isBytes, toHex } from '../../core/bytes.ts';
import { importPublicKey } from '../../core/crypto-node.ts';
import {
  HASH_BYTES,
  type Hash32,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  SIGNATURE_BYTES,
  type Signature64,
} from '../../core/scalars.ts';
import { passesForKey } from '../../core/sign.ts';
import { THREAD_CODE, type ThreadData } from './verifier-thread.ts';

export type Verifier = {
  /** Do all of these signatures hold? Off the event loop. */
  verify(checks: readonly SignatureCheck[]): Promise<boolean>;
  /** Does this one hold? Here and now: for the few votes of consensus. */
  verifyNow(publicKey: PublicKey32, hash: Hash32, signature: Signature64): boolean;
};
export type VerifierThread = Verifier & {
  /** Ends the thread, once what was asked is answered. */
  stop(): Promise<void>;
};

/** Public key, hash, signature, one after the other. */
const CHECK_BYTES = PUBLIC_KEY_BYTES + HASH_BYTES + SIGNATURE_BYTES;
/** On their way to the thread: one that it works on, and the next, so that it never waits for the loop. */
const MESSAGES_MAX = 2;
/** Keys of authorities; those of readers are at hand in the thread. */
const KEYS_MAX = 1_000;
const THREAD_HEAP = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };
const THREAD_DATA: ThreadData = {
  keyBytes: PUBLIC_KEY_BYTES,
  hashBytes: HASH_BYTES,
  signatureBytes: SIGNATURE_BYTES,
};

type Question = {
  readonly checks: readonly SignatureCheck[];
  answer(holds: boolean): void;
  fail(error: unknown): void;
};

/** Of one process. The thread begins with the first question. */
export function createVerifier(): VerifierThread {
  const keys = new LRUCache<string, KeyObject>({ max: KEYS_MAX });
  const thread = new Thread();
  return {
    async verify(checks) {
      return checks.every(mayHold) && (checks.length === 0 || (await thread.ask(checks)));
    },
    verifyNow(publicKey, hash, signature) {
      const key = keyOf(keys, publicKey);
      return key !== undefined && signature.length === SIGNATURE_BYTES && verify(null, hash, key, signature);
    },
    stop: () => thread.stop(),
  };
}

/** Importing a key costs 20 µs, so the last ones stay at hand. @returns undefined for what cannot be one. */
function keyOf(known: LRUCache<string, KeyObject>, publicKey: Bytes): KeyObject | undefined {
  const name = toHex(publicKey);
  const at = known.get(name);
  if (at !== undefined) return at;
  if (!passesForKey(publicKey)) return undefined;
  const key = importPublicKey(publicKey);
  known.set(name, key);
  return key;
}

/** Begins with the first question, and holds the process only while somebody waits. */
class Thread {
  #worker: Worker | undefined;
  /** Not sent yet. Bounded by those who ask: a peer by `checkingPerPeerMax`, a caller by the bounds of the API. */
  #next: Question[] = [];
  /** Sent, in order: the thread answers in order. */
  readonly #sent: (readonly Question[])[] = [];

  ask(checks: readonly SignatureCheck[]): Promise<boolean> {
    return new Promise((answer, fail) => {
      this.#next.push({ checks, answer, fail });
      if (this.#next.length === 1) setImmediate(() => this.#send());
    });
  }

  async stop(): Promise<void> {
    if (this.#worker === undefined && this.#next.length === 0) return;
    await this.ask([]); // answers come in order
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  /** What comes while the thread has enough to do leaves together: a message costs as much as a check. */
  #send(): void {
    const questions = this.#next;
    if (questions.length === 0 || this.#sent.length === MESSAGES_MAX) return;
    this.#next = [];
    const bytes = pack(questions.flatMap(({ checks }) => checks));
    this.#sent.push(questions);
    this.#worker ??= this.#begin();
    this.#worker.ref();
    this.#worker.postMessage(bytes, [bytes.buffer]);
  }

  #begin(): Worker {
    const worker = new Worker(THREAD_CODE, {
      eval: true,
      workerData: THREAD_DATA,
      resourceLimits: THREAD_HEAP,
    });
    worker.on('message', (holds: Bytes) => this.#answer(worker, holds));
    const lost = (error: unknown): void => {
      if (this.#worker === worker) this.#lost(error);
    };
    worker.on('error', lost);
    worker.on('exit', () => lost(new Error('the verifying thread has ended')));
    return worker;
  }

  /** @param holds - a byte for each check: 1 = it holds. */
  #answer(worker: Worker, holds: Bytes): void {
    const questions = this.#sent.shift();
    assert(questions !== undefined, 'the thread answers what it was asked');
    if (this.#sent.length === 0) worker.unref();
    let at = 0;
    for (const { checks, answer } of questions) {
      answer(holds.subarray(at, at + checks.length).every((one) => one === 1));
      at += checks.length;
    }
    assert(at === holds.length, 'the thread answers every check');
    this.#send();
  }

  /** It has died: whoever waits fails, and a node that cannot check signatures stops. */
  #lost(error: unknown): void {
    this.#worker = undefined;
    const questions = [...this.#sent.splice(0).flat(), ...this.#next.splice(0)];
    for (const { fail } of questions) fail(error);
  }
}

/** What OpenSSL must not be asked: it knows no keys that are unacceptable. */
function mayHold({ publicKey, hash, signature }: SignatureCheck): boolean {
  return passesForKey(publicKey) && isBytes(hash, HASH_BYTES) && isBytes(signature, SIGNATURE_BYTES);
}

function pack(checks: readonly SignatureCheck[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(checks.length * CHECK_BYTES);
  for (const [i, { publicKey, hash, signature }] of checks.entries()) {
    const at = i * CHECK_BYTES;
    bytes.set(publicKey, at);
    bytes.set(hash, at + PUBLIC_KEY_BYTES);
    bytes.set(signature, at + PUBLIC_KEY_BYTES + HASH_BYTES);
  }
  return bytes;
}
