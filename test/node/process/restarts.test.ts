import { expect } from 'chai';
import { Fault } from '../../../core/fault.ts';
import { Lifecycle } from '../../../node/process/lifecycle.ts';
import { type Rejoining, withRestarts } from '../../../node/process/restarts.ts';
import { quiet } from '../replicas.ts';

/** What an operator sends at this moment of a library that begins anew with a join once, and would then run for ever. */
type Moment = 'opening' | 'starting' | 'running' | 'stopping' | 'joining' | undefined;

describe('the restarts of a library', () => {
  async function stoppedAt(moment: Moment, ofRun: number): Promise<string[]> {
    const seen: string[] = [];
    const stopping = new AbortController();
    let run = 0;
    const at = (now: Moment): void => {
      seen.push(`${now} ${run}`);
      if (now === moment && run === ofRun) stopping.abort();
    };
    const open = async ({ rejoin, stopping: signal }: Rejoining) => {
      run += 1;
      at('opening');
      if (run === 2) at('joining');
      if (signal.aborted) throw new Fault('network.closed', 'stopped before it was open');
      return {
        start: async () => at('starting'),
        stop: async () => at('stopping'),
        run() {
          at('running');
          if (run === 1) rejoin();
          else if (!signal.aborted) stopping.abort();
        },
      };
    };
    await withRestarts(open, (library) => library.run(), stopping.signal);
    return seen;
  }

  it('go on from the trigger of a snapshot to the library that has joined', async () => {
    expect(await stoppedAt(undefined, 0)).to.deep.equal([
      ...['opening 1', 'starting 1', 'running 1', 'stopping 1'],
      ...['opening 2', 'joining 2', 'starting 2', 'running 2', 'stopping 2'],
    ]);
  });

  it('end with a signal that comes while it changes over to a join: nothing is opened again', async () => {
    expect(await stoppedAt('stopping', 1)).to.deep.equal([
      'opening 1',
      'starting 1',
      'running 1',
      'stopping 1',
    ]);
  });

  it('end with a signal at any other moment, and stop what has started', async () => {
    expect(await stoppedAt('opening', 1)).to.deep.equal(['opening 1']);
    expect(await stoppedAt('starting', 1)).to.deep.equal(['opening 1', 'starting 1', 'stopping 1']);
    expect(await stoppedAt('running', 1)).to.deep.equal([
      'opening 1',
      'starting 1',
      'running 1',
      'stopping 1',
    ]);
    expect((await stoppedAt('joining', 2)).slice(4)).to.deep.equal(['opening 2', 'joining 2']);
  });

  it('start no further part of a library that is to stop, and stop those that run', async () => {
    const seen: string[] = [];
    const stopping = new AbortController();
    const parts = ['store', 'network', 'api'].map((name) => ({
      name,
      start() {
        seen.push(`${name} starts`);
        if (name === 'network') stopping.abort();
      },
      stop: () => void seen.push(`${name} stops`),
    }));
    const lifecycle = new Lifecycle(parts, quiet);
    await lifecycle.start(stopping.signal);
    await lifecycle.stop();
    expect(seen).to.deep.equal(['store starts', 'network starts', 'network stops', 'store stops']);
  });
});
