/**
 * Threads and processes: callers, the threads of a container, and processes in no known cgroup.
 * @module
 */

/**
 * Threads whose `/proc/<tid>/cgroup` is kept open: one pread shows that a thread lives and is in the same cgroups. A result
 * is valid for as many microseconds as the constructor was given.
 */
export interface NativeCallers {
  /** The tag given to this thread, or -1: unknown, not tagged, dead and reused, moved to another cgroup. */
  lookup(pid: number): number;
  /** Opens and reads `/proc/<pid>/cgroup`; null if there is no such thread. The least recently used is dropped. */
  open(pid: number): string | null;
  /**
   * Tags the thread last opened under this pid, if it is still known. Tags are 0 to 2^31 - 1.
   * @param owner the number to which its bodies of open files are counted, up to 2^53; 0 if absent: the host
   */
  tag(pid: number, tag: number, owner?: number): void;
  /** Forgets every thread that carries this tag. */
  forget(tag: number): void;
}

/** States of the threads of a container. */
export interface TaskCounts {
  readonly running: number;
  /** Uninterruptible: tasks frozen by the v1 freezer (a paused container) too, as in top, though not in the kernel's load. */
  readonly blocked: number;
  readonly total: number;
  /** The highest tid. */
  readonly highest: number;
}

/** Counts the same threads repeatedly: it reads the state only of threads that have run since the last count. */
export interface NativeThreadCounter {
  /**
   * Counts the threads in the `list` (a `tasks` or `cgroup.threads` file) of a cgroup beneath a root and of those
   * below it, upper ones first and `most` at most, by the state in `<procRoot>/<tid>/stat`. Lists and threads that are
   * gone are skipped. Keeps a file open for each thread, of all counters 8,192 at most, and an eighth of RLIMIT_NOFILE.
   * @param spent the cgroup's file with its CPU time: `cpuacct.usage` or `cpu.stat`
   */
  count(root: string, path: string, list: string, spent: string, most: number): TaskCounts;
  /**
   * The same without the list, if all CPU time that the cgroup used is that of threads that ran before. Otherwise, and if
   * the cgroup is gone or has no thread, null: call count.
   */
  recount(): TaskCounts | null;
  /** Closes these files; the next count opens them again. */
  forget(): void;
}

/**
 * Finds which of many small cgroup files have changed. The file of a cgroup must change whenever a file below it does: where
 * several cgroups have a parent in common, an unchanged parent may save reading them.
 */
export interface NativeChangeDetector {
  /** Opens the file `name` of a cgroup beneath a root, as sources are. Returns its number, or a negative errno. */
  add(root: string, cgroup: string, name: string): number;
  /** Closes one; its number may be given to another. */
  remove(number: number): void;
  /** Numbers of the files whose first 32 bytes differ from the last call, and of those that cannot be read. */
  changed(): readonly number[];
}

/** Finds the processes that are in no known cgroup. */
export interface NativeUnknownProcesses {
  /**
   * Adds the processes in `<directory>/cgroup.procs` to the known ones, if the directory has this inode number.
   * @returns how many there are
   */
  addKnown(directory: string, inode: number): number;
  /** Pids in procfs that are not known, ascending, or a negative errno. Forgets the known ones. */
  list(procRoot: string): readonly number[] | number;
}
