/** A lane (test-lanes.ts): is told one file of tests after the other, and says what has become of it. */

import { END_OF_FILE, type Order } from './test-lanes.ts';
import { runTests } from './test-run.ts';

process.on('message', async ({ file }: Order) => {
  if (file === undefined) process.exit(); // whatever sockets and timers a test has left
  const tally = await runTests([file]);
  process.stdout.write(END_OF_FILE);
  process.send!(tally);
});
process.on('disconnect', () => process.exit());
