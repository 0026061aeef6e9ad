import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { freeBasePort } from '../../scripts/free-port.ts';

const FREE_PORT = join(import.meta.dirname, '../../scripts/free-port.ts');
const RANGES = 20;
const LIBRARIES = 4;

describe('free ports', () => {
  it('two programs that take ranges at the same time never get the same one, nor one that overlaps', async () => {
    const code = `
      import { freeBasePort } from ${JSON.stringify(FREE_PORT)};
      const bases = await Promise.all(Array.from({ length: ${RANGES} }, () => freeBasePort(${LIBRARIES})));
      process.stdout.write(JSON.stringify(bases));
      setInterval(() => {}, 1_000_000);`;
    const other = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [mine, [theirs]] = await Promise.all([
        Promise.all(Array.from({ length: RANGES }, () => freeBasePort(LIBRARIES))),
        once(other.stdout!, 'data'),
      ]);
      const bases = [...mine, ...(JSON.parse(String(theirs)) as number[])];
      const tens = bases.flatMap((base) => Array.from({ length: LIBRARIES }, (_, i) => base + 10 * i));
      expect(new Set(tens).size).to.equal(2 * RANGES * LIBRARIES);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'close');
    }
  });

  it('its ports can be listened on', async () => {
    const base = await freeBasePort(1);
    for (const port of [base, base + 1, base + 2]) {
      const server = createServer().listen(port, '127.0.0.1');
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
    }
  });
});
