import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { encodeGenesis } from '../../chain/block/genesis-bytes.ts';
import { soughtPurchase } from '../../chain/files/sought.ts';
import { toHex } from '../../core/bytes.ts';
import { encodeLightProof, type LightProof } from '../../light/light-proof.ts';
import { hashOf, keyOf } from '../chain/world.ts';
import { FinalWorld } from '../light/final-world.ts';
import { startLibrary, type TinyLibrary } from '../rpc/tiny-library.ts';
import { runPage } from './run-page.ts';

const PAGE = join(import.meta.dirname, '../../docs/proofs.md');
const run = promisify(execFile);

describe('the page “Check what a library says”', () => {
  let library: TinyLibrary;
  let folder: string;

  beforeEach(async () => {
    library = await startLibrary();
    folder = mkdtempSync(join(tmpdir(), 'digitallib-proofs-'));
  });
  afterEach(async () => {
    await library.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('does what it says, block by block', async () => {
    const printed = await runPage(PAGE, folder, library.url);
    expect(printed).to.match(/^not bought, as of block \d+\nbought in block (\d+), as of block \1\n$/);
    expect(library.failures).to.deep.equal([]);
  });

  it('has a script that agrees with ours over several epochs and refuses what we refuse', async () => {
    writeFileSync(
      join(folder, 'proof.py'),
      /^```python proof\.py\n(.*?)^```$/ms.exec(readFileSync(PAGE, 'utf8'))![1]!,
    );
    const final = new FinalWorld(4);
    final.run([final.world.upload('book', 10n), final.world.download('book')]);
    final.elect(['ann', 'bob']);
    final.elect(['cid']);
    const check = async (file: string, change: Partial<LightProof> = {}): Promise<string> => {
      const genesis = encodeGenesis(final.world.genesis);
      const whole = { ...final.proofOf(soughtPurchase(hashOf(file), keyOf('reader'))), genesis, ...change };
      writeFileSync(join(folder, 'a.proof'), encodeLightProof(whole));
      const words = [toHex(final.world.chainId), toHex(hashOf(file)), toHex(keyOf('reader'))];
      const ran = run('python3', ['proof.py', 'a.proof', ...words], { cwd: folder });
      return ran.then(
        ({ stdout }) => stdout.trim(),
        ({ stderr }: { stderr: string }) => stderr.trim(),
      );
    };
    expect(await check('book')).to.equal('bought in block 1, as of block 3'); // the end of an epoch
    final.run();
    expect(await check('book')).to.equal('bought in block 1, as of block 4');
    expect(await check('other')).to.equal('not bought, as of block 4');
    const { seals } = final;
    expect(await check('book', { seals: seals.slice(0, 1) })).to.equal('refused: another chain or epoch');
    const forged = { ...seals[0]!, authorities: [keyOf('dan')] };
    expect(await check('book', { seals: [forged, seals[1]!] })).to.equal(
      'refused: another set of authorities',
    );
    const { finalization } = seals[1]!;
    expect(await check('book', { finalization })).to.equal('refused: not a finalization');
  });
});
