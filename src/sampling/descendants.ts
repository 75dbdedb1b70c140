/**
 * A cgroup with all below it.
 * @module
 */
import { join } from 'node:path';
import { native } from '../native.ts';

/** A container with more sub-cgroups is seen only so far: it must not hold up the others. */
const MOST_CGROUPS = 4096;

/**
 * Paths of a cgroup and all its descendants, below the mount point.
 * @param root the hierarchy's mount point
 */
export function withDescendants(root: string, top: string): string[] {
  const found = [top];
  for (let i = 0; i < found.length && found.length < MOST_CGROUPS; i++) {
    const path = found[i] ?? '';
    const names = native.readDirectory(root, path, true);
    if (typeof names !== 'number') found.push(...names.map((name) => join(path, name)));
  }
  return found;
}
