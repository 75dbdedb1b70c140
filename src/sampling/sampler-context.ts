/**
 * What all samplers of a thread share.
 * @module
 */
import type { CgroupLayout } from '../cgroup/layout.ts';
import type { CpuPolicy } from './cpu-model.ts';
import type { Host } from './host.ts';
import type { Ledger } from './ledger.ts';
import type { HeadroomPolicy } from './memory-domain.ts';
import type { MemoryKeys } from './memory-sources.ts';

/** The part of the configuration that changes figures. */
export interface Policies {
  readonly cpus: CpuPolicy;
  readonly headroom: HeadroomPolicy;
  /** False: containers see no swap at all. */
  readonly swap: boolean;
  /** Whether uptime and btime start with the container or with the host. */
  readonly uptime: 'container' | 'host';
}

export interface SamplerContext {
  readonly host: Host;
  readonly layout: CgroupLayout;
  readonly ledger: Ledger;
  readonly memoryKeys: MemoryKeys;
  readonly policies: Policies;
}
