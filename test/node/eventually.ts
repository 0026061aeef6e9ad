/** Waits for something that other code brings about, turn by turn of the event loop; never for a time of its own. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
