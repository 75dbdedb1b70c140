/**
 * The memory domain of a container: the level of the cgroup tree whose limit binds. meminfo, swaps and vmstat use it. Documentation/admin-guide/cgroup-v2.rst (memory.max), cgroup-v1/memory.rst.
 * @module
 */

/** One level: the container's cgroup or an ancestor. Bytes; Infinity: no limit; NaN: no such file. */
export interface MemoryLevel {
  readonly limit: number;
  readonly usage: number;
  /** Swap alone: v2 memory.swap.max; v1 memsw limit less memory limit. */
  readonly swapLimit: number;
  readonly swapUsage: number;
}

/** Memory and swap of the host, bytes. */
export interface HostMemory {
  readonly total: number;
  readonly free: number;
  readonly available: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

/** `limits`: only cgroup limits apply; `host`: MemFree of a limited container is at most the host's. */
export type HeadroomPolicy = 'limits' | 'host';

/** Bytes. */
export interface MemoryDomain {
  /** Index of the level that binds, 0 = the container's own cgroup; -1 = no limit binds, the host's total applies. */
  readonly level: number;
  readonly total: number;
  readonly free: number;
  readonly swapTotal: number;
  readonly swapFree: number;
  /** Swap usage of the container itself, whichever level binds. */
  readonly swapUsed: number;
}

/** The nearest level with the lowest limit below `ceiling`; -1 if none is. */
function binding(
  levels: readonly MemoryLevel[],
  limit: 'limit' | 'swapLimit',
  ceiling: number,
): number {
  let found = -1;
  let lowest = ceiling;
  for (let i = 0; i < levels.length; i++) {
    const own = levels[i]?.[limit] ?? Infinity;
    if (own < lowest) [found, lowest] = [i, own];
  }
  return found;
}

/** The least room of any level, at least 0; a level without figures does not limit it. */
function headroom(
  levels: readonly MemoryLevel[],
  limit: 'limit' | 'swapLimit',
  usage: 'usage' | 'swapUsage',
): number {
  let least = Infinity;
  for (const level of levels) {
    const room = level[limit] - level[usage];
    if (room < least) least = room;
  }
  return Math.max(0, least);
}

/**
 * Swap of a container: swap that it does not use is free, as far as the limits of all levels leave room.
 * @param isHost no memory limit binds: free swap is then the host's, as free memory is
 */
function swap(
  levels: readonly MemoryLevel[],
  host: HostMemory,
  isHost: boolean,
): [total: number, free: number] {
  const room = headroom(levels, 'swapLimit', 'swapUsage');
  const level = binding(levels, 'swapLimit', host.swapTotal);
  const total = level < 0 ? host.swapTotal : Math.max(0, levels[level]?.swapLimit ?? 0);
  const used = levels[0]?.swapUsage ?? Number.NaN;
  const asHost = level < 0 && (isHost || Number.isNaN(used));
  const free = asHost ? host.swapFree : Math.max(0, total - (used || 0));
  return [total, Math.min(total, free, room)];
}

/**
 * Finds the domain. A limit at or above the host's memory does not bind.
 * @param levels the container's cgroup first, then its ancestors without the root cgroup
 */
export function memoryDomain(
  levels: readonly MemoryLevel[],
  host: HostMemory,
  policy: HeadroomPolicy = 'limits',
): MemoryDomain {
  const level = binding(levels, 'limit', host.total);
  const [swapTotal, swapFree] = swap(levels, host, level < 0);
  const swapUsed = levels[0]?.swapUsage || 0;
  const room = headroom(levels, 'limit', 'usage');
  const bound = levels[level];
  if (!bound) {
    const free = Math.min(host.free, room);
    return { level: -1, total: host.total, free, swapTotal, swapFree, swapUsed };
  }
  // A limit of 0 would print MemTotal 0, by which ps divides: a page is the minimum.
  const total = Math.max(4096, bound.limit);
  const free = Math.min(total, room, policy === 'host' ? host.free : Infinity);
  return { level, total, free, swapTotal, swapFree, swapUsed };
}
