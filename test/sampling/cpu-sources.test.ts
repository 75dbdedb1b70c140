import fs from 'node:fs';
import t, { type Test } from 'tap';
import { cgroupLayout } from '../../src/cgroup/layout.ts';
import { placeOf } from '../../src/cgroup/place.ts';
import { Group, ReadPlan } from '../../src/cgroup/read-plan.ts';
import type { CpuPolicy } from '../../src/sampling/cpu-model.ts';
import { CpuReader } from '../../src/sampling/cpu-reader.ts';
import { planCpuTime, planPids, weightToShares } from '../../src/sampling/cpu-sources.ts';

type Version = 1 | 2;

/** Layout of a tree in which all controllers are mounted at one place. */
const layoutOf = (root: string, version: Version) =>
  cgroupLayout(
    version === 2
      ? `1 1 0:1 / ${root} rw - cgroup2 cgroup2 rw\n`
      : `1 1 0:1 / ${root} rw - cgroup cgroup rw,cpu,cpuacct,cpuset,blkio,pids\n`,
  );

const cgroupsOf = (path: string) =>
  new Map(['cpu', 'cpuacct', 'cpuset', 'blkio', 'pids', 'unified'].map((name) => [name, path]));

const placed = (root: string, version: Version, path: string) =>
  placeOf(layoutOf(root, version), cgroupsOf(path), 'cpu');

function modelOf(t: Test, root: string, version: Version, policy: CpuPolicy = 'quota') {
  const plan = new ReadPlan();
  const reader = new CpuReader(plan, cgroupsOf('/p/c'), layoutOf(root, version), policy);
  const { values, sources } = plan.open();
  t.teardown(() => sources.close());
  return reader.model(values, sources, [0, 1, 2, 3], 0);
}

t.test('v2: quota of every level, cpuset of the nearest level that has one', async (t) => {
  const root = t.testdir({
    p: {
      'cpu.max': '150000 100000\n',
      'cpuset.cpus.effective': '1-3\n',
      c: { 'cpu.max': 'max 100000\n', 'cpu.weight': '1\n' },
    },
  });
  t.same(modelOf(t, root, 2), { count: 2, set: [1, 2, 3], quota: 1.5 });
  t.equal(modelOf(t, root, 2, 'cpuset').count, 3);
  t.equal(modelOf(t, root, 2, 'shares').count, 1);
});

t.test('v1', async (t) => {
  const root = t.testdir({
    p: {
      'cpu.cfs_quota_us': '-1\n',
      'cpu.cfs_period_us': '100000\n',
      'cpuset.effective_cpus': '0-3\n',
      c: {
        'cpu.cfs_quota_us': '20000\n',
        'cpu.cfs_period_us': '10000\n',
        'cpuset.cpus': '0-3\n',
        'cpuset.effective_cpus': '0,2\n',
        'cpu.shares': '3000\n',
      },
    },
  });
  t.same(modelOf(t, root, 1), { count: 2, set: [0, 2], quota: 2 }, 'effective, not requested');
  t.equal(modelOf(t, root, 1, 'shares').count, 2);
});

t.test('a cpuset that was never configured is the parent’s', async (t) => {
  const root = t.testdir({
    p: { 'cpuset.effective_cpus': '2\n', c: { 'cpuset.effective_cpus': '\n' } },
  });
  t.same(modelOf(t, root, 1).set, [2]);
});

t.test('a changed limit is seen a millisecond after the last read at most', async (t) => {
  const root = t.testdir({
    p: { 'cpu.max': '300000 100000\n', c: { 'cpu.max': 'max 100000\n' } },
  });
  const plan = new ReadPlan();
  const reader = new CpuReader(plan, cgroupsOf('/p/c'), layoutOf(root, 2), 'quota');
  const { values, sources } = plan.open();
  t.teardown(() => sources.close());
  const all = [0, 1, 2, 3];
  const count = (now: number, online = all) => reader.model(values, sources, online, now).count;
  t.equal(count(0), 3);
  fs.writeFileSync(`${root}/p/cpu.max`, '200000 100000\n');
  t.equal(count(999), 3);
  t.equal(count(999, [0]), 1, 'the host’s CPUs at once');
  t.equal(count(1000), 2, 'the ancestor changed');
  fs.writeFileSync(`${root}/p/c/cpu.max`, '100000 100000\n');
  t.equal(count(2000), 1, 'its own changed');
});

t.test('no files at all: no limits', async (t) => {
  const root = t.testdir({ p: { c: {} } });
  t.same(modelOf(t, root, 2), { count: 4, set: [0, 1, 2, 3], quota: Infinity });
});

t.test('cpu.weight as shares', async (t) => {
  t.equal(weightToShares(1), 2);
  t.equal(Math.ceil(weightToShares(100) / 1024), 1, 'the default is one CPU');
  for (let cpus = 1; cpus <= 64; cpus++) {
    const l = Math.log2(1024 * cpus);
    const weight = Math.ceil(10 ** ((l ** 2 + 125 * l) / 612 - 7 / 34));
    t.equal(Math.ceil(weightToShares(weight) / 1024), cpus, `requests of ${cpus} CPUs`);
  }
});

function usage(t: Test, root: string, version: Version, cpus = 2) {
  const plan = new ReadPlan();
  const read = planCpuTime(plan, placed(root, version, '/c'), cpus);
  const { values, sources } = plan.open();
  t.teardown(() => sources.close());
  sources.sample(Group.cpuTime);
  return read?.(values);
}

t.test('v2 CPU time: nice is apart from user since 6.13', async (t) => {
  const root = t.testdir({
    c: { 'cpu.stat': 'usage_usec 60\nuser_usec 40\nsystem_usec 20\nnice_usec 15\n' },
  });
  t.same(usage(t, root, 2), { kind: 'total', user: 25, nice: 15, system: 20 });
});

t.test('v2 CPU time before 6.13, and of a file that cannot be read', async (t) => {
  const root = t.testdir({ c: { 'cpu.stat': 'usage_usec 60\nuser_usec 40\nsystem_usec 20\n' } });
  t.same(usage(t, root, 2), { kind: 'total', user: 40, nice: 0, system: 20 });
  const { NaN: unknown } = Number;
  const wanted = { kind: 'total', user: unknown, nice: unknown, system: unknown };
  t.same(usage(t, t.testdir({ c: {} }), 2), wanted, 'not 0: that would be a counter');
});

t.test('v1 CPU time: run time and ticks of each CPU, in microseconds', async (t) => {
  const root = t.testdir({
    c: {
      'cpuacct.usage_percpu': '5000000 7999 \n',
      'cpuacct.usage_all': 'cpu user system\n0 3000000 2000000\n1 7000 0\n',
    },
  });
  const read = usage(t, root, 1);
  t.equal(read?.kind, 'per-cpu');
  if (read?.kind !== 'per-cpu') return;
  t.same([...read.usage], [5000, 7]);
  t.same([...read.split], [3000, 2000, 7, 0]);
});

t.test('nowhere to read from', async (t) => {
  const plan = new ReadPlan();
  t.equal(planCpuTime(plan, null, 2), null);
  t.ok(Number.isNaN(planPids(plan, null)));
});

t.test('number of tasks', async (t) => {
  const root = t.testdir({ c: { 'pids.current': '17\n' } });
  const plan = new ReadPlan();
  const slot = planPids(plan, placed(root, 2, '/c'));
  const { values, sources } = plan.open();
  t.teardown(() => sources.close());
  sources.sample(Group.pids);
  t.equal(values[slot], 17);
});
