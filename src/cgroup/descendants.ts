/**
 * A cgroup and the cgroups below it.
 * @module
 */
import { join } from 'node:path';
import { native } from '../native/addon.ts';

/** A container with more cgroups is read only so far: it must not delay the other containers. */
export const MAX_DESCENDANTS = 4096;

/**
 * Paths of a cgroup and its descendants below the mount point, upper levels first, at most MAX_DESCENDANTS.
 * @param root mount point of the hierarchy
 */
export function* withDescendants(root: string, top: string): Generator<string> {
  const paths = [top];
  for (let i = 0; i < paths.length && i < MAX_DESCENDANTS; i++) {
    const path = paths[i] ?? '';
    yield path;
    const names = native.readDirectory(root, path, true);
    if (typeof names !== 'number') paths.push(...names.map((name) => join(path, name)));
  }
}
