/**
 * `proc/sys/kernel` of the mount: what covers a container's own directory so that it has the switches as
 * well. All other entries are links to the container's own, which stays in reach on an entry that is not
 * listed: values, permissions and read-only flags are the kernel's.
 * @module
 */

import { native } from '../native/addon.ts';
import { SWITCH_FILES } from '../switches/files.ts';
import type { ServedFile } from '../tree/nodes.ts';

/** The directory, and the entry in it that leads to what it covers. */
export const SYSCTL_DIRECTORY = 'proc/sys/kernel';
export const SYSCTL_KEPT = '.kernel';

/** One link for each entry that this kernel has. They are the same in all namespaces. */
export function sysctlLinks(procRoot: string): ServedFile[] {
  const names = native.readDirectory(procRoot, 'sys/kernel', false);
  const own = new Set(SWITCH_FILES.map(({ path }) => path));
  return (typeof names === 'number' ? [] : names)
    .map((name) => ({ path: `${SYSCTL_DIRECTORY}/${name}`, target: `${SYSCTL_KEPT}/${name}` }))
    .filter(({ path }) => !own.has(path));
}
