/** A question put to the rows of a room, as a node puts it. */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { PeerKey } from '../../core/ports.ts';
import { type Protocol, refuse } from '../../node/peers/protocol.ts';
import { keyOf } from '../chain/world.ts';

/** Of rows that answer at once. @throws what the row throws; Fault("network.unreachable") when there is none of that name. */
export function answerOf(
  protocols: readonly Protocol[],
  request: string,
  question: Bytes,
  from: PeerKey = keyOf('eve'),
): Bytes {
  const row = protocols.find((one) => 'request' in one && one.request === request);
  if (row === undefined || !('request' in row)) refuse();
  const answer = row.answer(from, question);
  assert(answer instanceof Uint8Array, 'a room that is asked here answers at once');
  return answer;
}
