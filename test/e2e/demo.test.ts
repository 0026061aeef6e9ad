import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { freeBasePort } from '../../scripts/free-port.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { ForeignProcess } from './fixtures/foreign-process.ts';
import { removeFolder, temporaryFolder } from './fixtures/temporary.ts';

const DEMO = join(import.meta.dirname, '../../scripts/demo.ts');

describe('npm run demo', () => {
  let folder: string;
  let demo: ForeignProcess | undefined;
  let federation: Federation | undefined;

  beforeEach(() => {
    folder = temporaryFolder('demo-test');
  });
  afterEach(async () => {
    await demo?.stop();
    await federation?.stop();
    removeFolder(folder);
  });

  function run(basePort: number, environment: NodeJS.ProcessEnv = {}): ForeignProcess {
    const args = [DEMO, '--base-port', String(basePort)];
    demo = new ForeignProcess(process.execPath, args, { ...environment, TMPDIR: folder });
    return demo;
  }

  it('starts four libraries where none run, tells the story, stops them and leaves nothing', async () => {
    const { output } = await ends(run(await freeBasePort(4)));
    expect(output).to.include('she has 4,000,000, says library 1');
    expect(output).to.match(/4,000,000 bytes came in .* s, each of them as Ada had it/);
    expect(output).to.include('its process is killed with SIGKILL. The other three go on.');
    expect(output).to.match(/It has caught up with block \d+ after .* s, and knows what Ben has bought/);
    expect(output).to.include('(4,000,000 tokens)');
    expect(output).to.include('4,000,000 bytes have come with the pass of library 3');
    expect(readdirSync(folder)).to.deep.equal([]);
    await nobodyAnswers(output);
  });

  it('leaves nothing when it is interrupted', async () => {
    const demo = run(await freeBasePort(4));
    await eventually('the first sentences', () => /Ada makes a key/.test(demo.output));
    demo.signal('SIGINT');
    expect(await demo.exited()).to.equal(130);
    expect(readdirSync(folder)).to.deep.equal([]);
    await nobodyAnswers(demo.output);
  });

  it('plays at a federation that runs, on a machine with nothing installed but node', async () => {
    federation = await Federation.start();
    const { httpPort } = federation.home(1);
    const { output } = await ends(run(httpPort, { PATH: dirname(process.execPath) }));
    expect(output).to.include(`Four libraries run at base port ${httpPort}`);
    expect(output).to.include('Ben downloads with webtorrent.');
    expect(output).not.to.include('SIGKILL');
    expect(output).to.include('each of them as Ada had it');
    expect(readdirSync(folder)).to.deep.equal([]);
    expect((await federation.at(4).status()).ready).to.equal(true);
  });
});

async function ends(demo: ForeignProcess): Promise<ForeignProcess> {
  expect(await demo.exited(), demo.output).to.equal(0);
  return demo;
}

/** Of the libraries that the demo says to have started. */
async function nobodyAnswers(output: string): Promise<void> {
  const [, basePort] = /four new ones start at (\d+)/.exec(output)!;
  for (const i of [0, 1, 2, 3]) {
    const answer = await fetch(`http://127.0.0.1:${Number(basePort) + 10 * i}/health`).catch(() => undefined);
    expect(answer).to.equal(undefined);
  }
}
