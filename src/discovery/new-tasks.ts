/**
 * Which tasks have begun lately, without a list of all: pids are given in ascending order.
 * @module
 */
import type { ProcessReader } from '../containers/process.ts';
import { native } from '../native/addon.ts';

/** Of all tasks: to ask a new one takes four times as long as to list one, and to pass by those of known containers. */
const MOST = 1 / 4;

/** So many may begin while the two files of a mark are read. Where pids came around, many more have: pid_max, 32,768 or more. */
const MEANWHILE = 1024;

/** Which processes and threads there had been at a moment. */
interface Mark {
  /** The pid given last. */
  readonly pid: number;
  /** How many there are. */
  readonly tasks: number;
  /** Processes and threads begun since boot: pids begin anew from below when they have run out. */
  readonly forks: number;
}

/** The mark, as /proc/loadavg and /proc/stat tell it; null if they do not. fs/proc/loadavg.c, fs/proc/stat.c. */
export function parseMark(loadavg: string, stat: string): Mark | null {
  const [, tasks, pid] = /\/(\d+) (\d+)\n$/.exec(loadavg) ?? [];
  const forks = /^processes (\d+)$/m.exec(stat)?.[1];
  return pid && forks ? { pid: Number(pid), tasks: Number(tasks), forks: Number(forks) } : null;
}

/**
 * The pids given between two marks, those of threads among them. Null: it cannot be told which, or so many that to look
 * at all tasks is quicker.
 */
export function pidsBetween(before: Mark, now: Mark): readonly number[] | null {
  const count = now.pid - before.pid;
  const cameAround = count < 0 || now.forks - before.forks > count + MEANWHILE;
  if (cameAround || count > now.tasks * MOST) return null;
  return Array.from({ length: count }, (_, i) => before.pid + 1 + i);
}

export class NewTasks {
  readonly #proc: ProcessReader;
  /** Of the call before the last, and of the last. */
  #marks: readonly Mark[] = [];

  constructor(proc: ProcessReader) {
    this.#proc = proc;
  }

  /**
   * Pids that were given since the call before the last: who has just begun is told twice, for it may go where it
   * belongs a little later. Null if all tasks must be looked at, as at the first call.
   */
  take(): readonly number[] | null {
    const now = this.#mark();
    const [since] = this.#marks;
    this.#marks = now ? [...this.#marks.slice(-1), now] : [];
    return since && now ? pidsBetween(since, now) : null;
  }

  #mark(): Mark | null {
    const { root } = this.#proc;
    // loadavg tells of the pid namespace of who reads it, whichever procfs it is.
    if (this.#proc.pidNamespace('self') !== this.#proc.pidNamespace(1)) return null;
    const [loadavg, stat] = [native.readText(`${root}/loadavg`), native.readText(`${root}/stat`)];
    return typeof loadavg === 'string' && typeof stat === 'string'
      ? parseMark(loadavg, stat)
      : null;
  }
}
