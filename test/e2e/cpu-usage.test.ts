import t from 'tap';
import type { Container, InsideReader } from './helpers/container.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { busyPercent } from './helpers/proc-text.ts';
import { reader } from './helpers/programs.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare(240);
const { mount: bind } = await startDaemon(t);

const SECONDS = 10;
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

interface Reading {
  readonly stat: string;
  readonly used: number;
  readonly at: number;
}

async function measure(container: Container, inside: InsideReader): Promise<Reading> {
  const at = performance.now();
  const used = container.cgroup.cpuTime();
  return { stat: await inside.read('/proc/stat'), used, at };
}

/** CPU time used between two readings, percent of a CPU: on a busy machine it may be below the quota. */
const usedPercent = (from: Reading, to: Reading): number =>
  (to.used - from.used) / (to.at - from.at) / 10;

for (const kind of kinds) {
  t.test(
    `${kind}: stat shows a loop at its quota of half a CPU, and an idle neighbour as idle`,
    async (t) => {
      const limits = { memory: 64 * MiB, quota: 0.5, cpuset: '0-1' };
      const busy = await startContainer(t, { kind, limits, bind });
      const idle = await startContainer(t, { kind, limits, bind });
      // Other processes of this machine must not take the loop's CPU time.
      busy.cgroup.set({ weight: 10000 });
      const [insideBusy, insideIdle] = [busy.inside(), idle.inside()];
      await insideIdle.read('/proc/stat');
      busy.start([reader, 'spin', '1000']);
      await sleep(1);

      for (let attempt = 1; ; attempt++) {
        const before = [await measure(busy, insideBusy), await measure(idle, insideIdle)] as const;
        await sleep(SECONDS);
        const after = [await measure(busy, insideBusy), await measure(idle, insideIdle)] as const;
        const used = usedPercent(before[0], after[0]);
        const shown = busyPercent(before[0].stat, after[0].stat);
        const neighbour = busyPercent(before[1].stat, after[1].stat);
        // On a slow machine its own reads use CPU time.
        const idleUsed = usedPercent(before[1], after[1]);
        t.ok(Math.abs(shown - used) <= 2, `shown ${shown.toFixed(1)} %, used ${used.toFixed(1)} %`);
        t.ok(
          Math.abs(neighbour - idleUsed) < 0.5,
          `stat of the idle container shows ${neighbour.toFixed(1)} %`,
        );
        if (Math.abs(used - 50) > 1 && attempt < 3) continue;
        const starved =
          Math.abs(used - 50) > 1 && `the scheduler gave it only ${used.toFixed(1)} %`;
        const half = `stat shows half of its CPU as busy: ${shown.toFixed(1)} %`;
        t.ok(Math.abs(shown - 50) <= 2, half, { skip: starved });
        break;
      }
    },
  );
}
