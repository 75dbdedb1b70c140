import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { output } from './helpers/command.ts';
import { type InsideReader, startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { reader, toolsDirectory } from './helpers/programs.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

/** Runs an action. Returns the change of each meminfo key, MiB. */
async function change(inside: InsideReader, action: () => Promise<unknown>) {
  const before = await inside.read('/proc/meminfo');
  await action();
  const after = await inside.read('/proc/meminfo');
  return (key: string): number => (kilobytes(after, key) - kilobytes(before, key)) / 1024;
}

function near(t: Test, got: number, wanted: number, what: string): void {
  t.ok(Math.abs(got - wanted) <= 2, `${what} by ${wanted} MiB: ${got.toFixed(2)}`);
}

for (const kind of kinds) {
  t.test(`${kind}: allocating 100 MiB lowers MemFree and raises AnonPages`, async (t) => {
    const container = await startContainer(t, { kind, limits: { memory: 256 * MiB }, bind });
    const changed = await change(container.inside(), () => container.hold(100));
    near(t, changed('MemFree'), -100, 'MemFree changes');
    near(t, changed('MemAvailable'), -100, 'MemAvailable changes');
    near(t, changed('AnonPages'), 100, 'AnonPages changes');
    near(t, changed('Cached'), 0, 'Cached changes');
    const free = kilobytes(await container.inside().read('/proc/meminfo'), 'MemFree');
    const remaining = (256 * MiB - container.cgroup.memoryUsage()) / 1024;
    t.ok(
      Math.abs(free - remaining) < 2048,
      `MemFree is what the limit leaves: ${free}, ${remaining} kB`,
    );
  });

  t.test(`${kind}: reading a file of 50 MiB raises Cached and keeps MemAvailable`, async (t) => {
    const file = join(toolsDirectory, `file-${process.pid}`);
    t.teardown(() => fs.rmSync(file, { force: true }));
    await output([reader, 'uncached', file, '50']);
    const container = await startContainer(t, { kind, limits: { memory: 256 * MiB }, bind });
    const inside = container.inside();
    const changed = await change(inside, () => inside.drain(file));
    near(t, changed('Cached'), 50, 'Cached changes');
    near(t, changed('MemFree'), -50, 'MemFree changes');
    near(t, changed('MemAvailable'), 0, 'MemAvailable changes');
  });
}
