/**
 * /proc/<pid>/cgroup: the cgroups of a task, one in each hierarchy. cgroups(7).
 * @module
 */

/** Cgroup path by controller; the v2 tree is `unified`, a named v1 hierarchy is `name=...`. */
export type CgroupPaths = ReadonlyMap<string, string>;

/**
 * Parses lines such as `4:memory:/a/b`, `2:cpu,cpuacct:/a` and `0::/a`; other lines are skipped.
 *
 * A path that starts with `/..` is skipped: it lies outside our cgroup namespace, where we cannot read it. The
 * kernel appends ` (deleted)` to the path of a removed cgroup. That suffix stays: a live cgroup may have that name
 * too, and only tasks that have ended are in a removed one.
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
