/**
 * One consistent set of memory figures, from a domain and the container's own memory.stat. The kernel's counters are
 * read one after the other: the rules here make them add up.
 * @module
 */
import type { HostMemory, MemoryDomain } from './memory-domain.ts';
import { type MemoryField, type MemoryStat, memoryFieldNames } from './memory-fields.ts';

/** Page cache and slab that the domain's limit can reclaim. */
export const RECLAIMABLE = ['activeFile', 'inactiveFile', 'slabReclaimable'] as const;

/** Bytes. */
export type Reclaimable = Readonly<Record<(typeof RECLAIMABLE)[number], number>>;

export interface MemoryInput {
  readonly domain: MemoryDomain;
  readonly host: HostMemory;
  readonly stat: MemoryStat;
  /** From the level that binds; ignored if no limit binds. */
  readonly reclaimable: Reclaimable;
  /** v1: memory.kmem.usage_in_bytes, the kernel memory of the container; NaN on v2. */
  readonly kernelUsage: number;
}

/** kB, as /proc/meminfo prints them; none NaN, none negative. */
export type MemoryFigures = {
  -readonly [field in MemoryField]: number;
} & {
  total: number;
  free: number;
  available: number;
  swapTotal: number;
  swapFree: number;
  /** Swap usage of the container itself, also if other containers use the swap below the same limit. */
  swapUsed: number;
};

/** A page. ps divides by MemTotal. */
const MIN_TOTAL = 4;

/** Whole kB; 0 for an unknown figure, and for Infinity, which stands for a counter that a kernel let fall below 0. */
const kB = (bytes: number): number =>
  bytes > 0 && bytes < Infinity ? Math.floor(bytes / 1024) : 0;

/**
 * MemAvailable of a limited domain: free memory, and the page cache and slab that its limit can reclaim. The kernel's
 * formula (mm/show_mem.c, si_mem_available) subtracts the zones' low watermarks. A cgroup has none: it is reclaimed
 * only at its limit, down to the last page.
 */
function available({ domain, host, reclaimable }: MemoryInput): number {
  if (domain.level < 0) return Math.min(host.available, domain.total);
  const { activeFile, inactiveFile, slabReclaimable } = reclaimable;
  return domain.free + (activeFile || 0) + (inactiveFile || 0) + (slabReclaimable || 0);
}

/** Copies memory.stat in kB. v1 has no slab figures, only the sum of all kernel memory. */
function copyStat(into: MemoryFigures, input: MemoryInput): void {
  for (const field of memoryFieldNames) into[field] = kB(input.stat[field]);
  if (input.kernelUsage > 0) into.slabUnreclaimable = kB(input.kernelUsage);
}

/**
 * Computes the figures. Always: 0 < total; free <= available <= total; free + file + slabReclaimable <=
 * total; shmem <= file; swapFree + swapCached <= swapTotal.
 */
export function memoryFigures(input: MemoryInput): MemoryFigures {
  const { domain, stat } = input;
  const into = emptyFigures(stat);
  copyStat(into, input);
  into.total = Math.max(MIN_TOTAL, kB(domain.total));
  into.free = Math.min(into.total, kB(domain.free));
  into.available = Math.max(into.free, Math.min(into.total, kB(available(input))));
  into.swapTotal = kB(domain.swapTotal);
  into.swapFree = Math.min(into.swapTotal, kB(domain.swapFree));
  into.swapUsed = Math.min(into.swapTotal, kB(domain.swapUsed));
  into.swapCached = Math.min(into.swapCached, into.swapTotal - into.swapFree);
  const used = into.total - into.free;
  into.file = Math.min(into.file, used);
  into.shmem = Math.min(into.shmem, into.file);
  into.slabReclaimable = Math.min(into.slabReclaimable, used - into.file);
  return into;
}

/** Figures before anything was computed. */
export function emptyFigures(stat: MemoryStat): MemoryFigures {
  return { ...stat, total: 0, free: 0, available: 0, swapTotal: 0, swapFree: 0, swapUsed: 0 };
}
