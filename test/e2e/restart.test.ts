import t from 'tap';
import { startContainer } from './container.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { cpuTicks } from './proc-text.ts';
import { reader } from './reader.ts';
import { prepare } from './suite.ts';

await prepare();

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Counters of the sum line and of each CPU, by name. */
function counters(stat: string): Map<string, readonly number[]> {
  return new Map(cpuTicks(stat).map(({ name, columns }) => [name, columns]));
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`stat runs on over ${signal} and a new start`, async (t) => {
    const daemon: Daemon = await startDaemon(t);
    const container = await startContainer(t, { limits: { quota: 1 }, hostMounts: true });
    const inside = container.inside();
    const stat = daemon.file('stat');
    await inside.read(stat);
    const load = container.start([reader, 'spin', '1000']);
    await sleep(3);
    const before = await inside.read(stat);
    const [sum] = cpuTicks(before);
    t.ok((sum?.all ?? 0) - (sum?.idle ?? 0) > 100, 'the container has used CPU time');

    await daemon.stop(signal);
    await daemon.unmount();
    await sleep(1);
    await daemon.start();

    for (let i = 0, last = counters(before); i < 3; i++) {
      const now = counters(await inside.read(stat));
      for (const [name, columns] of last) {
        const lower = columns.filter((value, column) => (now.get(name)?.[column] ?? 0) < value);
        t.strictSame(lower, [], `no counter of ${name} is lower at read ${i + 1}`);
      }
      last = now;
      await sleep(0.3);
    }
    load.kill('SIGKILL');
  });
}
