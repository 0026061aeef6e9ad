import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../../../../core/fault.ts';
import { isUnused, UNUSED_MARK } from '../../../../node/engine/amnesia/watermark.ts';
import { createUnusedMark, WatermarkFile } from '../../../../node/engine/amnesia/watermark-file.ts';

describe('the watermark on the disk', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-mark-'));
    path = join(folder, 'signing.mark');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const incarnation = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
  const write = async (...sequences: number[]): Promise<void> => {
    const file = new WatermarkFile(path);
    await file.read();
    for (const sequence of sequences) await file.write({ incarnation, sequence });
    await file.close();
  };
  const read = () => new WatermarkFile(path).read();

  it('is missing, unused, or what was written last', async () => {
    expect(await read()).to.equal(undefined);
    createUnusedMark(path);
    expect(isUnused((await read())!)).to.equal(true);
    await write(7);
    expect(await read()).to.deep.equal({ incarnation, sequence: 7 });
    await write(8, 9, 10);
    await write(3); // the last one counts, not the highest
    expect(await read()).to.deep.equal({ incarnation, sequence: 3 });
  });

  it('is made when it is missing', async () => {
    await write(5);
    expect(await read()).to.deep.equal({ incarnation, sequence: 5 });
  });

  it('a torn write leaves the mark before it, whatever bytes it leaves', async () => {
    createUnusedMark(path);
    await write(1, 2, 3);
    const sound = readFileSync(path);
    const newest = sound.indexOf(' 3 ') < 4_096 ? 0 : 4_096;
    await fc.assert(
      fc.asyncProperty(fc.nat(80), fc.uint8Array({ minLength: 1, maxLength: 40 }), async (at, noise) => {
        const torn = Buffer.from(sound);
        torn.set(noise, newest + at);
        writeFileSync(path, torn);
        expect([2, 3]).to.include((await read())?.sequence);
      }),
    );
    writeFileSync(path, sound.fill(0, newest, newest + 4_096));
    expect((await read())?.sequence).to.equal(2);
    await write(4);
    expect((await read())?.sequence).to.equal(4);
  });

  it('is nothing when both lines are gone', async () => {
    createUnusedMark(path);
    truncateSync(path, 10);
    expect(await read()).to.equal(undefined);
  });

  it('says so when the disk does not take it', async () => {
    const file = new WatermarkFile(join(folder, 'nowhere', 'signing.mark'));
    const error: unknown = await file.write(UNUSED_MARK).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Fault).with.property('code', 'store.failed');
  });
});
