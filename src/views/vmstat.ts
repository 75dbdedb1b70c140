/**
 * /proc/vmstat, with the keys and the order of the host's file. mm/vmstat.c (vmstat_text),
 * Documentation/admin-guide/cgroup-v2.rst (memory.stat).
 * @module
 */
import { type MemoryField, type Sample, statOrigin } from '../sampling/sample.ts';
import { layoutOnce, type Value } from './lines.ts';
import type { Origin, View } from './view.ts';

interface Field extends Origin {
  readonly value: Value;
}

/** A figure of meminfo (kB), counted in pages. */
function pages(
  key: string,
  name: keyof Sample['memory'],
  origin: Pick<Origin, 'v1' | 'v2'>,
): Field {
  const value = ({ memory, host }: Sample) => (memory[name] * 1024) / host.pageSize;
  return { key, value, unit: 'pages', figure: `memory.${name}`, ...origin };
}

/** A figure of memory.stat, counted in pages. */
const counter = (key: string, name: MemoryField): Field => pages(key, name, statOrigin(name));

/** A figure of memory.stat, counted in transparent huge pages. */
function hugePages(key: string, name: MemoryField): Field {
  const value = ({ memory, host }: Sample) => (memory[name] * 1024) / host.settings.thpBytes;
  return { key, value, unit: 'huge pages', figure: `memory.${name}`, ...statOrigin(name) };
}

/** 0 for Infinity, which stands for a counter that a kernel let fall below 0. */
const finite = (value: number | undefined): number => (value === Infinity ? 0 : (value ?? 0));

const lru = (list: string, name: MemoryField): Field[] =>
  ['nr_zone_', 'nr_'].map((prefix) => counter(prefix + list, name));

const FIELDS: readonly Field[] = [
  pages('nr_free_pages', 'free', { v1: 'MemFree of meminfo', v2: 'MemFree of meminfo' }),
  ...lru('inactive_anon', 'inactiveAnon'),
  ...lru('active_anon', 'activeAnon'),
  ...lru('inactive_file', 'inactiveFile'),
  ...lru('active_file', 'activeFile'),
  ...lru('unevictable', 'unevictable'),
  { ...counter('nr_anon_pages', 'anon'), differs: 'includes huge pages' },
  counter('nr_mapped', 'fileMapped'),
  {
    key: 'nr_file_pages',
    unit: 'pages',
    value: ({ memory, host }) => ((memory.file + memory.swapCached) * 1024) / host.pageSize,
    v1: 'Cached + SwapCached of meminfo',
    v2: 'Cached + SwapCached of meminfo',
  },
  counter('nr_dirty', 'fileDirty'),
  counter('nr_writeback', 'fileWriteback'),
  counter('nr_shmem', 'shmem'),
  counter('nr_slab_reclaimable', 'slabReclaimable'),
  {
    ...counter('nr_slab_unreclaimable', 'slabUnreclaimable'),
    v1: 'memory.kmem.usage_in_bytes',
  },
  {
    ...counter('nr_kernel_stack', 'kernelStack'),
    unit: 'kB',
    value: ({ memory }) => memory.kernelStack,
  },
  counter('nr_page_table_pages', 'pageTables'),
  counter('nr_sec_page_table_pages', 'secPageTables'),
  counter('nr_swapcached', 'swapCached'),
  hugePages('nr_anon_transparent_hugepages', 'anonThp'),
  hugePages('nr_shmem_hugepages', 'shmemThp'),
  hugePages('nr_file_hugepages', 'fileThp'),
  {
    key: 'pgpgin',
    unit: 'kB',
    value: ({ vm }) => vm.readBytes / 1024,
    v1: 'blkio.throttle.io_service_bytes_recursive Read, else blkio.throttle.io_service_bytes',
    v2: 'io.stat rbytes',
    figure: 'vm.readBytes',
  },
  {
    key: 'pgpgout',
    unit: 'kB',
    value: ({ vm }) => vm.writtenBytes / 1024,
    v1: 'blkio.throttle.io_service_bytes_recursive Write, else blkio.throttle.io_service_bytes',
    v2: 'io.stat wbytes',
    figure: 'vm.writtenBytes',
  },
  {
    key: 'oom_kill',
    value: ({ vm }) => finite(vm.oomKills),
    v1: 'memory.oom_control oom_kill',
    v2: 'memory.events oom_kill',
    figure: 'vm.oomKills',
  },
];

const OTHERS: Origin = {
  key: '*',
  v1: 'memory.stat total_<key>, else 0',
  v2: 'memory.stat <key>, else 0',
  figure: 'vm.events',
};

/** The counter of memory.stat with the same name. Its gauges have other names than `nr_...`. */
function event(key: string, index: number): Value | null {
  return index < 0 || key.startsWith('nr_') ? null : ({ vm }) => finite(vm.events[index]);
}

/**
 * The value of a key, also for other files that show it.
 * @param index of the key in the host's /proc/vmstat; -1 if it has no such key
 * @returns null if no cgroup counts it
 */
export const vmFigure = (key: string, index: number): Value | null =>
  FIELDS.find((each) => each.key === key)?.value ?? event(key, index);

const layoutOf = layoutOnce((key, index) => ({
  before: `${key} `,
  width: 0,
  after: '\n',
  value: vmFigure(key, index),
}));

export const vmstat: View = {
  path: 'proc/vmstat',
  needs: ['vm'],
  fields: [...FIELDS, OTHERS],
  render: (sample, out) => layoutOf(sample.host.vmstatKeys).render(sample, out),
};
