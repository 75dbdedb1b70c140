/**
 * The cgroup hierarchies of this host, v1, v2 or both (hybrid), from /proc/self/mountinfo.
 * Documentation/filesystems/proc.rst (3.5 mountinfo), cgroup-v1/cgroups.rst.
 * @module
 */
import { join } from 'node:path';
import { parseMountinfo } from '../base/mountinfo.ts';

/** One mounted hierarchy. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** Path of the mount point, under the configured root. */
  readonly mountpoint: string;
  /** The cgroup at the top of the mount; `/` unless part of a tree was bind-mounted. */
  readonly root: string;
}

/** Hierarchy by controller; the v2 tree is `unified`, a named v1 hierarchy is `name=...`. */
export type CgroupLayout = ReadonlyMap<string, Hierarchy>;

const CGROUP_HOME = '/sys/fs/cgroup';

interface CgroupMount {
  readonly hierarchy: Hierarchy;
  /** Controllers of a v1 mount; `unified` for v2. */
  readonly controllers: readonly string[];
}

/** A line of mountinfo that mounts a whole tree. */
const WHOLE = /^[^ ]* [^ ]* [^ ]* \/ /;

/**
 * Cgroup mounts of a mountinfo text, in its order.
 * @param which `parts`: only mounts whose top is below the root of their tree
 */
export function cgroupMounts(mountinfo: string, which: 'all' | 'parts' = 'all'): CgroupMount[] {
  // A node may have thousands of mounts: only lines of cgroup mounts are parsed.
  const lines = mountinfo
    .split('\n')
    .filter((line) => line.includes(' - cgroup') && (which === 'all' || !WHOLE.test(line)));
  return parseMountinfo(lines.join('\n'))
    .filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
    .map(({ type, point, root, superOptions }) => {
      const version = type === 'cgroup2' ? 2 : 1;
      // v1 lists its controllers among the super options: `rw,cpu,cpuacct` or `rw,xattr,name=systemd`.
      const controllers = version === 2 ? ['unified'] : superOptions;
      return { hierarchy: { version, mountpoint: point, root }, controllers };
    });
}

/** A mount point below another root, as in a captured host or where /sys/fs/cgroup is bind-mounted. */
function relocated(mountpoint: string, cgroupRoot: string | undefined): string {
  if (cgroupRoot === undefined) return mountpoint;
  const inHome = mountpoint === CGROUP_HOME || mountpoint.startsWith(`${CGROUP_HOME}/`);
  return join(cgroupRoot, inHome ? mountpoint.slice(CGROUP_HOME.length) : mountpoint);
}

/**
 * The layout in a mountinfo text. If a hierarchy has several mounts, the mount of its whole tree is used.
 * @param cgroupRoot replaces /sys/fs/cgroup; undefined: mount points stay as they are
 */
export function cgroupLayout(mountinfo: string, cgroupRoot?: string): CgroupLayout {
  const layout = new Map<string, Hierarchy>();
  for (const { hierarchy, controllers } of cgroupMounts(mountinfo)) {
    const found = { ...hierarchy, mountpoint: relocated(hierarchy.mountpoint, cgroupRoot) };
    for (const controller of controllers) {
      const known = layout.get(controller);
      if (!known || (known.root !== '/' && found.root === '/')) layout.set(controller, found);
    }
  }
  return layout;
}

/** Path of a cgroup below a hierarchy's mount point, without leading slash; null if it lies outside the mount. */
export function pathInMount(hierarchy: Hierarchy, cgroup: string): string | null {
  const { root } = hierarchy;
  if (root === '/') return cgroup.slice(1);
  if (cgroup === root) return '';
  return cgroup.startsWith(`${root}/`) ? cgroup.slice(root.length + 1) : null;
}

/** A cgroup and its ancestors, nearest first, without the root. */
export function levelsOf(cgroup: string): string[] {
  const levels: string[] = [];
  for (let level = cgroup; level.length > 1; level = level.slice(0, level.lastIndexOf('/'))) {
    levels.push(level);
  }
  return levels;
}
