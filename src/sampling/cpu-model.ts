/**
 * The one answer to "which CPUs does this container have": cpuinfo, stat, everything below
 * /sys/devices/system/cpu and the load average use it, so they cannot disagree.
 * @module
 */

/** How many CPUs to show: the quota rounded up, the cpuset alone, or cpu.shares / 1024. */
export type CpuPolicy = 'quota' | 'cpuset' | 'shares';

export interface CpuLimits {
  /** Effective cpuset of the nearest level that has one; null if none has. */
  readonly cpuset: readonly number[] | null;
  /** Quota and period of the container's cgroup and of each ancestor, in the same unit; Infinity or NaN: none. */
  readonly quotas: readonly { readonly quota: number; readonly period: number }[];
  /** cpu.shares (v1), or cpu.weight as shares (v2); NaN if unknown. */
  readonly shares: number;
}

export interface CpuModel {
  /** CPUs to show, numbered 0..count-1. At least 1. */
  readonly count: number;
  /** The host's CPUs the container may use, ascending; visible CPU i stands for set[i]. */
  readonly set: readonly number[];
  /** CPUs' worth of time it may use, the smallest of all levels; Infinity if unlimited. */
  readonly quota: number;
}

/** The tightest quota of all levels, in CPUs. */
function tightestQuota(quotas: CpuLimits['quotas']): number {
  let tightest = Infinity;
  for (const { quota, period } of quotas) {
    const cpus = quota / period;
    if (cpus > 0 && cpus < tightest) tightest = cpus;
  }
  return tightest;
}

/** The CPUs wanted by policy, before the set bounds it. */
function wanted(limits: CpuLimits, quota: number, policy: CpuPolicy): number {
  if (policy === 'quota') return Math.ceil(quota);
  if (policy === 'shares' && limits.shares > 0) return Math.ceil(limits.shares / 1024);
  return Infinity;
}

/** What was allowed last under each cpuset, and of which online CPUs: both change seldom, and may be long. */
const known = new WeakMap<
  readonly number[],
  { online: readonly number[]; set: readonly number[] }
>();

/** The online CPUs of a cpuset; all of them where none is left. */
function allowed(cpuset: readonly number[], online: readonly number[]): readonly number[] {
  const before = known.get(cpuset);
  if (before?.online === online) return before.set;
  const inside = new Set(cpuset);
  const both = online.filter((cpu) => inside.has(cpu));
  const set = both.length > 0 ? both : online;
  known.set(cpuset, { online, set });
  return set;
}

/**
 * Builds the model. The set is the effective cpuset cut to the online CPUs; if nothing is left (a
 * cpuset of CPUs that went offline is served by its parent's), all online CPUs.
 */
export function cpuModel(
  limits: CpuLimits,
  online: readonly number[],
  policy: CpuPolicy = 'quota',
): CpuModel {
  const set = limits.cpuset ? allowed(limits.cpuset, online) : online;
  const quota = tightestQuota(limits.quotas);
  const count = Math.max(1, Math.min(set.length, wanted(limits, quota, policy)));
  return { count, set, quota };
}
