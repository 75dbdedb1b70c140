/**
 * Events that wake an event loop: changes of cgroup directories and of mounts, and processes that end.
 * @module
 */

/** The events of `NativeWatch.take`. */
export const WatchEvent = {
  /** More happened than the kernel's queue holds: anything may have changed. Its number is 0. */
  lost: 0,
  /** Of a directory: one was made, removed or renamed in it. */
  children: 1,
  /** Of a cgroup: a process was written into it, or (v2) its first process joined or its last one left. */
  members: 2,
  /** Of a process, with its pid: it has ended and is not watched any more. */
  ended: 3,
} as const;

/** Watches cgroup directories and processes, and wakes the event loop of the thread that made it. */
export interface NativeWatch {
  /**
   * Watches a cgroup's directory, or its cgroup.events (v2), which the watch of the directory does not cover.
   * Returns a number above 0, the same for the same inode, or a negative errno (-ENOSPC:
   * fs.inotify.max_user_watches). The kernel keeps a removed cgroup until `remove`.
   */
  add(path: string): number;
  remove(number: number): void;
  /**
   * Returns 0, also if it is watched already, or a negative errno (-ESRCH: it has ended, though it may
   * still have a pid because nobody has waited for it).
   */
  addProcess(pid: number): number;
  removeProcess(pid: number): void;
  /** Pairs of event and number, each once however often it happened. Then `ready` may be called again. */
  take(): Int32Array;
  /** Never calls `ready` again. Idempotent. */
  close(): void;
}

/** Wakes the event loop of the thread that made it when something is mounted or unmounted. */
export interface NativeMountWatch {
  /** Never calls `changed` again. Idempotent. */
  close(): void;
}
