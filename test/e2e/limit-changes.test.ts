import t from 'tap';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { cpuTicks, kilobytes, processors } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

/** Whether a counter of a CPU that both texts have is lower in the second. */
function isBehind(before: string, after: string): boolean {
  const old = new Map(cpuTicks(before).map(({ name, columns }) => [name, columns]));
  return cpuTicks(after).some(({ name, columns }) =>
    columns.some((value, i) => value < (old.get(name)?.[i] ?? 0)),
  );
}

for (const kind of kinds) {
  t.test(`${kind}: a running reader sees a changed limit at its next read`, async (t) => {
    const limits = { memory: 128 * MiB, quota: 2, cpuset: '0-1' };
    const container = await startContainer(t, { kind, limits, bind });
    const inside = container.inside();
    for (const size of [128, 256, 64]) {
      container.cgroup.set({ memory: size * MiB });
      const meminfo = await inside.read('/proc/meminfo');
      t.equal(kilobytes(meminfo, 'MemTotal'), size * 1024, `${size} MiB`);
    }
    let last = await inside.read('/proc/stat');
    const steps = [
      [{ quota: 0.5 }, 1],
      [{ quota: 1.2 }, 2],
      [{ cpuset: '1' }, 1],
      [{ cpuset: '0-1' }, 2],
    ] as const;
    for (const [change, count] of steps) {
      container.cgroup.set(change);
      const what = JSON.stringify(change);
      t.equal(processors(await inside.read('/proc/cpuinfo')).length, count, `cpuinfo: ${what}`);
      const stat = await inside.read('/proc/stat');
      t.equal(cpuTicks(stat).length, count + 1, `stat: ${what}`);
      t.notOk(isBehind(last, stat), `no counter of stat decreases: ${what}`);
      last = stat;
    }
  });
}
