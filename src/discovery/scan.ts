/**
 * Finds the containers of tasks: of all tasks of /proc, or of those in one cgroup.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Resolver } from '../containers/resolve.ts';
import { native } from '../native.ts';

/** Of a cgroup with more processes, only these are looked at; a scan of /proc sees them all. */
const MOST_MEMBERS = 1024;

/**
 * The containers with at least one process, in the order of their oldest pid; null after each task that
 * adds none, so that whoever asks may pause. Tasks of the same cgroups and pid namespace belong
 * together, so only the first of them is resolved.
 */
export function* scanning(resolver: Resolver): Generator<Container | null> {
  const { proc } = resolver;
  const names = native.readDirectory(proc.root, '.', false);
  const pids = typeof names === 'number' ? [] : names.filter((name) => /^\d+$/.test(name));
  const kinds = new Set<string>();
  const keys = new Set<string>();
  for (const pid of pids.map(Number).sort((a, b) => a - b)) {
    const text = proc.cgroup(pid);
    const kind = `${proc.pidNamespace(pid)} ${text}`;
    const container = text === null || kinds.has(kind) ? null : resolver.resolve(pid, text);
    kinds.add(kind);
    yield container && !keys.has(container.key) ? container : null;
    if (container) keys.add(container.key);
  }
}

/** All containers with at least one process, in the order of their oldest pid. */
export function scanContainers(resolver: Resolver): Container[] {
  return [...scanning(resolver)].filter((container) => container !== null);
}

/** The containers of the processes in one cgroup, sub-cgroups apart: one of each pid namespace is asked. */
export function containersIn(resolver: Resolver, directory: string): Container[] {
  const { proc } = resolver;
  const text = native.readText(`${directory}/cgroup.procs`);
  const pids = typeof text === 'string' ? text.split('\n', MOST_MEMBERS).filter(Boolean) : [];
  const namespaces = new Set<string>();
  const found: Container[] = [];
  for (const pid of pids.map(Number)) {
    const namespace = proc.pidNamespace(pid);
    if (namespace === null || namespaces.has(namespace)) continue;
    namespaces.add(namespace);
    const container = resolver.resolve(pid, proc.cgroup(pid) ?? '');
    if (container) found.push(container);
  }
  return found;
}
