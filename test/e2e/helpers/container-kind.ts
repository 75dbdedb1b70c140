/**
 * Options of a test container, and the interface that each kind of container implements.
 * @module
 */
import fs from 'node:fs';
import type { Cgroup } from './cgroup.ts';
import type { Limits } from './cgroup-limits.ts';

/** unshare: namespaces and a cgroup without a runtime; systemd: nspawn that boots systemd. The others: a runtime. */
export type Kind = 'unshare' | 'crun' | 'runc' | 'podman' | 'ctr' | 'lxc' | 'nspawn' | 'systemd';

/** Served files that this kernel has; paths below /proc. */
export const FILES: readonly string[] = [
  ...[
    'meminfo',
    'cpuinfo',
    'stat',
    'loadavg',
    'vmstat',
    'uptime',
    'swaps',
    'diskstats',
    'slabinfo',
  ],
  ...['pressure/cpu', 'pressure/memory', 'pressure/io'],
  ...['zoneinfo', 'schedstat', 'interrupts', 'softirqs'],
].filter((file) => fs.existsSync(`/proc/${file}`));

/** Served directories that this kernel has; paths below /. */
export const DIRECTORIES = ['cpu', 'node']
  .map((name) => `sys/devices/system/${name}`)
  .filter((path) => fs.existsSync(`/${path}`));

export interface ContainerOptions {
  readonly kind?: Kind;
  readonly limits?: Limits;
  readonly parent?: Cgroup;
  /** unshare only: the cgroup to create; absent: a new path. */
  readonly cgroup?: Cgroup;
  /** Mount point of the daemon: its files are bound over /proc and /sys. Absent: nothing is bound. */
  readonly bind?: string;
  /** unshare only: share the host's mount namespace, so that later mounts are visible too. */
  readonly hostMounts?: boolean;
  /** Shell script that the entry point runs before it sleeps. */
  readonly script?: string;
  /** Environment of the entry point. Not for unshare. */
  readonly env?: Readonly<Record<string, string>>;
  /** OCI annotations; for `podman` and `ctr` also labels. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Command prefix of the runtime's client, such as `nsenter ... --`. */
  readonly within?: readonly string[];
  /** Options of single runtimes. */
  readonly extra?: Extra;
}

export interface Extra {
  /** Arguments of unshare(1) in place of those that create a mount namespace. */
  readonly unshare?: readonly string[];
  /** Additions to the section `linux` of an OCI bundle's config.json. */
  readonly linux?: object;
  /** OCI bundle: the root file system is read-only. */
  readonly readOnlyRoot?: boolean;
  /** `hooks` of an OCI bundle's config.json. */
  readonly hooks?: object;
  /** Arguments of `podman`, and of `podman run`. */
  readonly podman?: readonly string[];
  readonly podmanRun?: readonly string[];
  readonly lxc?: readonly string[];
}

/** A started container of any kind. */
export interface Started {
  readonly cgroup: Cgroup;
  /** Id by which the runtime knows it. */
  readonly id: string;
  /** Pid of its init process on the host. */
  readonly pid: number;
  /** Output of {@link ContainerOptions.script}. */
  readonly printed: string;
  /** The host's command line that runs a command inside; in `cgroup`, by default the container's own. */
  enter(argv: readonly string[], cgroup?: Cgroup): string[];
  stop(): Promise<void>;
}
