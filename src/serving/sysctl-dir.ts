/**
 * `proc/sys/kernel` of the mount. It covers a container's own directory, so that the switches appear there. All
 * other entries are links to the container's own directory, which an unlisted entry keeps reachable: values,
 * permissions and read-only flags stay the kernel's.
 * @module
 */

import { constants } from 'node:fs';
import { native } from '../native/addon.ts';
import { SWITCH_FILES } from '../switches/files.ts';
import { modeOf } from '../tree/node-id.ts';
import type { ServedFile } from '../tree/nodes.ts';

const { S_IFMT, S_IFLNK } = constants;

/** The directory, and its entry that leads to the directory which it covers. */
export const SYSCTL_DIRECTORY = 'proc/sys/kernel';
export const SYSCTL_KEPT = '.kernel';

const targetOf = (name: string): string => `${SYSCTL_KEPT}/${name}`;

/** One link for each sysctl of this kernel, except those that the switches replace. All namespaces have the same names. */
export function sysctlLinks(procRoot: string): ServedFile[] {
  const names = native.readDirectory(procRoot, 'sys/kernel', false);
  const own = new Set(SWITCH_FILES.map(({ path }) => path));
  return (typeof names === 'number' ? [] : names)
    .map((name) => ({ path: `${SYSCTL_DIRECTORY}/${name}`, target: targetOf(name) }))
    .filter(({ path }) => !own.has(path));
}

/** Targets of these links in a served tree, by node id. */
export function sysctlTargets(ids: ReadonlyMap<string, number>): Map<number, string> {
  const prefix = `${SYSCTL_DIRECTORY}/`;
  const targets = new Map<number, string>();
  for (const [path, id] of ids) {
    const isLink = (modeOf(id) & S_IFMT) === S_IFLNK;
    if (isLink && path.startsWith(prefix)) targets.set(id, targetOf(path.slice(prefix.length)));
  }
  return targets;
}
