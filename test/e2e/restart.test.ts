import t from 'tap';
import { until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { type Daemon, startDaemon } from './helpers/daemon.ts';
import { cpuTicks } from './helpers/proc-text.ts';
import { reader } from './helpers/programs.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function busyTicks(stat: string): number {
  const [sum] = cpuTicks(stat);
  return sum ? sum.all - sum.idle : 0;
}

/** Counters of the sum line and of each CPU, by name. */
function counters(stat: string): Map<string, readonly number[]> {
  return new Map(cpuTicks(stat).map(({ name, columns }) => [name, columns]));
}

/** Load of the last minute. */
const loadOf = (loadavg: string): number => Number(loadavg.split(' ')[0]);

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`counters and load averages continue after ${signal} and a new start`, async (t) => {
    const daemon: Daemon = await startDaemon(t);
    const limits = { quota: 2, cpuset: '0-1' };
    const container = await startContainer(t, { limits, hostMounts: true });
    const inside = container.inside();
    const [stat, loadavg] = [daemon.file('stat'), daemon.file('loadavg')];
    await inside.read(stat);
    for (let i = 0; i < 4; i++) container.start([reader, 'spin', '1000']);
    const used = async () => busyTicks(await inside.read(stat)) > 100;
    await until('the container has used a second', used);
    const loaded = async () => loadOf(await inside.read(loadavg)) > 0.2;
    await until('four busy loops raise the load', loaded);
    // The ticks of the second CPU must not disappear from the sum when the quota is one CPU.
    container.cgroup.set({ quota: 1 });
    const before = await inside.read(stat);
    const load = loadOf(await inside.read(loadavg));

    await daemon.stop(signal);
    await daemon.unmount();
    await sleep(1);
    await daemon.start();

    const now = loadOf(await inside.read(loadavg));
    t.ok(now > load - 0.1, `the load was ${load} and is ${now}`);
    for (let i = 0, last = counters(before); i < 3; i++) {
      const next = counters(await inside.read(stat));
      for (const [name, columns] of last) {
        const lower = columns.filter((value, column) => (next.get(name)?.[column] ?? 0) < value);
        t.strictSame(lower, [], `no counter of ${name} is lower at read ${i + 1}`);
      }
      last = next;
      await sleep(0.3);
    }
  });
}
