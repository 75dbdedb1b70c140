/**
 * /proc/meminfo, with the keys and the order of the host's file. fs/proc/meminfo.c,
 * Documentation/filesystems/proc.rst (meminfo).
 * @module
 */

import { type MemoryField, type Sample, statOrigin } from '../sampling/sample.ts';
import { layoutOnce, type Value } from './lines.ts';
import type { Origin, View } from './view.ts';

interface Field extends Origin {
  /** kB, or a count for HugePages_*. */
  readonly value: Value;
}

const field = (key: string, value: Value, v2: string, v1 = v2): Field => {
  return { key, value, v1, v2 };
};

/** A line that is one figure. */
const figure = (key: string, name: keyof Sample['memory'], v2: string, v1 = v2): Field => {
  return { ...field(key, ({ memory }) => memory[name], v2, v1), figure: `memory.${name}` };
};

/** A line that is one figure of memory.stat. */
const counter = (key: string, name: MemoryField): Field => {
  return {
    key,
    value: ({ memory }) => memory[name],
    ...statOrigin(name),
    figure: `memory.${name}`,
  };
};

const slab = ({ memory }: Sample): number => memory.slabReclaimable + memory.slabUnreclaimable;

const hugeKB = ({ hugePages }: Sample): number => hugePages.total * hugePages.sizeKB;

/** As mm/util.c (vm_commit_limit), from the container's totals. */
function commitLimit(sample: Sample): number {
  const { overcommitKB, overcommitRatio } = sample.host.settings;
  const { total, swapTotal } = sample.memory;
  if (overcommitKB > 0) return overcommitKB + swapTotal;
  return Math.max(0, total - hugeKB(sample)) * (overcommitRatio / 100) + swapTotal;
}

/** A lower bound: memory that is mapped but was never touched is charged to no cgroup. */
const committed = ({ memory }: Sample): number => memory.anon + memory.shmem + memory.swapUsed;

const FIELDS: readonly Field[] = [
  figure(
    'MemTotal',
    'total',
    'lowest memory.max of all levels, at most the host',
    'lowest memory.limit_in_bytes of all levels, at most the host',
  ),
  figure(
    'MemFree',
    'free',
    'the least of memory.max - memory.current of all levels',
    'the least of memory.limit_in_bytes - memory.usage_in_bytes of all levels',
  ),
  {
    ...figure(
      'MemAvailable',
      'available',
      'MemFree + active_file + inactive_file + slab_reclaimable of the level that binds',
      'MemFree + total_active_file + total_inactive_file of the level that binds',
    ),
    differs: 'no reserve is subtracted: a cgroup has no watermarks',
  },
  counter('SwapCached', 'swapCached'),
  counter('Cached', 'file'),
  field(
    'Active',
    ({ memory }) => memory.activeAnon + memory.activeFile,
    'Active(anon) + Active(file)',
  ),
  field(
    'Inactive',
    ({ memory }) => memory.inactiveAnon + memory.inactiveFile,
    'Inactive(anon) + Inactive(file)',
  ),
  counter('Active(anon)', 'activeAnon'),
  counter('Inactive(anon)', 'inactiveAnon'),
  counter('Active(file)', 'activeFile'),
  counter('Inactive(file)', 'inactiveFile'),
  counter('Unevictable', 'unevictable'),
  {
    ...figure(
      'SwapTotal',
      'swapTotal',
      'lowest memory.swap.max of all levels, at most the host',
      'lowest memory.memsw.limit_in_bytes - memory.limit_in_bytes of all levels, at most the host',
    ),
    absent: "the host's",
  },
  {
    ...figure(
      'SwapFree',
      'swapFree',
      'SwapTotal - memory.swap.current, at most what each level leaves',
      'SwapTotal - (memory.memsw.usage_in_bytes - memory.usage_in_bytes), at most what each level leaves',
    ),
    absent: "the host's",
  },
  counter('Zswap', 'zswap'),
  counter('Zswapped', 'zswapped'),
  counter('Dirty', 'fileDirty'),
  counter('Writeback', 'fileWriteback'),
  { ...counter('AnonPages', 'anon'), differs: 'includes huge pages' },
  counter('Mapped', 'fileMapped'),
  { ...counter('Shmem', 'shmem'), differs: 'at most Cached' },
  counter('KReclaimable', 'slabReclaimable'),
  field('Slab', slab, 'SReclaimable + SUnreclaim'),
  counter('SReclaimable', 'slabReclaimable'),
  { ...counter('SUnreclaim', 'slabUnreclaimable'), v1: 'memory.kmem.usage_in_bytes' },
  counter('KernelStack', 'kernelStack'),
  counter('PageTables', 'pageTables'),
  counter('SecPageTables', 'secPageTables'),
  field(
    'CommitLimit',
    commitLimit,
    '(MemTotal - Hugetlb) * vm.overcommit_ratio / 100 + SwapTotal; vm.overcommit_kbytes + SwapTotal if that is set',
  ),
  {
    ...field('Committed_AS', committed, 'AnonPages + Shmem + swap usage'),
    figure: 'memory.swapUsed',
    differs: 'a lower bound: memory that is mapped but was never touched is charged to no cgroup',
  },
  field('VmallocTotal', ({ host }) => host.meminfoValue('VmallocTotal'), "the host's"),
  counter('VmallocUsed', 'vmalloc'),
  counter('Percpu', 'percpu'),
  counter('AnonHugePages', 'anonThp'),
  counter('ShmemHugePages', 'shmemThp'),
  counter('FileHugePages', 'fileThp'),
  {
    key: 'HugePages_Total',
    value: ({ hugePages }) => hugePages.total,
    v1: 'hugetlb.<size>.limit_in_bytes / size, at most the host',
    v2: 'hugetlb.<size>.max / size, at most the host',
    since: { v2: '5.6' },
    absent: "the host's",
    figure: 'hugePages.total',
  },
  {
    key: 'HugePages_Free',
    value: ({ hugePages }) => hugePages.free,
    v1: 'HugePages_Total - hugetlb.<size>.usage_in_bytes / size',
    v2: 'HugePages_Total - hugetlb.<size>.current / size',
    since: { v2: '5.6' },
    absent: "the host's",
    figure: 'hugePages.free',
  },
  field('Hugepagesize', ({ hugePages }) => hugePages.sizeKB, "the host's"),
  field('Hugetlb', hugeKB, 'HugePages_Total * Hugepagesize'),
];

/** Lines that no cgroup counts, also those of newer kernels. */
const ZEROS: readonly Origin[] = [
  { key: 'Buffers', v1: '0', v2: '0', differs: 'pages of block devices are counted in Cached' },
  { key: '*', v1: '0', v2: '0', differs: 'no cgroup counts it' },
];

/** Numbers end in column 24; these keys take more than the usual 16 columns. */
const isWide = (key: string): boolean =>
  key.startsWith('HugePages_') || key === 'HardwareCorrupted';

/** The value of a key, also for other files that show it; null: no cgroup counts it. */
export const meminfoValue = (key: string): Value | null =>
  FIELDS.find((each) => each.key === key)?.value ?? null;

const layoutOf = layoutOnce((key) => {
  const columns = isWide(key) ? 19 : 16;
  return {
    before: `${key}:`.padEnd(columns),
    width: 24 - columns,
    after: key.startsWith('HugePages_') ? '\n' : ' kB\n',
    value: meminfoValue(key),
  };
});

export const meminfo: View = {
  path: 'proc/meminfo',
  needs: ['memory'],
  fields: [...FIELDS, ...ZEROS],
  render: (sample, out) => layoutOf(sample.host.meminfoKeys).render(sample, out),
};
