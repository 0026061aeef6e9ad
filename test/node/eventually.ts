/** Waits for something that other code of this process brings about, turn by turn of the event loop. */
import { eventually as asked } from '../e2e/fixtures/eventually.ts';

/**
 * @param turn - what happens between two looks.
 * @throws with the source of what never came to hold, when a generous limit is over.
 */
export async function eventually(
  holds: () => boolean,
  turn: () => Promise<unknown> = () => new Promise(setImmediate),
): Promise<void> {
  await asked(String(holds), holds, turn);
}
