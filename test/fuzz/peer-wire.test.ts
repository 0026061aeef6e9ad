import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { fuzzPeerWire } from './peer-wire.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const INPUTS = 1_000;
const SEED = 1;
const MIB = 1024 * 1024;

describe('what BitTorrent peers say', () => {
  it('goes on or is closed, whatever it is: nothing reaches the process, and nothing is kept', async () => {
    await fuzzPeerWire(INPUTS / 10, SEED); // all is loaded
    const before = await held();
    const { closed } = await fuzzPeerWire(INPUTS, SEED + 1);
    expect(closed).to.be.within(INPUTS / 20, INPUTS / 2);
    expect((await held()) - before).to.be.below(8 * MIB);
  });
});

/** Buffers are given back a turn of the loop later. */
async function held(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise(setImmediate);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
