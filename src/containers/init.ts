/**
 * Which process a pid namespace or a container lives and dies with.
 * @module
 */

import { withDescendants } from '../cgroup/descendants.ts';
import { native } from '../native/addon.ts';
import type { ProcessReader } from './process.ts';

/** A process tree deeper than this is taken for a loop in what we read. */
const DEEPEST = 256;

/** Of a cgroup with more processes, only these are looked at: the kernel lists the older ones first. */
export const MOST_CANDIDATES = 256;

/** Of a cgroup with more cgroups below, only these are looked at, the nearest first. */
const MOST_CGROUPS = 64;

/**
 * Pid, in our namespace, of the init of the pid namespace a task is in. Kernels before 6.11 cannot be
 * asked: then walk up the parents, and, since a task that entered by setns(2) has its parent outside,
 * look among the tasks of its cgroup and of those above. Null if it cannot be told.
 * @param namespace the task's own, from `pidNamespace(pid)`
 */
export function namespaceInit(
  proc: ProcessReader,
  pid: number,
  namespace: string,
  neighbours: () => readonly number[],
): number | null {
  const told = proc.namespaceInit(pid) ?? initAmongParents(proc, pid, namespace);
  if (told !== null) return told;
  const near = neighbours().slice(0, MOST_CANDIDATES);
  return near.find((each) => isInit(proc, each, namespace)) ?? null;
}

function isInit(proc: ProcessReader, pid: number, namespace: string): boolean {
  return proc.status(pid)?.namespacePids.at(-1) === 1 && proc.pidNamespace(pid) === namespace;
}

function initAmongParents(proc: ProcessReader, pid: number, namespace: string): number | null {
  let task = pid;
  for (let depth = 0; depth < DEEPEST && task > 0; depth++) {
    const status = proc.status(task);
    if (!status || proc.pidNamespace(task) !== namespace) return null;
    if (status.namespacePids.at(-1) === 1) return task;
    task = status.parent;
  }
  return null;
}

/** The process that started first, with its start time; [0, NaN] of none. */
export function oldest(proc: ProcessReader, pids: readonly number[]): [pid: number, at: number] {
  let found: [number, number] = [0, Number.NaN];
  for (const pid of pids.slice(0, MOST_CANDIDATES)) {
    const at = proc.startTime(pid);
    if (at < found[1] || (Number.isNaN(found[1]) && !Number.isNaN(at))) found = [pid, at];
  }
  return found;
}

/** Processes of a cgroup itself, in the kernel's order. */
export function membersOf(directory: string): readonly number[] {
  const text = native.readText(`${directory}/cgroup.procs`);
  return typeof text === 'string' ? text.split('\n').filter(Boolean).map(Number) : [];
}

/**
 * The process that started first in a cgroup and those below it; 0 if there is none. Unlike the init of some
 * process's namespace, no process of the cgroup can choose which one that is.
 * @param root mount point of a hierarchy
 * @param path of the cgroup below it
 */
export function firstBelow(proc: ProcessReader, root: string, path: string): number {
  let pids: readonly number[] = [];
  let left = MOST_CGROUPS;
  for (const each of withDescendants(root, path)) {
    pids = pids.concat(membersOf(`${root}/${each}`));
    if (pids.length >= MOST_CANDIDATES || --left === 0) break;
  }
  const [first] = oldest(proc, pids);
  return first;
}
