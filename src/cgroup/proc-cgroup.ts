/**
 * /proc/<pid>/cgroup: which cgroup a task is in, per hierarchy. cgroups(7).
 * @module
 */

/** Cgroup path by controller name; `unified` for v2, `name=...` for named v1 hierarchies. */
export type CgroupPaths = ReadonlyMap<string, string>;

/**
 * Lines `4:memory:/a/b`, `2:cpu,cpuacct:/a`, `0::/a`. A path that starts with `/..` lies outside our own
 * cgroup namespace and is left out: we cannot see it. A removed cgroup is marked ` (deleted)`, which is left
 * as it is: only what has ended is in one, and a cgroup may have that name in the life of another one without it.
 */
export function parseCgroupText(text: string): CgroupPaths {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (!match) continue;
    const path = match[2] ?? '/';
    if (path === '/..' || path.startsWith('/../')) continue;
    for (const controller of (match[1] || 'unified').split(',')) paths.set(controller, path);
  }
  return paths;
}
