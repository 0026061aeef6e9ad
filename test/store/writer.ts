/**
 * A process to be killed: writes synced batches in a loop and acknowledges each on stdout once it is written.
 * Each batch sets the counter and two keys of its own: a half-written one would show.
 */
import { writeSync } from 'node:fs';
import { utf8 } from '../../core/bytes.ts';
import { bigEndian, fromBigEndian } from '../../store/keyspaces.ts';
import { openLevelStore } from '../../store/level.ts';

const store = openLevelStore(process.argv[2]!);
await store.start();
const counter = store.get(utf8('counter'));
for (let n = counter === undefined ? 1 : fromBigEndian(counter) + 1; ; n++) {
  await store.write(
    [
      { type: 'put', key: utf8('counter'), value: bigEndian(n) },
      { type: 'put', key: utf8(`left ${n}`), value: new Uint8Array(2_000).fill(n) },
      { type: 'put', key: utf8(`right ${n}`), value: bigEndian(n) },
    ],
    { sync: true },
  );
  writeSync(1, `${n}\n`);
}
