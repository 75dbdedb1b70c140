/**
 * A cgroup with all below it.
 * @module
 */
import { join } from 'node:path';
import { native } from '../native/addon.ts';

/** A container with more sub-cgroups is seen only so far: it must not hold up the others. */
export const MOST_DESCENDANTS = 4096;

/**
 * Paths of a cgroup and all its descendants, below the mount point, upper ones first.
 * @param root the hierarchy's mount point
 */
export function* withDescendants(root: string, top: string): Generator<string> {
  const paths = [top];
  for (let i = 0; i < paths.length && i < MOST_DESCENDANTS; i++) {
    const path = paths[i] ?? '';
    yield path;
    const names = native.readDirectory(root, path, true);
    if (typeof names !== 'number') paths.push(...names.map((name) => join(path, name)));
  }
}
