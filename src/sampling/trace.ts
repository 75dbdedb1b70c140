/**
 * The numbers that a sample was computed from, with their files. Made from the last read, for `explain` only.
 * @module
 */

import type { Reading } from '../cgroup/read-plan.ts';
import type { CpuModel, CpuPolicy } from './cpu-model.ts';
import type { CpuUsage } from './cpu-times.ts';
import type { MemoryTrace } from './memory-trace.ts';

/** Nearest level first in every list. */
export interface CpuTrace {
  readonly policy: CpuPolicy;
  readonly model: CpuModel;
  /** The effective cpuset that applies; null if no level has one. */
  readonly cpuset: { readonly cgroup: string; readonly text: string } | null;
  readonly quotas: readonly (readonly [quota: Reading, period: Reading])[];
  readonly shares: Reading | null;
}

/** A cgroup below the top of its hierarchy's mount, with a leading slash. */
export interface CgroupTrace {
  readonly path: string;
  readonly version: 1 | 2;
}

/** A part is null if the container has no cgroup of its own for it. */
export interface Trace {
  /** Version of the hierarchy that counts the container's memory or, without one, its CPU time. */
  readonly version: 1 | 2;
  readonly memory: MemoryTrace | null;
  readonly cpus: CpuTrace;
  readonly usage: CpuUsage | null;
  /** The container's cgroup for the first of these controllers that has one. */
  readonly cgroup: (...controllers: readonly string[]) => CgroupTrace | null;
  readonly pids: Reading | null;
  /** Tasks at the last count, from the ledger. */
  readonly load: { readonly running: number; readonly blocked: number };
}
