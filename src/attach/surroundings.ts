/**
 * A container's mounts, ours among them, and what it should have. Pure.
 * @module
 */
import type { Mount } from '../base/mountinfo.ts';

/** The file system type of what we serve. */
const OUR_TYPE = 'fuse.procview';

/**
 * Tells the mounts that attach has made from those that a runtime has bound. It has no other effect: we
 * keep no access times.
 */
const MARK = 'nodiratime';

/** What the file system at the first part of a path must be. */
export const TYPES: Readonly<Record<string, string>> = { proc: 'proc', sys: 'sysfs' };

/** A file or directory that a container should have from us. */
export interface Target {
  /** Below the daemon's mount, and below the container's root. */
  readonly path: string;
  /** Of a directory: the entry under which what it covers stays in reach. Then it may be written to. */
  readonly kept?: string;
  /** Of a directory: entries that it does not have, so that what masks them may be covered. */
  readonly lacks?: string;
}

/** The mounts of a container, and those of the namespace that we are in. */
export interface Surroundings {
  /** mountinfo of one of its processes. */
  readonly container: string;
  /** Our own mountinfo. */
  readonly own: string;
  /** Where the daemon serves. */
  readonly mount: string;
  /** What its mounts carry, and those of its predecessors: `ownerOf` its state directory. */
  readonly owner: number;
  /** The directory that is going to be the container's root; `` if it has its root already. */
  readonly root: string;
  /** It is the host itself: what is shared with the host may be covered. */
  readonly host?: boolean;
}

/** What the runtime is going to do below that root: paths that it masks, or makes read-only. */
export interface Later {
  readonly masked: readonly string[];
  readonly readOnly: readonly string[];
}

export const isOurs = ({ type }: Mount): boolean => type === OUR_TYPE;

/** Whether a daemon of this number has made it. fuse shows the option since before 4.14. */
export const isBy = ({ superOptions }: Mount, owner: number): boolean =>
  superOptions.includes(`max_read=${owner}`);

export const isMarked = (mount: Mount): boolean => isOurs(mount) && mount.options.includes(MARK);

export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);
