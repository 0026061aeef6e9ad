/** What a library has answered to a command, or that it has not: for the person at the terminal, with whom was asked. */
import type { ClientError } from '../../client/client-error.ts';

export class Refusal extends Error {
  override readonly name = 'Refusal';

  /** @param at - the URL of the library. */
  constructor(at: string, error: ClientError) {
    super(`${at}: ${error.message} (${error.code})`, { cause: error });
  }
}
