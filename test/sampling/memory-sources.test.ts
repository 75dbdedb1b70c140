import t, { type Test } from 'tap';
import { type CgroupLayout, cgroupLayout } from '../../src/cgroup/layout.ts';
import { placeOf } from '../../src/cgroup/place.ts';
import { Group, memoryUsage, ReadPlan } from '../../src/cgroup/read-plan.ts';
import { memoryFieldNames } from '../../src/sampling/memory-fields.ts';
import {
  hugetlbSize,
  memoryKeys,
  memoryLevel,
  planMemory,
  usagesAbove,
} from '../../src/sampling/memory-sources.ts';

const NONE = 9223372036854771712n;

const layoutOf = (root: string, type: 'cgroup' | 'cgroup2', options = 'rw'): CgroupLayout =>
  cgroupLayout(`1 1 0:1 / ${root} rw - ${type} cgroup ${options}\n`);

const paths = (controller: string, path: string) => new Map([[controller, path]]);

/** Plans and samples the memory files of a container. */
function sample(t: Test, layout: CgroupLayout, path: string, groups: number) {
  const controller = layout.has('memory') ? 'memory' : 'unified';
  const place = placeOf(layout, paths(controller, path), 'memory');
  if (!place) throw new Error('no place');
  const plan = new ReadPlan();
  const slots = planMemory(plan, place, place, '2MB', memoryKeys(['pgfault', 'nr_none']));
  const { values, sources } = plan.open();
  t.teardown(() => sources.close());
  sources.sample(groups);
  const field = (name: (typeof memoryFieldNames)[number]) =>
    values[slots.stat + memoryFieldNames.indexOf(name)];
  const levels = Array.from({ length: slots.levelCount }, (_, i) => memoryLevel(values, slots, i));
  return { values, slots, field, levels };
}

const ALL =
  Group.memoryLimits |
  memoryUsage(0) |
  memoryUsage(1) |
  Group.swap |
  Group.swapLimits |
  Group.hugetlb |
  Group.vmStat |
  Group.kernelMemory |
  Group.memoryEvents;

t.test('v2', async (t) => {
  const root = t.testdir({
    p: {
      'memory.max': '300000\n',
      'memory.current': '211\n',
      c: {
        'memory.max': 'max\n',
        'memory.current': '100\n',
        'memory.swap.max': '5000\n',
        'memory.swap.current': '1000\n',
        'memory.stat': 'anon 1\nfile 2\nfile_mapped 3\nslab 9\nslab_reclaimable 4\npgfault 77\n',
        'memory.events': 'low 0\noom 4\noom_kill 3\noom_group_kill 1\n',
        'hugetlb.2MB.max': 'max\n',
        'hugetlb.2MB.current': '0\n',
      },
    },
  });
  const { values, slots, field, levels } = sample(t, layoutOf(root, 'cgroup2'), '/p/c', ALL);
  const { NaN: absent } = Number;
  t.same(levels, [
    { limit: Infinity, usage: 100, swapLimit: 5000, swapUsage: 1000 },
    { limit: 300000, usage: 211, swapLimit: absent, swapUsage: absent },
  ]);
  t.same(
    [field('anon'), field('file'), field('fileMapped'), field('slabReclaimable')],
    [1, 2, 3, 4],
    'exact keys: slab is not slab_reclaimable',
  );
  t.ok(Number.isNaN(field('pageTables')), 'a key that this kernel does not have');
  t.equal(values[slots.stat + memoryFieldNames.length], 77, 'an event of vmstat');
  t.equal(values[slots.oomKill], 3);
  t.same([values[slots.hugetlb], values[slots.hugetlb + 1]], [Infinity, 0]);
  t.ok(Number.isNaN(values[slots.kernelUsage]));
});

const v1Level = (limit: bigint | number, usage: number, swap: bigint | number, used: number) => ({
  'memory.limit_in_bytes': `${limit}\n`,
  'memory.usage_in_bytes': `${usage}\n`,
  'memory.memsw.limit_in_bytes': `${swap}\n`,
  'memory.memsw.usage_in_bytes': `${used}\n`,
});

t.test('v1: swap alone is the difference, clamped', async (t) => {
  const root = t.testdir({
    a: {
      ...v1Level(NONE, 50, NONE, 60),
      b: {
        ...v1Level(1000, 100, 1500, 90),
        'memory.stat': 'rss 5\nhierarchical_memory_limit 7\ntotal_rss 50\ntotal_cache 60\n',
        'memory.kmem.usage_in_bytes': '4096\n',
        'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
        'hugetlb.2MB.limit_in_bytes': '4194304\n',
        'hugetlb.2MB.usage_in_bytes': '2097152\n',
      },
    },
  });
  const on = sample(t, layoutOf(root, 'cgroup', 'rw,memory'), '/a/b', ALL);
  t.same(on.levels, [
    { limit: 1000, usage: 100, swapLimit: 500, swapUsage: 0 },
    { limit: Infinity, usage: 50, swapLimit: Infinity, swapUsage: 10 },
  ]);
  t.same([on.field('anon'), on.field('file')], [50, 60], 'with sub-cgroups: total_*');
  t.ok(Number.isNaN(on.field('slabReclaimable')));
  t.equal(on.values[on.slots.kernelUsage], 4096);
  t.equal(on.values[on.slots.oomKill], 2);
  t.same([on.values[on.slots.hugetlb], on.values[on.slots.hugetlb + 1]], [4194304, 2097152]);
});

t.test('v1 without swap accounting: unknown, not 0', async (t) => {
  const { 'memory.limit_in_bytes': limit, 'memory.usage_in_bytes': usage } = v1Level(9, 1, 0, 0);
  const files = { 'memory.limit_in_bytes': limit, 'memory.usage_in_bytes': usage };
  const root = t.testdir({ a: files });
  const { levels } = sample(t, layoutOf(root, 'cgroup', 'rw,memory'), '/a', ALL);
  t.ok(Number.isNaN(levels[0]?.swapLimit) && Number.isNaN(levels[0]?.swapUsage));
});

t.test('v1: an ancestor without use_hierarchy does not limit its descendants', async (t) => {
  const root = t.testdir({
    a: {
      ...v1Level(10, 10, 10, 10),
      'memory.use_hierarchy': '0\n',
      b: {
        ...v1Level(1000, 1, 1000, 1),
        'memory.use_hierarchy': '0\n',
        c: v1Level(500, 1, 500, 1),
      },
    },
  });
  const layout = layoutOf(root, 'cgroup', 'rw,memory');
  t.equal(sample(t, layout, '/a/b', ALL).levels.length, 1);
  t.same(
    sample(t, layout, '/a/b/c', ALL).levels.map(({ limit }) => limit),
    [500],
  );
});

t.test('usage of an ancestor is read if it has a limit', async (t) => {
  const level = (max: string) => ({ 'memory.max': `${max}\n`, 'memory.current': '1\n' });
  const root = t.testdir({
    a: { ...level('max'), b: { ...level('99'), c: { ...level('max'), d: level('5') } } },
  });
  const { values, slots } = sample(t, layoutOf(root, 'cgroup2'), '/a/b/c/d', Group.memoryLimits);
  t.equal(usagesAbove(values, slots), memoryUsage(2));
  t.ok(memoryUsage(50) > 0, 'however deep');
});

t.test('memory.stat is read with the keys of the request', async (t) => {
  const root = t.testdir({ a: { 'memory.stat': 'anon 1\npgfault 5\n' } });
  const layout = layoutOf(root, 'cgroup2');
  const { values, slots, field } = sample(t, layout, '/a', Group.memoryStat);
  t.equal(field('anon'), 1);
  t.ok(Number.isNaN(values[slots.stat + memoryFieldNames.length]), 'events are vmstat’s');
});

t.test("sizes of huge pages as in the names of the controller's files", async (t) => {
  t.same([64, 2048, 32768, 1048576, 16777216].map(hugetlbSize), [
    '64KB',
    '2MB',
    '32MB',
    '1GB',
    '16GB',
  ]);
});
