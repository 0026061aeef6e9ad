/**
 * All tests in a few processes side by side, the lanes: each takes the next file when it is done with one. Who waits for
 * processes of its own leaves the core to others, so there is a lane more than cores. What a file prints is shown when it has ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What is said at the end of a run. */
export type Tally = {
  readonly passed: number;
  readonly skipped: number;
  readonly failed: readonly string[];
  /** Seconds by file. */
  readonly times: Readonly<Record<string, number>>;
  /** That the process has, bytes: planted bugs leave whole programs in it. */
  readonly memory?: number;
};
/** A lane that has more goes, and another process takes the next file. */
const LANE_BYTES_MAX = 1024 ** 3;
/** Nothing is left without a file. */
export type Order = { readonly file?: string };
/** Stands behind what a file has printed. */
export const END_OF_FILE = '\0';
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * @param program - of a lane. @param lanes - for each the queues from which it takes, the first one first.
 * @returns of all together. Ends its lanes when this process is told to end.
 */
export async function runLanes(
  program: string,
  lanes: readonly (readonly string[][])[],
  show = (text: string): void => void process.stdout.write(text),
): Promise<Tally> {
  const running = new Set<Lane>();
  let ended = false;
  const ends = (signal: NodeJS.Signals): void => {
    ended = true;
    for (const lane of running) lane.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, ends);
  const tallies: Tally[] = [];
  await Promise.all(
    lanes.map(async (queues) => {
      let lane: Lane | undefined;
      for (let file = next(queues); file !== undefined && !ended; file = next(queues)) {
        lane ??= new Lane(program);
        running.add(lane);
        const { shown, tally } = await lane.run(file);
        show(shown);
        tallies.push(
          tally ?? { passed: 0, skipped: 0, failed: [`${file} has ended its process`], times: {} },
        );
        if (tally !== undefined && (tally.memory ?? 0) <= LANE_BYTES_MAX) continue;
        running.delete(lane);
        await lane.end();
        lane = undefined; // another one goes on
      }
      await lane?.end();
    }),
  );
  for (const signal of SIGNALS) process.off(signal, ends);
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    skipped: tallies.reduce((sum, { skipped }) => sum + skipped, 0),
    failed: tallies.flatMap(({ failed }) => failed),
    times: Object.assign({}, ...tallies.map(({ times }) => times)),
  };
}

function next(queues: readonly string[][]): string | undefined {
  return queues.find((queue) => queue.length > 0)?.shift();
}

class Lane {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #shown = '';
  #told = (): void => {};

  constructor(program: string) {
    this.#child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#closed = once(this.#child, 'close');
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#shown += text;
        this.#told();
      });
    }
  }

  /** @returns no tally when the process has ended before. */
  async run(file: string): Promise<{ readonly shown: string; readonly tally: Tally | undefined }> {
    let tally: Tally | undefined;
    const whole = new Promise<void>((resolve) => {
      this.#told = () => {
        if (tally !== undefined && this.#shown.includes(END_OF_FILE)) resolve();
      };
    });
    this.#child.once('message', (said) => {
      tally = said as Tally;
      this.#told();
    });
    this.#child.send({ file } satisfies Order, () => undefined); // it may have ended
    await Promise.race([whole, this.#closed]);
    const shown = this.#shown.replace(END_OF_FILE, '');
    this.#shown = '';
    return { shown, tally };
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(): Promise<void> {
    this.#child.send({} satisfies Order, () => undefined);
    await this.#closed;
  }
}
