/**
 * The cgroup of a container in the hierarchy of one controller, with the cgroups above it.
 * @module
 */
import { type CgroupLayout, type Hierarchy, levelsOf, pathInMount } from './layout.ts';
import type { CgroupPaths } from './proc-cgroup.ts';

export interface Place {
  readonly hierarchy: Hierarchy;
  /** The container's cgroup and its ancestors below the root, nearest first, as paths below the mount point. */
  readonly levels: readonly string[];
}

/**
 * The place of a container for the first of these controllers that has one. A controller is in its v1 hierarchy or
 * in the v2 tree, never in both. Null if the container is in the root cgroup, or if the host has none of the
 * controllers: then the figures of the host apply.
 */
export function placeOf(
  layout: CgroupLayout,
  cgroups: CgroupPaths,
  ...controllers: readonly string[]
): Place | null {
  for (const controller of controllers) {
    const name = layout.has(controller) ? controller : 'unified';
    const hierarchy = layout.get(name);
    const path = cgroups.get(name);
    if (!hierarchy || path === undefined || path === '/') continue;
    const below = pathInMount(hierarchy, path);
    if (below) return { hierarchy, levels: levelsOf(`/${below}`).map((level) => level.slice(1)) };
  }
  return null;
}
