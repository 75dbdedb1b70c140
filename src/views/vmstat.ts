/**
 * /proc/vmstat: every key the host prints, in its order. mm/vmstat.c (vmstat_text),
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

/** 0 for the Infinity of a counter that a kernel let run below 0. */
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
  { ...counter('nr_anon_pages', 'anon'), differs: 'huge pages are among them' },
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
  v1: 'memory.stat total_<key> where it has one, else 0',
  v2: 'memory.stat <key> where it has one, else 0',
  figure: 'vm.events',
};

/** What memory.stat tells under the same name; it has no gauges (`nr_...`) of that kind. */
function event(key: string, index: number): Value | null {
  return index < 0 || key.startsWith('nr_') ? null : ({ vm }) => finite(vm.events[index]);
}

/**
 * The figure of a key, also where other files show it.
 * @param index among the host's keys of /proc/vmstat; -1: it has no such key
 * @returns null for what no cgroup tells
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
