/**
 * Memory figures of one container, from its planned files to what meminfo and vmstat show.
 * @module
 */
import { join } from 'node:path';
import type { CgroupPaths } from '../containers/cgroup-text.ts';
import { type NativeSources, native, SourceKind } from '../native.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import type { Host } from './host.ts';
import {
  type HeadroomPolicy,
  type HostMemory,
  type MemoryDomain,
  type MemoryLevel,
  memoryDomain,
} from './memory-domain.ts';
import { type MemoryField, memoryFieldNames, memoryFields } from './memory-fields.ts';
import {
  emptyFigures,
  type MemoryFigures,
  memoryFigures,
  RECLAIMABLE,
  type Reclaimable,
} from './memory-figures.ts';
import {
  hugetlbSize,
  type MemoryKeys,
  type MemorySlots,
  memoryLevel,
  type Place,
  placeOf,
  planMemory,
  usagesAbove,
} from './memory-sources.ts';
import { type MemoryTrace, traceMemory } from './memory-trace.ts';
import type { DiskSample, HugePages, VmSample } from './sample.ts';
import { SeldomRead } from './seldom-read.ts';
import { Group, type Read, type Reading, SlotPlan } from './slot-plan.ts';

type StatFigures = { -readonly [field in MemoryField]: number };

const noStat = Object.fromEntries(
  memoryFieldNames.map((field) => [field, Number.NaN]),
) as StatFigures;

const noFigures = emptyFigures(noStat);

/** memory.stat of an ancestor, read for what its limit could reclaim. */
class AncestorStat {
  readonly level: number;
  readonly #plan = new SlotPlan();
  readonly #values: Float64Array;
  readonly #sources: NativeSources;

  constructor(place: Place, level: number) {
    this.level = level;
    const { version, mountpoint: root } = place.hierarchy;
    const names = RECLAIMABLE.map((field) => memoryFields[field][`v${version}`] || `-${field}`);
    const keys = new native.Keys(names);
    const path = join(place.levels[level] ?? '', 'memory.stat');
    this.#plan.add({ root, path, kind: SourceKind.keyed, keys, group: Group.memoryStat });
    ({ values: this.#values, sources: this.#sources } = this.#plan.open());
  }

  read(): Reclaimable {
    this.#sources.sample(Group.memoryStat);
    const [activeFile = 0, inactiveFile = 0, slabReclaimable = 0] = this.#values;
    return { activeFile, inactiveFile, slabReclaimable };
  }

  /** What `read` read, in the order of RECLAIMABLE. */
  trace(): Reading[] {
    return RECLAIMABLE.map((_, slot) => this.#plan.reading(slot, this.#values));
  }

  close(): void {
    this.#sources.close();
  }
}

export interface MemorySurroundings {
  readonly host: Host;
  readonly layout: CgroupLayout;
  readonly memoryKeys: MemoryKeys;
  readonly policies: { readonly headroom: HeadroomPolicy; readonly swap: boolean };
}

export class MemoryReader {
  readonly #above = new SeldomRead();
  /** Usages of the cgroups above that have a limit. */
  #usages = 0;
  readonly #around: MemorySurroundings;
  readonly #place: Place;
  readonly #slots: MemorySlots;
  readonly #stat: StatFigures = { ...noStat };
  readonly #figures: MemoryFigures = { ...noFigures };
  #ancestor: AncestorStat | null = null;

  constructor(around: MemorySurroundings, place: Place, slots: MemorySlots) {
    this.#around = around;
    this.#place = place;
    this.#slots = slots;
  }

  /** Plans the files; null if the container sits in the root memory cgroup. */
  static plan(
    plan: SlotPlan,
    cgroups: CgroupPaths,
    around: MemorySurroundings,
  ): MemoryReader | null {
    const place = placeOf(around.layout, cgroups, 'memory');
    if (!place) return null;
    const hugetlb = placeOf(around.layout, cgroups, 'hugetlb');
    const size = hugetlbSize(around.host.meminfoValue('Hugepagesize'));
    return new MemoryReader(
      around,
      place,
      planMemory(plan, place, hugetlb, size, around.memoryKeys),
    );
  }

  /** What to sample beside the container's own; reads the limits of the cgroups above. */
  groups(values: Float64Array, sources: NativeSources, now: number): number {
    const { host } = this.#around;
    const swap = host.memory(now).swapTotal > 0;
    const above = Group.memoryLimitsAbove | (swap ? Group.swapAbove : 0);
    if (this.#above.sample(sources, above, now)) this.#usages = usagesAbove(values, this.#slots);
    const hugetlb = host.meminfoValue('HugePages_Total') > 0;
    return this.#usages | (swap ? Group.swap : 0) | (hugetlb ? Group.hugetlb : 0);
  }

  /** Figures of a sample of the memory groups, kB; null if no level has the memory controller. */
  figures(values: Float64Array, now: number): MemoryFigures | null {
    const hostMemory = this.#around.host.memory(now);
    const domain = this.#domain(values, hostMemory);
    if (!domain) return null;
    for (const [i, field] of memoryFieldNames.entries()) {
      this.#stat[field] = values[this.#slots.stat + i] ?? Number.NaN;
    }
    const input = {
      domain,
      host: hostMemory,
      stat: this.#stat,
      reclaimable: this.#reclaimable(domain.level),
      kernelUsage: values[this.#slots.kernelUsage] ?? Number.NaN,
    };
    return memoryFigures(input, this.#figures);
  }

  #domain(values: Float64Array, hostMemory: HostMemory): MemoryDomain | null {
    const levels: MemoryLevel[] = [];
    for (let i = 0; i < this.#slots.levelCount; i++)
      levels.push(memoryLevel(values, this.#slots, i));
    if (levels.every(({ limit }) => Number.isNaN(limit))) return null;
    return this.#withSwapPolicy(memoryDomain(levels, hostMemory, this.#around.policies.headroom));
  }

  #withSwapPolicy(domain: MemoryDomain): MemoryDomain {
    return this.#around.policies.swap
      ? domain
      : { ...domain, swapTotal: 0, swapFree: 0, swapUsed: 0 };
  }

  /** The container's own memory.stat tells it, unless an ancestor's limit binds. */
  #reclaimable(level: number): Reclaimable {
    if (level <= 0) return this.#stat;
    if (this.#ancestor?.level !== level) {
      this.#ancestor?.close();
      this.#ancestor = new AncestorStat(this.#place, level);
    }
    return this.#ancestor.read();
  }

  /** Huge pages of the default size: the host's, cut to the limit. */
  hugePages(values: Float64Array): HugePages {
    const { host } = this.#around;
    const sizeKB = host.meminfoValue('Hugepagesize');
    const hostTotal = host.meminfoValue('HugePages_Total');
    const limit = values[this.#slots.hugetlb] ?? Number.NaN;
    if (!(limit >= 0)) {
      return { total: hostTotal, free: host.meminfoValue('HugePages_Free'), sizeKB };
    }
    const inUse = (values[this.#slots.hugetlb + 1] || 0) / (sizeKB * 1024);
    const total = Math.min(hostTotal, Math.floor(limit / (sizeKB * 1024)));
    return { total, free: Math.max(0, total - inUse), sizeKB };
  }

  /** What vmstat shows beside the figures. */
  vm(values: Float64Array, disks: readonly DiskSample[]): VmSample {
    const sum = (of: (disk: DiskSample) => number) =>
      disks.reduce((all, disk) => all + of(disk), 0);
    const [readBytes, writtenBytes] = [
      sum((disk) => disk.readBytes),
      sum((disk) => disk.writtenBytes),
    ];
    const first = this.#slots.stat + memoryFieldNames.length;
    const events = values.subarray(first, first + this.#around.host.vmstatKeys.length);
    return { events, readBytes, writtenBytes, oomKills: values[this.#slots.oomKill] ?? 0 };
  }

  /** What the figures of the same sample were computed from; null if there were none. */
  trace(read: Read, values: Float64Array, now: number): MemoryTrace | null {
    const { host, policies } = this.#around;
    const hostMemory = host.memory(now);
    const domain = this.#domain(values, hostMemory);
    if (!domain) return null;
    const ancestor = domain.level > 0 ? (this.#ancestor?.trace() ?? null) : null;
    const from = { domain, host: hostMemory, ancestor, events: host.vmstatKeys, policies };
    return traceMemory(read, this.#slots, from);
  }

  close(): void {
    this.#ancestor?.close();
  }
}
