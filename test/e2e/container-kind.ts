/**
 * What tests ask of a container, and what each kind of container must offer.
 * @module
 */
import type { Cgroup } from './cgroup.ts';
import type { Limits } from './cgroup-limits.ts';

/** unshare: namespaces and a cgroup by hand. crun: an OCI bundle and a real runtime. */
export type Kind = 'unshare' | 'crun';

export const FILES = ['meminfo', 'cpuinfo', 'stat', 'loadavg', 'vmstat'] as const;

export interface ContainerOptions {
  readonly kind?: Kind;
  readonly limits?: Limits;
  readonly parent?: Cgroup;
  /** Mount point of the daemon: its files are bound over /proc. Absent: the container has its own /proc. */
  readonly bind?: string;
  /** unshare only: keep the host's mounts, so that those made later are seen as well. */
  readonly hostMounts?: boolean;
}

/** What a kind of container has to offer. */
export interface Started {
  readonly cgroup: Cgroup;
  /** Host pid of its first process. */
  readonly pid: number;
  /** The host's command line that runs a command inside; in the cgroup given, else in its own. */
  enter(argv: readonly string[], cgroup?: Cgroup): string[];
  stop(): Promise<void>;
}
