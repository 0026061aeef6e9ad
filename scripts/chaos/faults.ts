/**
 * What can happen to a federation, each fault from its beginning to its end: something breaks, the readers go on
 * buying from the others, it is mended, and the library has caught up and sells again. Nothing here waits for a
 * time to pass: a fault lasts until so many purchases have been made in spite of it.
 */
import { readFileSync } from 'node:fs';
import type { Load } from './load.ts';
import { type ChaosStage, LIBRARIES, ON_SMALL_DISK } from './stage.ts';

export type Scene = {
  readonly stage: ChaosStage;
  readonly load: Load;
  /** A number from 0 to `below` − 1. */
  choose(below: number): number;
  /** How many purchases a fault lasts. */
  readonly purchases: number;
};
export type Fault = {
  readonly name: string;
  /** Why it cannot happen here. */
  missing?(scene: Scene): string | undefined;
  /** @returns what it did. @throws when the federation did not behave. */
  run(scene: Scene): Promise<string>;
};

const NO_WORLD = 'it needs namespaces (unshare, ip)';
const CLOCK_OFF_MS = 10 * 60_000;
const FLAPS = 4;
const WEATHER = 'delay 40ms 20ms loss 5%';

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill',
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = anyone(scene);
      await stage.process(victim).kill();
      await load.more(purchases);
      await stage.restart(victim);
      return backAgain(scene, victim, 'killed with SIGKILL and started again');
    },
  },
  {
    name: 'kill-two',
    async run(scene) {
      const { stage, load } = scene;
      const first = anyone(scene);
      const second = (first + 1) % LIBRARIES;
      await Promise.all([first, second].map((i) => stage.process(i).kill()));
      await Promise.all([first, second].map((i) => stage.restart(i)));
      await load.more(1);
      await stage.caughtUp(second);
      return backAgain(
        scene,
        first,
        `and ${stage.name(second)} killed at once: no quorum, until they are back`,
      );
    },
  },
  {
    name: 'stop',
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = anyone(scene);
      stage.process(victim).signal('SIGSTOP');
      await load.more(purchases);
      stage.process(victim).signal('SIGCONT');
      return backAgain(scene, victim, 'stopped with SIGSTOP and continued');
    },
  },
  {
    name: 'cut',
    missing: ({ stage }) => (stage.network ? undefined : NO_WORLD),
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = anyone(scene);
      stage.network!.cut(victim);
      await load.more(purchases);
      stage.network!.restore(victim);
      return backAgain(scene, victim, 'cut off from the others and plugged in again');
    },
  },
  {
    name: 'one-way',
    missing: ({ stage }) => (stage.network ? undefined : NO_WORLD),
    async run(scene) {
      const { stage, load, purchases } = scene;
      const from = anyone(scene);
      const to = (from + 1 + scene.choose(LIBRARIES - 1)) % LIBRARIES;
      stage.network!.cutOneWay(from, to);
      await load.more(purchases);
      stage.network!.restoreOneWay(from, to);
      return backAgain(scene, from, `not heard by ${stage.name(to)} for a while`);
    },
  },
  {
    name: 'flap',
    missing: ({ stage }) => (stage.network ? undefined : NO_WORLD),
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = anyone(scene);
      for (let i = 0; i < FLAPS; i++) {
        stage.network!.cut(victim);
        await load.more(Math.ceil(purchases / FLAPS));
        stage.network!.restore(victim);
        await load.more(1);
      }
      return backAgain(scene, victim, `unplugged and plugged in ${FLAPS} times`);
    },
  },
  {
    name: 'netem',
    missing: ({ stage }) => (stage.network ? stage.network.weatherMissing() : NO_WORLD),
    async run(scene) {
      const { stage, load, purchases } = scene;
      for (let i = 0; i < LIBRARIES; i++) stage.network!.weather(i, WEATHER);
      await load.more(purchases);
      for (let i = 0; i < LIBRARIES; i++) stage.network!.calm(i);
      return backAgain(scene, anyone(scene), `and all others behind netem ${WEATHER}`);
    },
  },
  {
    name: 'disk-full',
    missing: ({ stage }) => (stage.disk ? undefined : NO_WORLD),
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = ON_SMALL_DISK;
      const before = readFileSync(stage.log(victim), 'utf8').length;
      stage.disk!.fill();
      const code = await stage.process(victim).exited();
      const said = readFileSync(stage.log(victim), 'utf8').slice(before);
      if (code !== 1) throw new Error(`a library with a full disk ends with 1, not ${code}`);
      if (!said.includes('store.failed')) throw new Error(`it did not say why it ended: ${said}`);
      await load.more(purchases);
      stage.disk!.makeRoom();
      await stage.restart(victim);
      return backAgain(scene, victim, 'stopped by a full disk, started again when there was room');
    },
  },
  {
    name: 'two-on-one-home',
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = anyone(scene);
      const log = `${stage.log(victim)}.second`;
      const second = stage.launch(victim, {}, log);
      await load.more(purchases);
      const code = await second.exited();
      const said = readFileSync(log, 'utf8');
      if (code !== 1 || !said.includes('store.locked')) throw new Error(`a second process: ${code}, ${said}`);
      return backAgain(scene, victim, 'not disturbed by a second process on its home, which refused');
    },
  },
  ...[CLOCK_OFF_MS, -CLOCK_OFF_MS].map(
    (offMs): Fault => ({
      name: offMs > 0 ? 'clock-ahead' : 'clock-behind',
      async run(scene) {
        const { stage, load, purchases } = scene;
        const victim = anyone(scene);
        await stage.process(victim).stop();
        await stage.restart(victim, { node: ['--import', clockOff(offMs)] });
        await load.more(purchases);
        await stage.process(victim).stop();
        await stage.restart(victim);
        return backAgain(
          scene,
          victim,
          `ran with a clock ${Math.abs(offMs) / 60_000} minutes ${offMs > 0 ? 'ahead' : 'behind'}`,
        );
      },
    }),
  ),
  {
    name: 'two-versions',
    missing: () => 'there is one version only',
    run: () => Promise.reject(new Error('there is one version only')),
  },
];

function anyone({ choose }: Scene): number {
  return choose(LIBRARIES);
}

/** It has every block, and readers buy there again. */
async function backAgain({ stage, load }: Scene, victim: number, what: string): Promise<string> {
  await stage.caughtUp(victim);
  await load.more(1, victim);
  return `${stage.name(victim)} ${what}`;
}

/** A module for `--import` that sets the clock of a process wrong. */
function clockOff(offMs: number): string {
  const code = `const now = Date.now; Date.now = () => now() + ${offMs};`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
