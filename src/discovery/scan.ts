/**
 * Finds the containers that run on this host: the tasks of /proc, each asked where it belongs.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Resolver } from '../containers/resolve.ts';
import { native } from '../native.ts';

/**
 * All containers with at least one process, in the order of their oldest pid. Tasks of the same cgroups
 * and pid namespace belong together, so only the first of them is resolved.
 */
export function scanContainers(resolver: Resolver): Container[] {
  const { proc } = resolver;
  const names = native.readDirectory(proc.root, '.', false);
  const pids = typeof names === 'number' ? [] : names.filter((name) => /^\d+$/.test(name));
  const seen = new Set<string>();
  const found = new Map<string, Container>();
  for (const pid of pids.map(Number).sort((a, b) => a - b)) {
    const text = proc.cgroup(pid);
    if (text === null) continue;
    const kind = `${proc.pidNamespace(pid)} ${text}`;
    if (seen.has(kind)) continue;
    seen.add(kind);
    const container = resolver.resolve(pid, text);
    if (container && !found.has(container.key)) found.set(container.key, container);
  }
  return [...found.values()];
}
