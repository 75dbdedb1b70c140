import t from 'tap';
import { Cgroup } from './helpers/cgroup.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kilobytes, processors } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

for (const kind of kinds) {
  t.test(`${kind}: the memory limit of the parent cgroup is shown`, async (t) => {
    const parent = Cgroup.create({ memory: 300 * MiB });
    t.teardown(() => parent.remove());
    const container = await startContainer(t, { kind, parent, bind });
    const sibling = await startContainer(t, { kind, parent });
    const inside = container.inside();
    const before = await inside.read('/proc/meminfo');
    t.equal(kilobytes(before, 'MemTotal'), 300 * 1024, 'MemTotal');
    await sibling.hold(100);
    const after = await inside.read('/proc/meminfo');
    const lost = (kilobytes(before, 'MemFree') - kilobytes(after, 'MemFree')) / 1024;
    t.ok(Math.abs(lost - 100) <= 2, `memory of a sibling is not free: ${lost.toFixed(2)} MiB`);
  });

  t.test(`${kind}: the lowest memory limit of all levels is shown`, async (t) => {
    const parent = Cgroup.create({ memory: 300 * MiB });
    t.teardown(() => parent.remove());
    const small = await startContainer(t, { kind, parent, limits: { memory: 64 * MiB }, bind });
    const large = await startContainer(t, { kind, parent, limits: { memory: 512 * MiB }, bind });
    const total = async (container: typeof small): Promise<number> =>
      kilobytes(await container.inside().read('/proc/meminfo'), 'MemTotal') / 1024;
    t.equal(await total(small), 64, "lower than the parent's");
    t.equal(await total(large), 300, "higher than the parent's");
  });

  t.test(`${kind}: the CPU quota of an ancestor is shown`, async (t) => {
    const grandparent = Cgroup.create({ quota: 1, cpuset: '0-1' });
    t.teardown(() => grandparent.remove());
    const parent = Cgroup.create({}, grandparent);
    const container = await startContainer(t, { kind, parent, bind });
    const cpuinfo = await container.inside().read('/proc/cpuinfo');
    t.strictSame(processors(cpuinfo), [0]);
  });
}
