/**
 * The memory domain: the level of the cgroup tree whose limit binds a container. meminfo, swaps and
 * vmstat all ask here. Documentation/admin-guide/cgroup-v2.rst (memory.max), cgroup-v1/memory.rst.
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

/** What the host has, bytes. */
export interface HostMemory {
  readonly total: number;
  readonly free: number;
  readonly available: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

/** `limits`: only cgroup limits count; `host`: a limited container has no more free than the host. */
export type HeadroomPolicy = 'limits' | 'host';

/** Bytes. */
export interface MemoryDomain {
  /** Index of the level that binds, 0 = the container's own cgroup; -1: none, the host does. */
  readonly level: number;
  readonly total: number;
  readonly free: number;
  readonly swapTotal: number;
  readonly swapFree: number;
  /** Swap that the container itself uses, whatever the level that binds. */
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

/** The least room that any level leaves; a level without figures leaves all. Never below 0. */
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
 * Swap of a container: what it does not use itself is free, as far as every level's limit leaves room.
 * @param isHost no memory limit: then free swap is the host's, as all its memory is
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
 * Finds the domain. A limit at or above the host's memory is no limit: MemTotal is the lower of the two.
 * @param levels the container's cgroup first, then its ancestors; the root cgroup is not a level
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
  // A limit of 0 would print MemTotal 0, and ps divides by it; a page is the least a machine can have.
  const total = Math.max(4096, bound.limit);
  const free = Math.min(total, room, policy === 'host' ? host.free : Infinity);
  return { level, total, free, swapTotal, swapFree, swapUsed };
}
