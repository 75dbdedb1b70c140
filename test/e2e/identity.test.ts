import t from 'tap';
import { Cgroup } from './helpers/cgroup.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const { mount: bind } = daemon;

const READ = ['cat', '/proc/meminfo'];

for (const kind of kinds) {
  t.test(`${kind}: a command that enters later reads the container's figures`, async (t) => {
    const one = await startContainer(t, { kind, limits: { memory: 100 * MiB }, bind });
    const two = await startContainer(t, { kind, limits: { memory: 200 * MiB }, bind });
    for (let i = 0; i < 3; i++) {
      t.equal(kilobytes(await one.output(READ), 'MemTotal'), 100 * 1024);
      t.equal(kilobytes(await two.output(READ), 'MemTotal'), 200 * 1024);
    }
  });

  t.test(
    `${kind}: a process that reads the daemon's mount gets its container's figures`,
    async (t) => {
      const limits = { memory: 100 * MiB };
      const container = await startContainer(t, { kind, limits, bind });
      const meminfo = await container.output(['cat', daemon.file('meminfo')]);
      t.equal(kilobytes(meminfo, 'MemTotal'), 100 * 1024);
    },
  );
}

t.test('two cgroups that share a pid namespace each read their own figures', async (t) => {
  const container = await startContainer(t, { limits: { memory: 100 * MiB }, bind });
  const other = Cgroup.create({ memory: 300 * MiB });
  t.teardown(() => other.remove());
  for (let i = 0; i < 3; i++) {
    t.equal(kilobytes(await container.outputIn(other, READ), 'MemTotal'), 300 * 1024, 'other');
    t.equal(kilobytes(await container.output(READ), 'MemTotal'), 100 * 1024, 'own');
  }
});

t.test("a process that moves to another cgroup reads that cgroup's figures next", async (t) => {
  const container = await startContainer(t, { limits: { memory: 100 * MiB }, bind });
  const other = Cgroup.create({ memory: 300 * MiB });
  t.teardown(() => other.remove());
  const inside = container.inside();
  t.equal(kilobytes(await inside.read('/proc/meminfo'), 'MemTotal'), 100 * 1024, 'before');
  // All but the init process: the reader inside.
  for (const pid of container.cgroup.processes().filter((each) => each !== container.pid)) {
    other.add(pid);
  }
  t.equal(kilobytes(await inside.read('/proc/meminfo'), 'MemTotal'), 300 * 1024, 'after');
});
