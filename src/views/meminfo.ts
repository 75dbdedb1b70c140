/**
 * /proc/meminfo. Keys and order are the host's; fs/proc/meminfo.c, Documentation/filesystems/proc.rst.
 * @module
 */

import type { Sample } from '../sampling/sample.ts';
import { layoutOnce, renderLines, type Value } from './lines.ts';
import type { Origin, View } from './view.ts';

interface Field extends Origin {
  /** kB, or a count for HugePages_*. */
  readonly value: Value;
}

const field = (key: string, value: Value, v2: string, v1 = v2): Field => {
  return { key, value, v1, v2 };
};

/** Lines that are one figure. */
const figure = (key: string, name: keyof Sample['memory'], v2: string, v1 = v2): Field =>
  field(key, ({ memory }) => memory[name], v2, v1);

const slab = ({ memory }: Sample): number => memory.slabReclaimable + memory.slabUnreclaimable;

const hugeKB = ({ hugePages }: Sample): number => hugePages.total * hugePages.sizeKB;

/** mm/util.c, vm_commit_limit, on these totals. */
function commitLimit(sample: Sample): number {
  const { overcommitKB, overcommitRatio } = sample.host.settings;
  const { total, swapTotal } = sample.memory;
  if (overcommitKB > 0) return overcommitKB + swapTotal;
  return Math.max(0, total - hugeKB(sample)) * (overcommitRatio / 100) + swapTotal;
}

/** A lower bound: what is mapped but was never touched belongs to no cgroup. */
const committed = ({ memory }: Sample): number => memory.anon + memory.shmem + memory.swapUsed;

const FIELDS: readonly Field[] = [
  figure(
    'MemTotal',
    'total',
    'lowest memory.max of all levels, at most the host',
    'lowest limit_in_bytes of all levels, at most the host',
  ),
  figure(
    'MemFree',
    'free',
    'MemTotal - memory.current of the binding level, at most the headroom of any level',
    'the same with usage_in_bytes',
  ),
  figure(
    'MemAvailable',
    'available',
    'MemFree + file and slab of the binding level that could be reclaimed',
    'MemFree + active_file + inactive_file of the binding level',
  ),
  figure(
    'SwapCached',
    'swapCached',
    'memory.stat swapcached (5.12)',
    'memory.stat total_swapcached (5.12)',
  ),
  figure('Cached', 'file', 'memory.stat file', 'memory.stat total_cache'),
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
  figure('Active(anon)', 'activeAnon', 'memory.stat active_anon', 'memory.stat total_active_anon'),
  figure(
    'Inactive(anon)',
    'inactiveAnon',
    'memory.stat inactive_anon',
    'memory.stat total_inactive_anon',
  ),
  figure('Active(file)', 'activeFile', 'memory.stat active_file', 'memory.stat total_active_file'),
  figure(
    'Inactive(file)',
    'inactiveFile',
    'memory.stat inactive_file',
    'memory.stat total_inactive_file',
  ),
  figure('Unevictable', 'unevictable', 'memory.stat unevictable', 'memory.stat total_unevictable'),
  figure(
    'SwapTotal',
    'swapTotal',
    'lowest memory.swap.max, at most the host',
    'lowest memsw limit - memory limit, at most the host',
  ),
  figure(
    'SwapFree',
    'swapFree',
    'SwapTotal - memory.swap.current',
    'SwapTotal - (memsw usage - memory usage)',
  ),
  figure('Zswap', 'zswap', 'memory.stat zswap (5.19)', '0'),
  figure('Zswapped', 'zswapped', 'memory.stat zswapped (5.19)', '0'),
  figure('Dirty', 'fileDirty', 'memory.stat file_dirty', 'memory.stat total_dirty'),
  figure('Writeback', 'fileWriteback', 'memory.stat file_writeback', 'memory.stat total_writeback'),
  figure(
    'AnonPages',
    'anon',
    'memory.stat anon',
    'memory.stat total_rss, which includes huge pages',
  ),
  figure('Mapped', 'fileMapped', 'memory.stat file_mapped', 'memory.stat total_mapped_file'),
  figure(
    'Shmem',
    'shmem',
    'memory.stat shmem, at most Cached',
    'memory.stat total_shmem, at most Cached',
  ),
  figure('KReclaimable', 'slabReclaimable', 'memory.stat slab_reclaimable', '0'),
  field('Slab', slab, 'SReclaimable + SUnreclaim'),
  figure('SReclaimable', 'slabReclaimable', 'memory.stat slab_reclaimable', '0'),
  figure(
    'SUnreclaim',
    'slabUnreclaimable',
    'memory.stat slab_unreclaimable',
    'memory.kmem.usage_in_bytes',
  ),
  figure('KernelStack', 'kernelStack', 'memory.stat kernel_stack', '0'),
  figure('PageTables', 'pageTables', 'memory.stat pagetables (5.17)', '0'),
  figure('SecPageTables', 'secPageTables', 'memory.stat sec_pagetables (6.0)', '0'),
  field('CommitLimit', commitLimit, "the kernel's formula on MemTotal and SwapTotal"),
  field('Committed_AS', committed, "AnonPages + Shmem + the container's swap, a lower bound"),
  field('VmallocTotal', ({ host }) => host.meminfoValue('VmallocTotal'), "the host's"),
  figure('VmallocUsed', 'vmalloc', 'memory.stat vmalloc (5.19)', '0'),
  figure('Percpu', 'percpu', 'memory.stat percpu (5.9)', '0'),
  figure('AnonHugePages', 'anonThp', 'memory.stat anon_thp', 'memory.stat total_rss_huge'),
  figure('ShmemHugePages', 'shmemThp', 'memory.stat shmem_thp (5.12)', '0'),
  figure('FileHugePages', 'fileThp', 'memory.stat file_thp (5.12)', '0'),
  field(
    'HugePages_Total',
    ({ hugePages }) => hugePages.total,
    'hugetlb.<size>.max / size, at most the host',
    'hugetlb.<size>.limit_in_bytes / size, at most the host',
  ),
  field(
    'HugePages_Free',
    ({ hugePages }) => hugePages.free,
    'HugePages_Total - hugetlb.<size>.current / size',
    'HugePages_Total - hugetlb.<size>.usage_in_bytes / size',
  ),
  field('Hugepagesize', ({ hugePages }) => hugePages.sizeKB, "the host's"),
  field('Hugetlb', hugeKB, 'HugePages_Total * Hugepagesize'),
];

/** Numbers end in column 24; these keys are longer than the usual 16 columns. */
const isWide = (key: string): boolean =>
  key.startsWith('HugePages_') || key === 'HardwareCorrupted';

/** A key that is in no table: what cannot be known of one container, or a newer kernel's. */
const layoutOf = layoutOnce((key) => {
  const columns = isWide(key) ? 19 : 16;
  return {
    before: `${key}:`.padEnd(columns),
    width: 24 - columns,
    after: key.startsWith('HugePages_') ? '\n' : ' kB\n',
    value: FIELDS.find((each) => each.key === key)?.value ?? null,
  };
});

export const meminfo: View = {
  path: 'proc/meminfo',
  needs: ['memory'],
  fields: FIELDS,
  render: (sample, out) => renderLines(layoutOf(sample.host.meminfoKeys), sample, out),
};
