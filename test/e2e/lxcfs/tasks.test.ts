import fs from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import { Cgroup } from '../helpers/cgroup.ts';
import { InsideReader, startContainer } from '../helpers/container.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { kilobytes } from '../helpers/proc-text.ts';
import { reader } from '../helpers/programs.ts';
import { MiB, prepare } from '../helpers/suite.ts';
import { noLxcfs, readBoth, startLxcfs } from './instance.ts';

await prepare();
const daemon = await startDaemon(t);
const lxcfs = await startLxcfs(t);

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** A number of stat. */
const figure = (stat: string, key: string): number =>
  Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(stat)?.[1]);

/** Becomes the init of a pid namespace whose name has a blank, and starts the reader in it. */
const NAMED = `printf 'a b' >/proc/self/comm; ${reader} serve; exit`;

t.test('A6 uptime does not depend on the name of init', async (t) => {
  const container = await startContainer(t, {});
  const namespace = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const inside = new InsideReader(container.start([...namespace, 'sh', '-c', NAMED]));
  t.match(await inside.read('/proc/1/stat'), /^1 \(a b\) /, 'the name has a blank');
  const { ours, lxcfs: theirs } = await readBoth(inside, 'uptime', daemon, lxcfs);
  t.ok(Number.parseFloat(ours) < 60, `up ${ours}`);
  await t.test('LXCFS: it does', { skip: noLxcfs }, async (t) => {
    const up = Number.parseFloat(theirs);
    t.ok(up < 0 || up > 1e9, `up ${theirs}`);
  });
});

t.test('A6 idle time is that of all CPUs', async (t) => {
  const inside = (await startContainer(t, { limits: { cpuset: '0-1' } })).inside();
  const idle = (uptime: string): number => Number(uptime.split(' ')[1]);
  const before = await readBoth(inside, 'uptime', daemon, lxcfs);
  await sleep(2);
  const after = await readBoth(inside, 'uptime', daemon, lxcfs);
  const own = idle(after.ours) - idle(before.ours);
  t.ok(own > 3 && own < 8, `two CPUs, two seconds: ${own}`);
  await t.test('LXCFS: of one', { skip: noLxcfs }, async (t) => {
    const theirs = idle(after.lxcfs) - idle(before.lxcfs);
    t.ok(theirs < 3, `two CPUs, two seconds: ${theirs}`);
  });
});

t.test("A10 running tasks and the boot time are the container's", async (t) => {
  const start = Date.now() / 1000;
  const inside = (await startContainer(t, {})).inside();
  const neighbour = await startContainer(t, {});
  for (let i = 0; i < 4; i++) neighbour.start([reader, 'spin', '1000']);
  await sleep(1);
  const { ours, lxcfs: theirs } = await readBoth(inside, 'stat', daemon, lxcfs);
  // The reader and, maybe, the shell that waits for it: the neighbour alone has four.
  t.ok(figure(ours, 'procs_running') <= 2, `procs_running ${figure(ours, 'procs_running')}`);
  t.ok(figure(ours, 'btime') >= Math.floor(start) - 1, `btime ${figure(ours, 'btime')}`);
  await t.test("LXCFS: the host's", { skip: noLxcfs }, async (t) => {
    t.ok(figure(theirs, 'procs_running') >= 4, `procs_running ${figure(theirs, 'procs_running')}`);
    t.ok(figure(theirs, 'btime') < start - 2, `btime ${figure(theirs, 'btime')}`);
  });
});

/** Fields of loadavg: three loads, then `running/total`, then the last pid. */
function tasks(loadavg: string): { load: number; total: number; last: number } {
  const [load, , , counts = '', last] = loadavg.split(' ');
  return { load: Number(load), total: Number(counts.split('/')[1]), last: Number(last) };
}

/** A cgroup so many levels below, in all hierarchies that let one be made under a process. */
function below(cgroup: Cgroup, levels: number): Cgroup {
  const deep = new Cgroup(`${cgroup.path}${'/deep'.repeat(levels)}`);
  for (const door of cgroup.procsFiles.filter((each) => !each.includes('/cpuset/'))) {
    fs.mkdirSync(`${dirname(door)}${'/deep'.repeat(levels)}`, { recursive: true });
  }
  return deep;
}

t.test('A11 the load is that of the tasks in the container, however deep', async (t) => {
  const computing = await startLxcfs(t, '-l');
  const container = await startContainer(t, {});
  const inside = container.inside();
  await readBoth(inside, 'loadavg', daemon, computing);
  const deep = below(container.cgroup, 4);
  const spinning = container.outputIn(deep, [reader, 'spin', '11']);
  await sleep(10.5);
  const { ours, lxcfs: theirs } = await readBoth(inside, 'loadavg', daemon, computing);
  const { lxcfs: byDefault } = await readBoth(inside, 'loadavg', daemon, lxcfs);
  await spinning;
  const own = tasks(ours);
  t.ok(own.load > 0.05, `load: ${ours}`);
  t.ok(own.total >= 3 && own.total < 10, `a few tasks: ${ours}`);
  t.ok(own.last < 50, `the last pid is one of the container: ${ours}`);
  await t.test("LXCFS: the host's", { skip: noLxcfs }, async (t) => {
    t.ok(tasks(byDefault).total > 20, `all tasks: ${byDefault}`);
    t.ok(tasks(byDefault).last > 50, `a pid of the host: ${byDefault}`);
  });
  await t.test('LXCFS with -l: three levels', { skip: noLxcfs }, async (t) => {
    t.equal(tasks(theirs).load, 0, `load: ${theirs}`);
    t.ok(tasks(theirs).last > 50, `a pid of the host: ${theirs}`);
  });
});

t.test('A12 two containers that share a pid namespace each see their own', async (t) => {
  const container = await startContainer(t, { limits: { memory: 100 * MiB } });
  const other = Cgroup.create({ memory: 300 * MiB });
  t.teardown(() => other.remove());
  const total = async (file: string): Promise<number> =>
    kilobytes(await container.outputIn(other, ['cat', file]), 'MemTotal') / 1024;
  t.equal(await total(daemon.file('meminfo')), 300);
  await t.test("LXCFS: the second sees the first's", { skip: noLxcfs }, async (t) => {
    t.equal(await total(lxcfs.file('meminfo')), 100);
  });
});
