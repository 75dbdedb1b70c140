/**
 * The first process of a pid namespace or of a container.
 * @module
 */

import { withDescendants } from '../cgroup/descendants.ts';
import { native } from '../native/addon.ts';
import type { ProcessReader } from './process.ts';

/** Parents that are followed: more of them are a loop, made by pids that were reused while we read. */
const MOST_PARENTS = 256;

/** Processes of one cgroup that are considered. The kernel lists older ones first. */
export const MOST_CANDIDATES = 256;

/** Cgroups below one that are searched, the nearest first. */
const MOST_SEARCHED_CGROUPS = 64;

/**
 * Pid, in our namespace, of the init process of a task's pid namespace; null if it is not found. Kernels before 6.11 have
 * no call for it. There, the search follows the parents. A task that entered by setns(2) has its parent outside: then it
 * continues among the tasks of its cgroup and of those above.
 * @param namespace of the task, from `pidNamespace(pid)`
 */
export function namespaceInit(
  proc: ProcessReader,
  pid: number,
  namespace: string,
  neighbours: () => readonly number[],
): number | null {
  const found = proc.namespaceInit(pid) ?? initAmongParents(proc, pid, namespace);
  if (found !== null) return found;
  const near = neighbours().slice(0, MOST_CANDIDATES);
  return near.find((each) => isInit(proc, each, namespace)) ?? null;
}

function isInit(proc: ProcessReader, pid: number, namespace: string): boolean {
  return proc.status(pid)?.namespacePids.at(-1) === 1 && proc.pidNamespace(pid) === namespace;
}

function initAmongParents(proc: ProcessReader, pid: number, namespace: string): number | null {
  let task = pid;
  for (let depth = 0; depth < MOST_PARENTS && task > 0; depth++) {
    const status = proc.status(task);
    if (!status || proc.pidNamespace(task) !== namespace) return null;
    if (status.namespacePids.at(-1) === 1) return task;
    task = status.parent;
  }
  return null;
}

/** The process that started first, with its start time; [0, NaN] if there is none. */
export function oldest(proc: ProcessReader, pids: readonly number[]): [pid: number, at: number] {
  let found: [number, number] = [0, Number.NaN];
  for (const pid of pids.slice(0, MOST_CANDIDATES)) {
    const at = proc.startTime(pid);
    if (at < found[1] || (Number.isNaN(found[1]) && !Number.isNaN(at))) found = [pid, at];
  }
  return found;
}

/** Processes of a cgroup without those below it, in the kernel's order. */
export function membersOf(directory: string): readonly number[] {
  const text = native.readText(`${directory}/cgroup.procs`);
  return typeof text === 'string' ? text.split('\n').filter(Boolean).map(Number) : [];
}

/**
 * The process that started first in a cgroup and in those below it; 0 if there is none. A process of the cgroup can
 * choose the init of its pid namespace, but not this one.
 * @param root mount point of a hierarchy
 * @param path of the cgroup below it
 */
export function firstBelow(proc: ProcessReader, root: string, path: string): number {
  let pids: readonly number[] = [];
  let left = MOST_SEARCHED_CGROUPS;
  for (const each of withDescendants(root, path)) {
    pids = pids.concat(membersOf(`${root}/${each}`));
    if (pids.length >= MOST_CANDIDATES || --left === 0) break;
  }
  const [first] = oldest(proc, pids);
  return first;
}
