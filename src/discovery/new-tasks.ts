/**
 * Finds tasks that have started lately without a list of all tasks: the kernel assigns pids in ascending order.
 * @module
 */
import type { ProcessReader } from '../containers/process.ts';
import { native } from '../native/addon.ts';

/**
 * Largest part of new tasks among all tasks: to resolve a new task takes four times as long as to list a task and skip
 * those of known containers.
 */
const MOST_NEW_PART = 1 / 4;

/**
 * Tasks that may start while the two files of a mark are read. If pids have wrapped around, many more have started:
 * pid_max, which is 32,768 or more.
 */
const MOST_BETWEEN_READS = 1024;

/** The processes and threads that had started at some moment. */
interface Mark {
  /** The last pid that was assigned. */
  readonly pid: number;
  /** Number of tasks that exist. */
  readonly tasks: number;
  /** Number of tasks started since boot, which also grows when pids wrap around. */
  readonly forks: number;
}

/** Parses a mark from /proc/loadavg and /proc/stat; null if a field is missing. fs/proc/loadavg.c, fs/proc/stat.c. */
export function parseMark(loadavg: string, stat: string): Mark | null {
  const [, tasks, pid] = /\/(\d+) (\d+)\n$/.exec(loadavg) ?? [];
  const forks = /^processes (\d+)$/m.exec(stat)?.[1];
  return pid && forks ? { pid: Number(pid), tasks: Number(tasks), forks: Number(forks) } : null;
}

/**
 * The pids that were assigned between two marks, also to threads. Null if they are unknown, or so many that a scan of all
 * tasks is faster.
 */
export function pidsBetween(before: Mark, now: Mark): readonly number[] | null {
  const count = now.pid - before.pid;
  const wrapped = count < 0 || now.forks - before.forks > count + MOST_BETWEEN_READS;
  if (wrapped || count > now.tasks * MOST_NEW_PART) return null;
  return Array.from({ length: count }, (_, i) => before.pid + 1 + i);
}

export class NewTasks {
  readonly #proc: ProcessReader;
  /** Marks of the last two calls. */
  #marks: readonly Mark[] = [];

  constructor(proc: ProcessReader) {
    this.#proc = proc;
  }

  /**
   * Pids that were assigned since the call before the last one. Each task is returned twice, because a new task may move to
   * its cgroup a little later. Null if all tasks must be scanned, as at the first call.
   */
  next(): readonly number[] | null {
    const now = this.#mark();
    const [since] = this.#marks;
    this.#marks = now ? [...this.#marks.slice(-1), now] : [];
    return since && now ? pidsBetween(since, now) : null;
  }

  #mark(): Mark | null {
    const { root } = this.#proc;
    // loadavg has the last pid of the reader's pid namespace, in any procfs.
    if (this.#proc.pidNamespace('self') !== this.#proc.pidNamespace(1)) return null;
    const [loadavg, stat] = [native.readText(`${root}/loadavg`), native.readText(`${root}/stat`)];
    return typeof loadavg === 'string' && typeof stat === 'string'
      ? parseMark(loadavg, stat)
      : null;
  }
}
