import fs from 'node:fs';
import t, { type Test } from 'tap';
import { Cgroup, isV2 } from './helpers/cgroup.ts';
import { output, timeLimit, until } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { NeighbourReads, usageOf } from './helpers/hostile.ts';
import { HungFiles } from './helpers/hung-file.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const bind = daemon.mount;
const where = ['--mount', daemon.mount, '--state', daemon.state];
/** Largest latency of a read in another container, ms. */
const BOUND = timeLimit(2);
const start = (t: Test, memory: number) =>
  startContainer(t, { limits: { memory: memory * MiB }, bind });
const total = async (container: Container) =>
  kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal');

/** Returns a function that freezes and thaws a container. */
function freezer(t: Test, { cgroup }: Container): (on: boolean) => void {
  const directory = isV2 ? cgroup.directory('') : `/sys/fs/cgroup/freezer${cgroup.path}`;
  if (!isV2) fs.mkdirSync(directory);
  if (!isV2) {
    for (const pid of cgroup.processes()) fs.writeFileSync(`${directory}/tasks`, String(pid));
  }
  const [file, freeze, thaw] = isV2
    ? ['cgroup.freeze', '1', '0']
    : ['freezer.state', 'FROZEN', 'THAWED'];
  const set = (on: boolean) => fs.writeFileSync(`${directory}/${file}`, on ? freeze : thaw);
  t.teardown(() => set(false));
  return set;
}

t.test(
  'a frozen container does not delay others, and reads its new limit when thawed',
  async (t) => {
    const [frozen, other] = [await start(t, 100), await start(t, 200)];
    const inside = frozen.inside();
    t.equal(kilobytes(await inside.read('/proc/meminfo'), 'MemTotal'), 100 * 1024);
    const freeze = freezer(t, frozen);
    freeze(true);
    const waiting = inside.read('/proc/meminfo');
    const reads = new NeighbourReads(other, 200 * 1024);
    const { stdout } = await procview('show', String(frozen.pid), 'meminfo');
    t.equal(kilobytes(stdout, 'MemTotal'), 100 * 1024, 'procview show works on it');
    const { wrong, worst } = await reads.stop();
    t.equal(wrong, 0, 'the neighbour reads its own figures');
    t.ok(worst < BOUND, `the slowest read took ${worst.toFixed(1)} ms`);
    frozen.cgroup.set({ memory: 90 * MiB });
    freeze(false);
    t.equal(
      kilobytes(await waiting, 'MemTotal'),
      90 * 1024,
      'its pending read returns the new limit',
    );
  },
);

t.test('a removed memory limit shows the host, a new one the limit', async (t) => {
  const container = await start(t, 100);
  const host = kilobytes(await output(['cat', daemon.file('meminfo')]), 'MemTotal');
  const file = isV2 ? 'memory.max' : 'memory.limit_in_bytes';
  t.equal(await total(container), 100 * 1024);
  fs.writeFileSync(`${container.cgroup.directory('memory')}/${file}`, isV2 ? 'max' : '-1');
  t.equal(await total(container), host);
  container.cgroup.set({ memory: 50 * MiB });
  t.equal(await total(container), 50 * 1024);
});

t.test(
  'attach skips a file on which a hung file system is mounted, and does not hang',
  async (t) => {
    const container = await startContainer(t, { limits: { memory: 100 * MiB } });
    const within = ['nsenter', '-t', String(container.pid), '-m', '-p', '--'];
    const hung = await HungFiles.over(t, { pid: container.pid, within }, ['/proc/meminfo']);
    hung.hang();
    const begin = performance.now();
    const { code, stdout } = await procview('attach', String(container.pid), ...where);
    t.ok(performance.now() - begin < timeLimit(10), 'attach does not wait for it');
    t.equal(code, 0, stdout);
    t.match(stdout, /proc\/meminfo: mounted by another procview/, 'the hung mount is skipped');
    t.match(stdout, /: attached .*proc\/stat/, 'the other files are attached');
    t.equal((await procview('detach', String(container.pid), ...where)).code, 0);
    hung.resume();
  },
);

t.test('1,000 cgroups a second leave no watches, descriptors or memory', async (t) => {
  const parent = Cgroup.create({});
  t.teardown(() => parent.remove());
  const storm = async (count: number): Promise<void> => {
    for (let created = 0; created < count; created += 10) {
      for (const i of Array(10).keys()) fs.mkdirSync(`${parent.directory('memory')}/storm-${i}`);
      for (const i of Array(10).keys()) fs.rmdirSync(`${parent.directory('memory')}/storm-${i}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await storm(500);
  const before = usageOf(daemon);
  await storm(2000);
  await until(
    'the daemon has no more watches than before',
    () => usageOf(daemon).watches <= before.watches,
  );
  const after = usageOf(daemon);
  t.ok(after.descriptors <= before.descriptors, `${before.descriptors} to ${after.descriptors}`);
  t.ok(after.rss < before.rss + 32, `${before.rss} to ${after.rss} MiB`);
});
