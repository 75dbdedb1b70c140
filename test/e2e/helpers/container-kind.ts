/**
 * What tests ask of a container, and what each kind of container must offer.
 * @module
 */
import fs from 'node:fs';
import type { Cgroup } from './cgroup.ts';
import type { Limits } from './cgroup-limits.ts';

/** unshare: namespaces and a cgroup by hand; systemd: nspawn with a systemd inside. The others: a real runtime. */
export type Kind = 'unshare' | 'crun' | 'runc' | 'podman' | 'ctr' | 'lxc' | 'nspawn' | 'systemd';

/** What is served, as far as this kernel has it: below /proc. */
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

/** Served directories that this kernel has. */
export const DIRECTORIES = ['cpu', 'node']
  .map((name) => `sys/devices/system/${name}`)
  .filter((path) => fs.existsSync(`/${path}`));

export interface ContainerOptions {
  readonly kind?: Kind;
  readonly limits?: Limits;
  readonly parent?: Cgroup;
  /** unshare only: a cgroup that was removed, to be made anew under its name. */
  readonly again?: Cgroup;
  /** Mount point of the daemon: what it serves is bound over /proc and /sys. Absent: the container has its own. */
  readonly bind?: string;
  /** unshare only: keep the host's mounts, so that those made later are seen as well. */
  readonly hostMounts?: boolean;
  /** Shell text that the entry point runs before it sleeps. */
  readonly script?: string;
  /** Environment of the entry point. Not for unshare. */
  readonly env?: Readonly<Record<string, string>>;
  /** OCI annotations; of `podman` and `ctr` also labels. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Runs the runtime's client: words before its command line. */
  readonly within?: readonly string[];
  /** What else the runtime is told: hooks of `crun` and `runc`, arguments of `podman`, lines of `lxc`. */
  readonly extra?: Extra;
}

export interface Extra {
  /** Arguments of unshare(1) in place of those that give it mounts of its own. */
  readonly unshare?: readonly string[];
  /** More of the section `linux` of an OCI bundle's config.json. */
  readonly linux?: object;
  /** Of an OCI bundle: its root cannot be written to. */
  readonly readOnlyRoot?: boolean;
  /** `hooks` of an OCI bundle's config.json. */
  readonly hooks?: object;
  /** Arguments of `podman`, and of `podman run`. */
  readonly podman?: readonly string[];
  readonly podmanRun?: readonly string[];
  readonly lxc?: readonly string[];
}

/** What a kind of container has to offer. */
export interface Started {
  readonly cgroup: Cgroup;
  /** What the runtime calls it. */
  readonly id: string;
  /** Host pid of its first process. */
  readonly pid: number;
  /** What {@link ContainerOptions.script} printed. */
  readonly printed: string;
  /** The host's command line that runs a command inside; in the cgroup given, else in its own. */
  enter(argv: readonly string[], cgroup?: Cgroup): string[];
  stop(): Promise<void>;
}
