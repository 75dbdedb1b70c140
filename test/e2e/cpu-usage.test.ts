import t from 'tap';
import type { Container, Inside } from './helpers/container.ts';
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

async function take(container: Container, inside: Inside): Promise<Reading> {
  const at = performance.now();
  const used = container.cgroup.cpuTime();
  return { stat: await inside.read('/proc/stat'), used, at };
}

/** Percent of a CPU that the scheduler gave between two readings: quotas are approximate on a busy machine. */
const given = (from: Reading, to: Reading): number =>
  (to.used - from.used) / (to.at - from.at) / 10;

for (const kind of kinds) {
  t.test(`${kind}: a busy loop under half a CPU of quota, and an idle neighbour`, async (t) => {
    const limits = { memory: 64 * MiB, quota: 0.5, cpuset: '0-1' };
    const busy = await startContainer(t, { kind, limits, bind });
    const idle = await startContainer(t, { kind, limits, bind });
    // Whatever else this machine does must not take the loop's CPU time.
    busy.cgroup.set({ weight: 10000 });
    const [insideBusy, insideIdle] = [busy.inside(), idle.inside()];
    await insideIdle.read('/proc/stat');
    busy.start([reader, 'spin', '1000']);
    await sleep(1);

    for (let attempt = 1; ; attempt++) {
      const before = [await take(busy, insideBusy), await take(idle, insideIdle)] as const;
      await sleep(SECONDS);
      const after = [await take(busy, insideBusy), await take(idle, insideIdle)] as const;
      const truth = given(before[0], after[0]);
      const shown = busyPercent(before[0].stat, after[0].stat);
      const neighbour = busyPercent(before[1].stat, after[1].stat);
      // Its readings are not for nothing on a slow machine.
      const own = given(before[1], after[1]);
      t.ok(Math.abs(shown - truth) <= 2, `shown ${shown.toFixed(1)} %, used ${truth.toFixed(1)} %`);
      t.ok(Math.abs(neighbour - own) < 0.5, `the idle one shows ${neighbour.toFixed(1)} %`);
      if (Math.abs(truth - 50) > 1 && attempt < 3) continue;
      const starved =
        Math.abs(truth - 50) > 1 && `the scheduler gave it ${truth.toFixed(1)} % only`;
      const half = `half of its CPU is shown busy: ${shown.toFixed(1)} %`;
      t.ok(Math.abs(shown - 50) <= 2, half, { skip: starved });
      break;
    }
  });
}
