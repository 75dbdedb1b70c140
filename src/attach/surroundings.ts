/**
 * The input of a plan: the mounts of a container and our own, and the targets. Pure.
 * @module
 */
import type { Mount } from '../base/mountinfo.ts';

/** The file system type of a procview mount. */
const OUR_TYPE = 'fuse.procview';

/**
 * The mount option that attach sets, and a runtime's bind mount does not have. It has no other effect: procview keeps no
 * access times.
 */
const MARK = 'nodiratime';

/** The required file system type at the first component of a path. */
export const TYPES: Readonly<Record<string, string>> = { proc: 'proc', sys: 'sysfs' };

/** A file or directory to attach. */
export interface Target {
  /** Relative to the daemon's mount, and to the container's root. */
  readonly path: string;
  /** Of a directory: the entry where the covered directory stays accessible. The attached directory is then writable. */
  readonly kept?: string;
  /** Of a directory: an entry that the served directory lacks. A mount that masks it may be covered. */
  readonly lacks?: string;
}

/** The mounts of a container, and those of our own mount namespace. */
export interface Surroundings {
  /** mountinfo of one of its processes. */
  readonly container: string;
  /** Our own mountinfo. */
  readonly own: string;
  /** Where the daemon serves. */
  readonly mount: string;
  /** The number in its mounts and in those of its predecessors: `ownerOf` its state directory. */
  readonly owner: number;
  /** The directory that will be the container's root; `` if the container has its root already. */
  readonly root: string;
  /** True: this is the host itself, whose shared mounts may be covered. */
  readonly host?: boolean;
}

/** The paths below that root that the runtime will mask, or make read-only. */
export interface Later {
  readonly masked: readonly string[];
  readonly readOnly: readonly string[];
}

export const isOurs = ({ type }: Mount): boolean => type === OUR_TYPE;

/** Whether a daemon with this number made the mount. mountinfo shows the option on all supported kernels. */
export const isBy = ({ superOptions }: Mount, owner: number): boolean =>
  superOptions.includes(`max_read=${owner}`);

export const isMarked = (mount: Mount): boolean => isOurs(mount) && mount.options.includes(MARK);

export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);
