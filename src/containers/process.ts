/**
 * Reads and parses the files of one task in /proc/<pid>.
 * Documentation/filesystems/proc.rst (1.1), proc_pid_stat(5).
 * @module
 */
import { native } from '../native/addon.ts';

/** Clock ticks per second of /proc/<pid>/stat, the same on every architecture Linux runs on. */
export const USER_HZ = 100;

/** linux/personality.h */
const PER_MASK = 0xff;
const PER_LINUX32 = 0x08;

const US_PER_TICK = 1_000_000 / USER_HZ;

/** Start time in microseconds since boot (CLOCK_BOOTTIME), or NaN. The task's name may contain blanks and brackets. */
export function parseStartTime(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields[19];
  return ticks === undefined || !/^\d+$/.test(ticks) ? Number.NaN : Number(ticks) * US_PER_TICK;
}

/** A start time in clock ticks, the kernel's unit. */
export const ticksOf = (started: number): number => Math.round(started / US_PER_TICK);

export interface ProcessStatus {
  readonly parent: number;
  /** Its pid in each pid namespace, from ours to its own. */
  readonly namespacePids: readonly number[];
}

/** Parses the lines PPid and NSpid (since 4.1) of a status file; null if one is missing. */
export function parseStatus(status: string): ProcessStatus | null {
  const parent = /^PPid:\t(\d+)$/m.exec(status);
  const pids = /^NSpid:((?:\t\d+)+)$/m.exec(status);
  if (!parent || !pids) return null;
  const namespacePids = (pids[1] ?? '').trim().split('\t').map(Number);
  return { parent: Number(parent[1]), namespacePids };
}

/** Reads the tasks of a procfs. All methods return null, NaN or false for a task that is gone. */
export class ProcessReader {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  #text(pid: number, file: string): string | null {
    const text = native.readText(`${this.root}/${pid}/${file}`);
    return typeof text === 'string' ? text : null;
  }

  /** /proc/<pid>/cgroup. */
  cgroup(pid: number): string | null {
    return this.#text(pid, 'cgroup');
  }

  /** /proc/<pid>/uid_map: users of its user namespace, as numbered in ours. */
  uidMap(pid: number): string | null {
    return this.#text(pid, 'uid_map');
  }

  /** /proc/<pid>/environ: `name=value`, each ended by NUL, from the start of the process. */
  environ(pid: number): string | null {
    return this.#text(pid, 'environ');
  }

  /** Its effective uid in our user namespace; NaN if unknown. */
  uid(pid: number): number {
    const found = /^Uid:\t\d+\t(\d+)/m.exec(this.#text(pid, 'status') ?? '');
    return found ? Number(found[1]) : Number.NaN;
  }

  mountinfo(pid: number): string | null {
    return this.#text(pid, 'mountinfo');
  }

  status(pid: number): ProcessStatus | null {
    const text = this.#text(pid, 'status');
    return text === null ? null : parseStatus(text);
  }

  /** Whether it has the execution domain of 32-bit tasks (`setarch linux32`); false if that cannot be read. */
  isLinux32(pid: number): boolean {
    const personality = Number.parseInt(this.#text(pid, 'personality') ?? '', 16);
    return (personality & PER_MASK) === PER_LINUX32;
  }

  /** Microseconds since boot. */
  startTime(pid: number): number {
    const text = this.#text(pid, 'stat');
    return text === null ? Number.NaN : parseStartTime(text);
  }

  /** The pid namespace, for example `pid:[4026531836]`. */
  pidNamespace(pid: number | 'self'): string | null {
    const target = native.readLink(`${this.root}/${pid}/ns/pid`);
    return typeof target === 'string' ? target : null;
  }

  /** The mount namespace. */
  mountNamespace(pid: number | 'self'): string | null {
    const target = native.readLink(`${this.root}/${pid}/ns/mnt`);
    return typeof target === 'string' ? target : null;
  }

  /** Init process of a task's pid namespace, by a call that exists since 6.11; null on older kernels. */
  namespaceInit(pid: number): number | null {
    const init = native.pidNamespaceInit(`${this.root}/${pid}/ns/pid`);
    return init > 0 ? init : null;
  }
}
