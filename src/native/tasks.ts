/**
 * Threads and processes: who reads, what those of a container do, and who is in no cgroup that is known.
 * @module
 */

/**
 * Threads whose `/proc/<tid>/cgroup` is kept open: a pread tells both "still alive" and "still in there". What
 * it told is taken for true for as many microseconds as the constructor was given.
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

/** What the threads of a container are doing. */
export interface TaskCounts {
  readonly running: number;
  /** Uninterruptible: tasks frozen by the v1 freezer (a paused container) too, as in top, though not in the kernel's load. */
  readonly blocked: number;
  readonly total: number;
  /** The highest tid. */
  readonly highest: number;
}

/** Counts the same threads again and again: of those that have not run since the last time it asks only that. */
export interface NativeThreadCounter {
  /**
   * Counts the threads in the `list` (a `tasks` or `cgroup.threads` file) of a cgroup beneath a root and of those
   * below it, upper ones first and `most` at most, by the state in `<procRoot>/<tid>/stat`. Lists and threads that are
   * gone are skipped. Keeps a file open for each thread, of all counters 8,192 at most, and an eighth of RLIMIT_NOFILE.
   * @param spent the cgroup's file with its CPU time: `cpuacct.usage` or `cpu.stat`
   */
  count(root: string, path: string, list: string, spent: string, most: number): TaskCounts;
  /**
   * The same without the list, if the CPU time that the cgroup used is that of threads that were seen to run before;
   * null if it is not, the cgroup is gone or has no thread: count.
   */
  recount(): TaskCounts | null;
  /** Closes these files; the next count opens them again. */
  forget(): void;
}

/**
 * One small file of each of many cgroups, of which only one thing is asked, again and again: has it changed? That of a
 * cgroup must change whenever that of one below does: where several have one above in common, it may answer for all.
 */
export interface NativeStillFiles {
  /** Opens the file `name` of a cgroup beneath a root, as sources are. Its number, or a negative errno. */
  add(root: string, cgroup: string, name: string): number;
  /** Closes one; its number may be given to another. */
  remove(number: number): void;
  /** Those whose first 32 bytes are not what they were at the last call, and those that cannot be read any more. */
  changed(): readonly number[];
}

/** Which processes are in none of the cgroups that are known. */
export interface NativeStrangers {
  /**
   * Takes note of the processes in `<directory>/cgroup.procs`, if the directory has this inode number.
   * @returns how many there are
   */
  know(directory: string, inode: number): number;
  /** Pids in procfs that nobody took note of, ascending, or a negative errno; forgets what was noted. */
  list(procRoot: string): readonly number[] | number;
}
