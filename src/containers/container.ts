/**
 * A container as the kernel knows it: its cgroups and its first process.
 * @module
 */

import type { CgroupPaths } from '../cgroup/proc-cgroup.ts';
import { native } from '../native/addon.ts';

export interface Container {
  /** Unique, also among earlier containers of the same name. */
  readonly key: string;
  /** The runtime's id, or the cgroup's path without its leading slash. */
  readonly id: string;
  /** The runtime that the cgroup's name is typical of; `''` if only the pid namespace makes it a container. */
  readonly runtime: string;
  /** Its own cgroup in every hierarchy. */
  readonly cgroups: CgroupPaths;
  /** Directory and inode number of the cgroup that names it. kernfs does not reuse inode numbers. */
  readonly directory: string;
  readonly inode: number;
  /** Pid of its first process in our pid namespace; 0 if none was found. */
  readonly init: number;
  /** Start of that process, microseconds since boot; NaN if unknown. */
  readonly started: number;
}

/** Inode number of a directory; 0 if there is none. The path is a byte string. */
export function inodeOf(directory: string): number {
  return native.inodeOf(directory);
}
