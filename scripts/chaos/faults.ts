/**
 * What can happen to a federation, each fault from its beginning to its end: something breaks, the readers go on
 * buying from the others, it is mended, and the library has caught up and sells again. Nothing here waits for a
 * time to pass, but for the minute of `stop-a-minute`: a fault lasts until so many purchases have been made in spite
 * of it.
 */
import { readFileSync } from 'node:fs';
import type { Weather } from '../proxies/direction.ts';
import { clockOff } from './clock-off.ts';
import { anyone, backAgain, type ChaosFault } from './scene.ts';
import { LIBRARIES, ON_SMALL_DISK } from './stage.ts';
import { twoVersions } from './two-versions.ts';

const NO_WORLD = 'a small disk needs namespaces (unshare, mount)';
const MINUTE_MS = 60_000;
const CLOCK_OFF_MS = 10 * 60_000;
const FLAPS = 4;
const WEATHER: Weather = { delayMs: 40, jitterMs: 20, lossShare: 0.05, resendMs: 200, breakShare: 0.002 };

export const FAULTS: readonly ChaosFault[] = [
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
    name: 'stop-a-minute',
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = anyone(scene);
      stage.process(victim).signal('SIGSTOP');
      await Promise.all([new Promise((resolve) => setTimeout(resolve, MINUTE_MS)), load.more(purchases)]);
      stage.process(victim).signal('SIGCONT');
      const behind = await stage.blocksBehind(victim);
      return backAgain(scene, victim, `stood still for a minute, and was ${behind} blocks behind`);
    },
  },
  {
    name: 'cut',
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = anyone(scene);
      await stage.network.cut(victim);
      await load.more(purchases);
      const behind = await stage.blocksBehind(victim);
      if (behind <= 0) throw new Error(`${stage.name(victim)} was cut off, and has heard of every block`);
      await stage.network.restore(victim);
      return backAgain(scene, victim, 'cut off from the others and plugged in again');
    },
  },
  {
    name: 'one-way',
    async run(scene) {
      const { stage, load, purchases } = scene;
      const from = anyone(scene);
      const to = (from + 1 + scene.choose(LIBRARIES - 1)) % LIBRARIES;
      await stage.network.cutOneWay(from, to);
      await load.more(purchases);
      await stage.network.restoreOneWay(from, to);
      return backAgain(scene, from, `not heard by ${stage.name(to)} for a while`);
    },
  },
  {
    name: 'flap',
    async run(scene) {
      const { stage, load, purchases } = scene;
      const victim = anyone(scene);
      for (let i = 0; i < FLAPS; i++) {
        await stage.network.cut(victim);
        await load.more(Math.ceil(purchases / FLAPS));
        await stage.network.restore(victim);
        await load.more(1);
      }
      return backAgain(scene, victim, `unplugged and plugged in ${FLAPS} times`);
    },
  },
  {
    name: 'weather',
    async run(scene) {
      const { stage, load, purchases } = scene;
      const how = await stage.network.weather(WEATHER);
      await load.more(purchases);
      await stage.network.calm();
      return backAgain(scene, anyone(scene), `and all others had bad lines: ${how}`);
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
    (offMs): ChaosFault => ({
      name: offMs > 0 ? 'clock-ahead' : 'clock-behind',
      async run(scene) {
        const { stage, load, purchases } = scene;
        const victim = anyone(scene);
        await stage.process(victim).stop();
        await stage.restart(victim, { node: clockOff(offMs) });
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
  { name: 'two-versions', run: twoVersions },
];
