/**
 * The cgroup files with a container's CPUs, CPU time and number of tasks, in cgroup v1 and v2.
 * Documentation/admin-guide/cgroup-v2.rst (CPU, Cpuset), cgroup-v1/cpuacct.rst, cpusets.rst,
 * scheduler/sched-bwc.rst.
 * @module
 */

import type { Place } from '../cgroup/place.ts';
import { Group, type PlacedSource, type ReadPlan } from '../cgroup/read-plan.ts';
import { native } from '../native/addon.ts';
import { SourceKind } from '../native/sources.ts';
import type { CpuUsage } from './cpu-times.ts';

/** Effective cpusets, nearest level first. */
export function planCpuset(plan: ReadPlan, place: Place | null): PlacedSource[] {
  if (!place) return [];
  const { version, mountpoint: root } = place.hierarchy;
  const file = version === 1 ? 'cpuset.effective_cpus' : 'cpuset.cpus.effective';
  return place.levels.map((level, i) => {
    const group = i === 0 ? Group.cpuset : Group.cpusetsAbove;
    return plan.add({ root, path: `${level}/${file}`, kind: SourceKind.text, group });
  });
}

/** Slots of quota and period of each level, and of the shares. */
export interface QuotaSlots {
  /** First slot; quota and period alternate. */
  readonly first: number;
  readonly levels: number;
  /** v1 cpu.shares or v2 cpu.weight. */
  readonly shares: number;
  readonly version: 1 | 2;
}

export function planQuota(plan: ReadPlan, place: Place | null): QuotaSlots | null {
  if (!place) return null;
  const { version, mountpoint: root } = place.hierarchy;
  const group = Group.cpuQuota;
  const slots = place.levels.flatMap((level) => {
    if (version === 2) {
      const path = `${level}/cpu.max`;
      return [plan.add({ root, path, kind: SourceKind.list, count: 2, group }).slot];
    }
    return ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map(
      (file) => plan.add({ root, path: `${level}/${file}`, kind: SourceKind.scalar, group }).slot,
    );
  });
  const shares = `${place.levels[0]}/${version === 1 ? 'cpu.shares' : 'cpu.weight'}`;
  return {
    first: slots[0] ?? 0,
    levels: place.levels.length,
    shares: plan.add({ root, path: shares, kind: SourceKind.scalar, group: Group.cpuShares }).slot,
    version,
  };
}

/**
 * cpu.weight (1-10000, default 100) as the smallest cpu.shares (2-262144, default 1024) that runtimes convert to it:
 * weight = ceil(10^((l^2 + 125 l) / 612 - 7/34)), l = log2(shares) (opencontainers/cgroups). Runtimes before 2025
 * convert linearly, which maps 1024 to 39: their containers show fewer CPUs.
 */
export function weightToShares(weight: number): number {
  if (weight <= 1) return 2;
  const exponent = Math.log10(weight - 1) + 7 / 34;
  return 2 ** ((Math.sqrt(125 ** 2 + 4 * 612 * exponent) - 125) / 2);
}

/** Returns a container's cumulative CPU time after a sample of Group.cpuTime. */
export type ReadUsage = (values: Float64Array) => CpuUsage;

const NS_PER_US = 1000;

/**
 * v1: the exact run time of each CPU from usage_percpu, split by usage_all (both in ns). Only run time is exact: the
 * kernel samples the split at clock ticks, which CPU quota periods can be in step with.
 */
function planPerCpu(plan: ReadPlan, place: Place, cpus: number): ReadUsage {
  const { mountpoint: root } = place.hierarchy;
  const own = place.levels[0];
  const group = Group.cpuTime;
  const usage = plan.add({
    root,
    path: `${own}/cpuacct.usage_percpu`,
    kind: SourceKind.list,
    count: cpus,
    divide: NS_PER_US,
    group,
  }).slot;
  const split = plan.add({
    root,
    path: `${own}/cpuacct.usage_all`,
    kind: SourceKind.table,
    count: 2 * cpus,
    columns: 2,
    divide: NS_PER_US,
    group,
  }).slot;
  return (values) => ({
    kind: 'per-cpu',
    usage: values.subarray(usage, usage + cpus),
    split: values.subarray(split, split + 2 * cpus),
  });
}

const CPU_STAT = new native.Keys(['user_usec', 'system_usec', 'nice_usec']);

/** v2: cpu.stat in us. user_usec includes nice_usec, which is printed since 6.13. */
function planTotal(plan: ReadPlan, place: Place): ReadUsage {
  const { slot } = plan.add({
    root: place.hierarchy.mountpoint,
    path: `${place.levels[0]}/cpu.stat`,
    kind: SourceKind.keyed,
    keys: CPU_STAT,
    group: Group.cpuTime,
  });
  return (values) => {
    const [all = 0, system = 0, nice = 0] = values.subarray(slot, slot + 3);
    const known = Number.isNaN(all) ? all : nice || 0;
    return { kind: 'total', user: Math.max(0, all - known), nice: known, system };
  };
}

/** @param cpus the host's possible CPUs */
export function planCpuTime(plan: ReadPlan, place: Place | null, cpus: number): ReadUsage | null {
  if (!place) return null;
  return place.hierarchy.version === 1 ? planPerCpu(plan, place, cpus) : planTotal(plan, place);
}

/** Slot of the number of tasks (threads) in a container's cgroup and all below; NaN without a pids controller. */
export function planPids(plan: ReadPlan, place: Place | null): number {
  if (!place) return Number.NaN;
  const path = `${place.levels[0]}/pids.current`;
  const root = place.hierarchy.mountpoint;
  return plan.add({ root, path, kind: SourceKind.scalar, group: Group.pids }).slot;
}
