/**
 * /proc/vmstat: every key the host prints, in its order. mm/vmstat.c (vmstat_text),
 * Documentation/admin-guide/cgroup-v2.rst (memory.stat).
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import { layoutOnce, renderLines, type Value } from './lines.ts';
import type { Origin, View } from './view.ts';

interface Field extends Origin {
  readonly value: Value;
}

const PAGES = 'in pages';

/** A figure of meminfo (kB), counted in pages. */
function pages(key: string, name: keyof Sample['memory'], v2: string, v1 = v2): Field {
  const value = ({ memory, host }: Sample) => (memory[name] * 1024) / host.pageSize;
  return { key, value, v1: `${v1}, ${PAGES}`, v2: `${v2}, ${PAGES}` };
}

/** A figure of meminfo (kB), counted in transparent huge pages. */
function hugePages(key: string, name: keyof Sample['memory'], v2: string, v1 = v2): Field {
  const value = ({ memory, host }: Sample) => (memory[name] * 1024) / host.settings.thpBytes;
  return { key, value, v1, v2 };
}

const lru = (list: string, name: keyof Sample['memory']): Field[] =>
  ['nr_zone_', 'nr_'].map((prefix) =>
    pages(prefix + list, name, `memory.stat ${list}`, `memory.stat total_${list}`),
  );

const FIELDS: readonly Field[] = [
  pages('nr_free_pages', 'free', 'MemFree of meminfo'),
  ...lru('inactive_anon', 'inactiveAnon'),
  ...lru('active_anon', 'activeAnon'),
  ...lru('inactive_file', 'inactiveFile'),
  ...lru('active_file', 'activeFile'),
  ...lru('unevictable', 'unevictable'),
  pages('nr_anon_pages', 'anon', 'memory.stat anon', 'memory.stat total_rss'),
  pages('nr_mapped', 'fileMapped', 'memory.stat file_mapped', 'memory.stat total_mapped_file'),
  {
    key: 'nr_file_pages',
    value: ({ memory, host }) => ((memory.file + memory.swapCached) * 1024) / host.pageSize,
    v1: 'memory.stat total_cache + total_swapcached, in pages',
    v2: 'memory.stat file + swapcached, in pages',
  },
  pages('nr_dirty', 'fileDirty', 'memory.stat file_dirty', 'memory.stat total_dirty'),
  pages(
    'nr_writeback',
    'fileWriteback',
    'memory.stat file_writeback',
    'memory.stat total_writeback',
  ),
  pages('nr_shmem', 'shmem', 'memory.stat shmem', 'memory.stat total_shmem'),
  pages('nr_slab_reclaimable', 'slabReclaimable', 'memory.stat slab_reclaimable', '0'),
  pages(
    'nr_slab_unreclaimable',
    'slabUnreclaimable',
    'memory.stat slab_unreclaimable',
    'memory.kmem.usage_in_bytes',
  ),
  {
    key: 'nr_kernel_stack',
    value: ({ memory }) => memory.kernelStack,
    v1: '0',
    v2: 'memory.stat kernel_stack, in kB',
  },
  pages('nr_page_table_pages', 'pageTables', 'memory.stat pagetables (5.17)', '0'),
  pages('nr_sec_page_table_pages', 'secPageTables', 'memory.stat sec_pagetables (6.0)', '0'),
  pages(
    'nr_swapcached',
    'swapCached',
    'memory.stat swapcached (5.12)',
    'memory.stat total_swapcached (5.12)',
  ),
  hugePages(
    'nr_anon_transparent_hugepages',
    'anonThp',
    'memory.stat anon_thp / huge page size',
    'memory.stat total_rss_huge / huge page size',
  ),
  hugePages('nr_shmem_hugepages', 'shmemThp', 'memory.stat shmem_thp / huge page size', '0'),
  hugePages('nr_file_hugepages', 'fileThp', 'memory.stat file_thp / huge page size', '0'),
  {
    key: 'pgpgin',
    value: ({ vm }) => vm.readBytes / 1024,
    v1: 'blkio.throttle.io_service_bytes Read, in kB',
    v2: 'io.stat rbytes, in kB',
  },
  {
    key: 'pgpgout',
    value: ({ vm }) => vm.writtenBytes / 1024,
    v1: 'blkio.throttle.io_service_bytes Write, in kB',
    v2: 'io.stat wbytes, in kB',
  },
  {
    key: 'oom_kill',
    value: ({ vm }) => vm.oomKills,
    v1: 'memory.oom_control oom_kill (4.13)',
    v2: 'memory.events oom_kill',
  },
  {
    key: '*',
    value: () => 0,
    v1: 'memory.stat total_<key> where it has one, else 0',
    v2: 'memory.stat <key> where it has one, else 0',
  },
];

/** What memory.stat tells under the same name; it has no gauges (`nr_...`) of that kind. */
function event(key: string, index: number): Value | null {
  return index < 0 || key.startsWith('nr_') ? null : ({ vm }) => vm.events[index] ?? 0;
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
  fields: FIELDS,
  render: (sample, out) => renderLines(layoutOf(sample.host.vmstatKeys), sample, out),
};
