/**
 * What a sample was computed from: made on request, for `explain`, from the numbers of the last read.
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
  /** Text of the effective cpuset that counts, null if no level has one. */
  readonly cpuset: { readonly cgroup: string; readonly text: string } | null;
  readonly quotas: readonly (readonly [quota: Reading, period: Reading])[];
  readonly shares: Reading | null;
}

/** A cgroup below the top of its hierarchy's mount, with a leading slash. */
export interface CgroupTrace {
  readonly path: string;
  readonly version: 1 | 2;
}

/** Everything. A part is null where the container has no cgroup of its own for it. */
export interface Trace {
  /** Of the hierarchy that counts its memory or, if none does, its CPU time. */
  readonly version: 1 | 2;
  readonly memory: MemoryTrace | null;
  readonly cpus: CpuTrace;
  readonly usage: CpuUsage | null;
  /** Where it is for one of these controllers, tried in order. */
  readonly cgroup: (...controllers: readonly string[]) => CgroupTrace | null;
  readonly pids: Reading | null;
  /** Tasks at the last count, as the ledger has them. */
  readonly load: { readonly running: number; readonly blocked: number };
}
