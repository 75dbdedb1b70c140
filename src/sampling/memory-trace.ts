/**
 * What memory figures were computed from.
 * @module
 */

import type { Read, Reading } from '../cgroup/read-plan.ts';
import type { HeadroomPolicy, HostMemory, MemoryDomain } from './memory-domain.ts';
import { type MemoryField, memoryFieldNames } from './memory-fields.ts';
import { RECLAIMABLE } from './memory-figures.ts';
import type { MemorySlots } from './memory-sources.ts';

/** One level's files. v1: the swap files count memory and swap together. */
export interface MemoryLevelTrace {
  readonly limit: Reading;
  readonly usage: Reading;
  readonly swapLimit: Reading;
  readonly swapUsage: Reading;
}

interface MemoryPolicies {
  readonly headroom: HeadroomPolicy;
  readonly swap: boolean;
}

export interface MemoryTrace {
  readonly version: 1 | 2;
  /** The container's cgroup first. */
  readonly levels: readonly MemoryLevelTrace[];
  readonly domain: MemoryDomain;
  readonly host: HostMemory;
  readonly policies: MemoryPolicies;
  /** The container's own memory.stat. */
  readonly stat: Readonly<Record<MemoryField, Reading>>;
  /** memory.stat of the level that binds, in the order of RECLAIMABLE. */
  readonly reclaimable: readonly Reading[];
  /** v1: memory.kmem.usage_in_bytes. */
  readonly kernelUsage: Reading;
  /** Limit and usage of huge pages; null without a hugetlb controller. */
  readonly hugetlb: readonly [limit: Reading, usage: Reading] | null;
  readonly oomKill: Reading;
  /** memory.stat's counter of the same name as a key of vmstat. */
  readonly event: (key: string) => Reading;
}

/** What the reader knows beside its slots. */
interface Known extends Pick<MemoryTrace, 'domain' | 'host' | 'policies'> {
  /** memory.stat of the level that binds; null if that is the container's own. */
  readonly ancestor: readonly Reading[] | null;
  /** Keys of vmstat. */
  readonly events: readonly string[];
}

export function traceMemory(read: Read, slots: MemorySlots, known: Known): MemoryTrace {
  const { ancestor, events, ...rest } = known;
  const stat = Object.fromEntries(
    memoryFieldNames.map((field, i) => [field, read(slots.stat + i)]),
  ) as MemoryTrace['stat'];
  const levels = Array.from({ length: slots.levelCount }, (_, i) => {
    const at = slots.levels + 4 * i;
    return {
      ...{ limit: read(at), usage: read(at + 1) },
      ...{ swapLimit: read(at + 2), swapUsage: read(at + 3) },
    };
  });
  return {
    ...{ ...rest, version: slots.version, levels, stat },
    reclaimable: ancestor ?? RECLAIMABLE.map((field) => stat[field]),
    kernelUsage: read(slots.kernelUsage),
    hugetlb: Number.isNaN(slots.hugetlb) ? null : [read(slots.hugetlb), read(slots.hugetlb + 1)],
    oomKill: read(slots.oomKill),
    event: (key) => read(slots.stat + memoryFieldNames.length + events.indexOf(key)),
  };
}
