/**
 * The figures of memory.stat, one line each, with their keys in cgroup v1 (the hierarchical `total_*`) and v2. All are
 * bytes; a key that the kernel does not have is NaN.
 * Documentation/admin-guide/cgroup-v2.rst (memory.stat), cgroup-v1/memory.rst (5.2 stat file).
 * @module
 */

interface StatKey {
  readonly v1: string;
  readonly v2: string;
  /** First kernel with the key, if after 5.4. */
  readonly since?: { readonly v1?: string; readonly v2?: string };
}

/** '' = this version has no such key. */
export const memoryFields = {
  anon: { v1: 'total_rss', v2: 'anon' },
  file: { v1: 'total_cache', v2: 'file' },
  shmem: { v1: 'total_shmem', v2: 'shmem' },
  fileMapped: { v1: 'total_mapped_file', v2: 'file_mapped' },
  fileDirty: { v1: 'total_dirty', v2: 'file_dirty' },
  fileWriteback: { v1: 'total_writeback', v2: 'file_writeback' },
  swapCached: { v1: 'total_swapcached', v2: 'swapcached', since: { v1: '6.7', v2: '5.12' } },
  activeAnon: { v1: 'total_active_anon', v2: 'active_anon' },
  inactiveAnon: { v1: 'total_inactive_anon', v2: 'inactive_anon' },
  activeFile: { v1: 'total_active_file', v2: 'active_file' },
  inactiveFile: { v1: 'total_inactive_file', v2: 'inactive_file' },
  unevictable: { v1: 'total_unevictable', v2: 'unevictable' },
  slabReclaimable: { v1: '', v2: 'slab_reclaimable' },
  slabUnreclaimable: { v1: '', v2: 'slab_unreclaimable' },
  kernelStack: { v1: '', v2: 'kernel_stack' },
  pageTables: { v1: '', v2: 'pagetables', since: { v2: '5.11' } },
  secPageTables: { v1: '', v2: 'sec_pagetables', since: { v2: '6.1' } },
  percpu: { v1: '', v2: 'percpu', since: { v2: '5.9' } },
  vmalloc: { v1: '', v2: 'vmalloc', since: { v2: '5.17' } },
  anonThp: { v1: 'total_rss_huge', v2: 'anon_thp' },
  shmemThp: { v1: '', v2: 'shmem_thp', since: { v2: '5.11' } },
  fileThp: { v1: '', v2: 'file_thp', since: { v2: '5.11' } },
  zswap: { v1: '', v2: 'zswap', since: { v2: '5.19' } },
  zswapped: { v1: '', v2: 'zswapped', since: { v2: '5.19' } },
} as const satisfies Record<string, StatKey>;

export type MemoryField = keyof typeof memoryFields;

/** The figures in slot order. */
export const memoryFieldNames = Object.keys(memoryFields) as readonly MemoryField[];

/** One cgroup's memory.stat, bytes; NaN if the kernel has no such key. */
export type MemoryStat = Readonly<Record<MemoryField, number>>;

/** The source of a figure as a view's table prints it; `0` for a version without such a key. */
export function statOrigin(field: MemoryField): StatKey {
  const { v1, v2, ...rest }: StatKey = memoryFields[field];
  return { v1: v1 ? `memory.stat ${v1}` : '0', v2: `memory.stat ${v2}`, ...rest };
}
