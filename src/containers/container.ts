/**
 * A container, as far as the kernel knows one: cgroups, and the process it lives and dies with.
 * @module
 */

import type { CgroupPaths } from '../cgroup/proc-cgroup.ts';
import { native } from '../native/addon.ts';

export interface Container {
  /** Differs from every other container's, also from an earlier one's of the same name. */
  readonly key: string;
  /** The runtime's id, or the cgroup's path without its leading slash. */
  readonly id: string;
  /** Runtime recognised by the cgroup's name; `''` if only its pid namespace tells. */
  readonly runtime: string;
  /** Its own cgroup in every hierarchy. */
  readonly cgroups: CgroupPaths;
  /** Directory and inode number of the cgroup that names it; kernfs does not reuse a number. */
  readonly directory: string;
  readonly inode: number;
  /** Its oldest process in our pid namespace; 0 if none could be found. */
  readonly init: number;
  /** When that process started, microseconds since boot; NaN if unknown. */
  readonly started: number;
}

/** Inode number of a directory named by a byte string; 0 if there is none. */
export function inodeOf(directory: string): number {
  return native.inodeOf(directory);
}
