import fs from 'node:fs';
import t from 'tap';
import { until } from './helpers/command.ts';
import { type Container, skipReason, startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
await startDaemon(t, '--attach');

const isAttached = ({ pid }: Container): boolean =>
  / \/proc\/meminfo .* fuse\.procview /.test(fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1'));

const READ = ['cat', '/proc/meminfo'];

async function total(container: Container, cgroup = container.cgroup): Promise<number> {
  await until('it is attached', () => isAttached(container));
  return kilobytes(await container.outputIn(cgroup, READ), 'MemTotal') / 1024;
}

t.test('two containers in one pid namespace each read their own figures', async (t) => {
  const first = await startContainer(t, { kind: 'crun', limits: { memory: 64 * MiB } });
  const own = ['mount', 'uts', 'ipc'].map((type) => ({ type }));
  const namespaces = [{ type: 'pid', path: `/proc/${first.pid}/ns/pid` }, ...own];
  const limits = { memory: 96 * MiB };
  const second = await startContainer(t, {
    kind: 'crun',
    limits,
    extra: { linux: { namespaces } },
  });
  t.equal(await total(first), 64);
  t.equal(await total(second), 96);
});

t.test(
  "a container in the host's pid namespace reads its own figures",
  { skip: skipReason('podman') },
  async (t) => {
    const limits = { memory: 80 * MiB };
    const extra = { podmanRun: ['--pid', 'host'] };
    const container = await startContainer(t, { kind: 'podman', limits, extra });
    t.equal(await total(container), 80);
  },
);

t.test('a container and a container in it each read their own figures', async (t) => {
  const outer = await startContainer(t, { limits: { memory: 128 * MiB } });
  // v2 enables no controllers below a cgroup with processes, so a container engine moves them to a leaf.
  const leaf = outer.cgroup.below(1);
  for (const pid of outer.cgroup.processes()) leaf.add(pid);
  const inner = await startContainer(t, { limits: { memory: 48 * MiB }, parent: outer.cgroup });
  t.equal(await total(outer, leaf), 128);
  t.equal(await total(inner), 48);
});
