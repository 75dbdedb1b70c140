/**
 * A container, as far as the kernel knows one: cgroups, and the process it lives and dies with.
 * @module
 */
import type { CgroupPaths } from './cgroup-text.ts';

export interface Container {
  /** Differs from every other container's, also from an earlier one's of the same name. */
  readonly key: string;
  /** The runtime's id, or the cgroup's path without its leading slash. */
  readonly id: string;
  /** Runtime recognised by the cgroup's name; `''` if only its pid namespace tells. */
  readonly runtime: string;
  /** Its own cgroup in every hierarchy. */
  readonly cgroups: CgroupPaths;
  /** Its oldest process in our pid namespace; 0 if none could be found. */
  readonly init: number;
  /** When that process started, microseconds since boot; NaN if unknown. */
  readonly started: number;
}
