/** What a library has answered to a command, or that it has not: for the person at the terminal, with whom was asked. */
import type { ClientError } from '../../client/client-error.ts';

export class Refusal extends Error {
  override readonly name = 'Refusal';

  /** @param at - the URL of the library. */
  constructor(at: string, error: ClientError) {
    const { roomAt } = error;
    const when =
      roomAt === undefined ? '' : ` There is room from ${new Date(roomAt).toISOString()} on, as things are.`;
    super(`${at}: ${error.message}${when} (${error.code})`, { cause: error });
  }
}
