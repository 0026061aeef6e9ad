/**
 * The calls of a client that believes no library: their answers carry where they were proved. What checks them is loaded with
 * the first of them, so that a program that does not ask for it does not carry it.
 */
import type { VerifierPorts, VerifyingCalls } from './proved.ts';
import type { Verifier } from './verifier.ts';

export function verifyingCalls(ports: VerifierPorts): VerifyingCalls {
  let opened: Promise<Verifier> | undefined;

  function open(): Promise<Verifier> {
    opened ??= import('./verifier.ts').then(
      ({ Verifier: Loaded }) => new Loaded(ports),
      (error: unknown) => {
        opened = undefined;
        throw error;
      },
    );
    return opened;
  }

  return {
    account: async (wallet, options) => (await open()).account(wallet, options),
    file: async (hash, options) => (await open()).file(hash, options),
    download: async (wallet, hash, options) => (await open()).download(wallet, hash, options),
    transfer: async (wallet, options) => (await open()).transfer(wallet, options),
    submit: async (transaction, options) => (await open()).submit(transaction, options),
  };
}
