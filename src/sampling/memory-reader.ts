/**
 * Memory figures of one container for meminfo, vmstat and swaps.
 * @module
 */

import type { CgroupLayout } from '../cgroup/layout.ts';
import { type Place, placeOf } from '../cgroup/place.ts';
import type { CgroupPaths } from '../cgroup/proc-cgroup.ts';
import { Group, memoryUsage, type ReadingOf, type ReadPlan } from '../cgroup/read-plan.ts';
import { ThrottledRead } from '../cgroup/throttled-read.ts';
import type { NativeSources } from '../native/sources.ts';
import { AncestorStat } from './ancestor-stat.ts';
import { Changes } from './changes.ts';
import type { Host } from './host.ts';
import {
  type HeadroomPolicy,
  type HostMemory,
  type MemoryDomain,
  type MemoryLevel,
  memoryDomain,
} from './memory-domain.ts';
import { type MemoryField, memoryFieldNames } from './memory-fields.ts';
import { type MemoryFigures, memoryFigures, type Reclaimable } from './memory-figures.ts';
import {
  hugetlbSize,
  type MemoryKeys,
  type MemorySlots,
  memoryLevel,
  planMemory,
  usagesAbove,
} from './memory-sources.ts';
import { type MemoryTrace, traceMemory } from './memory-trace.ts';
import type { DiskSample, HugePages, VmSample } from './sample.ts';

type StatFigures = { -readonly [field in MemoryField]: number };

const noStat = Object.fromEntries(
  memoryFieldNames.map((field) => [field, Number.NaN]),
) as StatFigures;

/** Groups that are read at most once per maxAge.cgroupFiles. */
const THROTTLED = {
  memory: Group.memoryLimits | Group.kernelMemory | Group.memoryStat,
  vm: Group.memoryLimits | Group.kernelMemory | Group.vmStat | Group.memoryEvents,
} as const;

export interface MemoryContext {
  readonly host: Host;
  readonly layout: CgroupLayout;
  readonly memoryKeys: MemoryKeys;
  readonly policies: { readonly headroom: HeadroomPolicy; readonly swap: boolean };
}

export class MemoryReader {
  readonly #throttled = new ThrottledRead();
  /** Groups with the usage of the container, and of its ancestors that have a limit. */
  #usages = 0;
  readonly #context: MemoryContext;
  readonly #place: Place;
  readonly #slots: MemorySlots;
  readonly #stat: StatFigures = { ...noStat };
  #ancestor: AncestorStat | null = null;
  /** The last figures, with the input that they were computed from. */
  #changes: Changes | null = null;
  #host: HostMemory | null = null;
  #reclaimed: Reclaimable | undefined;
  #figures: MemoryFigures | null = null;
  #hugePages: HugePages = { total: 0, free: 0, sizeKB: 0 };
  #vm: VmSample | null = null;
  #vmOf: { figures: MemoryFigures | null; disks: readonly DiskSample[] } = {
    figures: null,
    disks: [],
  };

  constructor(context: MemoryContext, place: Place, slots: MemorySlots) {
    this.#context = context;
    this.#place = place;
    this.#slots = slots;
  }

  /** Plans the files; null if the container is in the root memory cgroup. */
  static plan(plan: ReadPlan, cgroups: CgroupPaths, context: MemoryContext): MemoryReader | null {
    const place = placeOf(context.layout, cgroups, 'memory');
    if (!place) return null;
    const hugetlb = placeOf(context.layout, cgroups, 'hugetlb');
    const size = hugetlbSize(context.host.meminfoValue('Hugepagesize'));
    return new MemoryReader(
      context,
      place,
      planMemory(plan, place, hugetlb, size, context.memoryKeys),
    );
  }

  /** Reads the files: usage at each call, all others at most once per maxAge.cgroupFiles. */
  sample(
    part: keyof typeof THROTTLED,
    values: Float64Array,
    sources: NativeSources,
    now: number,
  ): void {
    const { host } = this.#context;
    const [swapLimits, swap] =
      host.memory(now).swapTotal > 0 ? [Group.swapLimits, Group.swap] : [0, 0];
    const hugetlb = host.meminfoValue('HugePages_Total') > 0 ? Group.hugetlb : 0;
    if (this.#throttled.sample(sources, THROTTLED[part] | swapLimits | hugetlb, now)) {
      this.#usages = memoryUsage(0) | usagesAbove(values, this.#slots);
    }
    sources.sample(this.#usages | swap);
  }

  /**
   * Figures of the sampled files, kB; the same object until a number changes. Null if no level has the memory
   * controller.
   */
  figures(values: Float64Array, now: number): MemoryFigures | null {
    const host = this.#context.host.memory(now);
    const { stat, oomKill } = this.#slots;
    this.#changes ??= new Changes(values, stat, oomKill + 1);
    const changed = this.#changes.any();
    if (changed || host !== this.#host || this.#ancestor?.read(now) !== this.#reclaimed) {
      // After an exception the next call computes all figures again.
      this.#host = null;
      this.#figures = this.#compute(values, host, now);
      this.#hugePages = this.#readHugePages(values);
      this.#reclaimed = this.#ancestor?.read(now);
      this.#host = host;
    }
    return this.#figures;
  }

  #compute(values: Float64Array, host: HostMemory, now: number): MemoryFigures | null {
    const domain = this.#domain(values, host);
    if (!domain) return null;
    for (const [i, field] of memoryFieldNames.entries()) {
      this.#stat[field] = values[this.#slots.stat + i] ?? Number.NaN;
    }
    return memoryFigures({
      domain,
      host,
      stat: this.#stat,
      reclaimable: this.#reclaimable(domain.level, now),
      kernelUsage: values[this.#slots.kernelUsage] ?? Number.NaN,
    });
  }

  #domain(values: Float64Array, hostMemory: HostMemory): MemoryDomain | null {
    const levels: MemoryLevel[] = [];
    for (let i = 0; i < this.#slots.levelCount; i++)
      levels.push(memoryLevel(values, this.#slots, i));
    if (levels.every(({ limit }) => Number.isNaN(limit))) return null;
    return this.#withSwapPolicy(memoryDomain(levels, hostMemory, this.#context.policies.headroom));
  }

  #withSwapPolicy(domain: MemoryDomain): MemoryDomain {
    return this.#context.policies.swap
      ? domain
      : { ...domain, swapTotal: 0, swapFree: 0, swapUsed: 0 };
  }

  /** From the container's own memory.stat or, if the limit of an ancestor binds, from the ancestor's. */
  #reclaimable(level: number, now: number): Reclaimable {
    if (level <= 0) return this.#stat;
    if (this.#ancestor?.level !== level) {
      this.#ancestor?.close();
      this.#ancestor = new AncestorStat(this.#place, level);
    }
    return this.#ancestor.read(now);
  }

  /** Huge pages of the last `figures`. */
  get hugePages(): HugePages {
    return this.#hugePages;
  }

  /** Huge pages of the default size: the host's, at most the limit. */
  #readHugePages(values: Float64Array): HugePages {
    const { host } = this.#context;
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

  /** Figures that only vmstat shows, from the same sample; the same object until one of them changes. */
  vm(values: Float64Array, disks: readonly DiskSample[]): VmSample {
    if (!this.#vm || this.#vmOf.figures !== this.#figures || this.#vmOf.disks !== disks) {
      this.#vm = this.#computeVm(values, disks);
      this.#vmOf = { figures: this.#figures, disks };
    }
    return this.#vm;
  }

  #computeVm(values: Float64Array, disks: readonly DiskSample[]): VmSample {
    const first = this.#slots.stat + memoryFieldNames.length;
    return {
      events: values.subarray(first, first + this.#context.host.vmstatKeys.length),
      readBytes: disks.reduce((sum, disk) => sum + disk.readBytes, 0),
      writtenBytes: disks.reduce((sum, disk) => sum + disk.writtenBytes, 0),
      oomKills: values[this.#slots.oomKill] ?? 0,
    };
  }

  /** The numbers that the figures of the same sample were computed from; null if there were none. */
  trace(readingOf: ReadingOf, values: Float64Array, now: number): MemoryTrace | null {
    const { host, policies } = this.#context;
    const hostMemory = host.memory(now);
    const domain = this.#domain(values, hostMemory);
    if (!domain) return null;
    const ancestor = domain.level > 0 ? (this.#ancestor?.trace() ?? null) : null;
    const from = { domain, host: hostMemory, ancestor, events: host.vmstatKeys, policies };
    return traceMemory(readingOf, this.#slots, from);
  }

  close(): void {
    this.#ancestor?.close();
  }
}
