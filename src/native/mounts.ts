/**
 * Changes of the mounts in a container.
 * @module
 */

/** Flags of a mount, as in include/uapi/linux/mount.h. */
export const MountFlag = {
  readOnly: 0x01,
  noSuid: 0x02,
  noDev: 0x04,
  noExec: 0x08,
  noDirAtime: 0x80,
} as const;

/** Whose mounts are changed. */
export interface MountPlace {
  /** Directory of one of its processes in the host's procfs. */
  readonly process: string;
  /** When that process started, in ticks: field 22 of its stat. */
  readonly started: number;
  /** Directory in its mount namespace that is to become its root; `` is the root of that process. */
  readonly root: string;
}

/** A mount to remove, with all that is mounted on it. */
export interface MountRemoval {
  /** Below the root. */
  readonly target: string;
  /** Id of the mount. */
  readonly mount: number;
}

/** A clone to mount over a file or directory. */
export interface MountCover {
  /** The path to clone, in the daemon's mount namespace. */
  readonly source: string;
  /** The path to cover, below the root. */
  readonly target: string;
  /** Id of the mount that the target must be on. */
  readonly on: number;
  /** Flags of the clone, besides its own. */
  readonly flags: number;
  /** Flags of the source that the clone must not have. */
  readonly clear: number;
  /** A directory of the source where a clone of the covered file is mounted; ``: none. */
  readonly kept: string;
  /** Flags of that clone, besides its own. */
  readonly keptFlags: number;
}
