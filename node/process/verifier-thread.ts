/**
 * What the thread of node/process/verifier.ts runs: a message is checks one after the other, the answer to it a byte for each.
 */

type Told = { readonly keyBytes: number; readonly hashBytes: number; readonly signatureBytes: number };

/** Stands alone, as the thread gets its text: a thread that loads our modules takes twice the memory (15 to 28 MiB). */
function serve(): void {
  const KEYS_MAX = 50_000;
  const { createPublicKey, verify } = process.getBuiltinModule('node:crypto');
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { keyBytes, hashBytes, signatureBytes }: Told = workerData;
  /** Importing a key costs 20 µs, so the last ones stay at hand. */
  const keys = new Map<string, ReturnType<typeof createPublicKey>>();

  const keyOf = (bytes: Uint8Array): ReturnType<typeof createPublicKey> => {
    const x = Buffer.from(bytes).toString('base64url');
    const key = keys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    keys.delete(x);
    keys.set(x, key);
    if (keys.size > KEYS_MAX) keys.delete(keys.keys().next().value!);
    return key;
  };

  parentPort!.on('message', (checks: Uint8Array) => {
    const each = keyBytes + hashBytes + signatureBytes;
    const holds = new Uint8Array(checks.length / each);
    for (let i = 0; i < holds.length; i++) {
      const hashAt = i * each + keyBytes;
      const signatureAt = hashAt + hashBytes;
      const key = keyOf(checks.subarray(i * each, hashAt));
      const hash = checks.subarray(hashAt, signatureAt);
      if (verify(null, hash, key, checks.subarray(signatureAt, (i + 1) * each))) holds[i] = 1;
    }
    parentPort!.postMessage(holds, [holds.buffer]);
  });
}

/** A script. */
export const THREAD_CODE = `(${serve})();`;
export type ThreadData = Told;
