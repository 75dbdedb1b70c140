/**
 * Resolves tasks to their containers: all tasks of /proc, new tasks, or those in one cgroup.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Resolver } from '../containers/resolve.ts';
import { native } from '../native/addon.ts';
import type { NativeUnknownProcesses } from '../native/tasks.ts';

/** Processes of one cgroup that are resolved; a scan of /proc resolves all. */
const MOST_CGROUP_PROCESSES = 1024;

/** Scans all tasks repeatedly. It keeps the result for each group of like tasks until the next scan. */
export class Scanner {
  readonly #resolver: Resolver;
  readonly #known: ReadonlyMap<string, Container>;
  /** By cgroups and pid namespace: tasks that have both in common are in the same container, or in none. */
  #resolved = new Map<string, Container | null>();

  /** @param known the containers that are known when a scan begins, by key */
  constructor(resolver: Resolver, known: ReadonlyMap<string, Container>) {
    this.#resolver = resolver;
    this.#known = known;
  }

  /**
   * The containers with at least one process: known containers first, the others in the order of their lowest pid.
   * Null after each task that adds none, so that the caller may pause.
   */
  *scan(): Generator<Container | null> {
    const keys = new Set<string>();
    const unknownProcesses = new native.UnknownProcesses();
    yield* this.#scanKnown(keys, unknownProcesses);
    const pids = unknownProcesses.list(this.#resolver.proc.root);
    this.#resolved = yield* this.#resolve(typeof pids === 'number' ? [] : pids, keys);
  }

  /** The same for these tasks alone. Numbers that are no task are skipped. */
  *scanThese(pids: readonly number[]): Generator<Container | null> {
    yield* this.#resolve(pids, new Set());
  }

  /** On a full node, nearly all tasks are in cgroups of known containers, and need not be resolved one by one. */
  *#scanKnown(
    keys: Set<string>,
    unknownProcesses: NativeUnknownProcesses,
  ): Generator<Container | null> {
    for (const container of [...this.#known.values()]) {
      const lives = unknownProcesses.addKnown(container.directory, container.inode) > 0;
      if (lives) keys.add(container.key);
      yield lives ? container : null;
    }
  }

  /** @returns the results by cgroups and pid namespace */
  *#resolve(
    pids: readonly number[],
    keys: Set<string>,
  ): Generator<Container | null, Map<string, Container | null>> {
    const { proc } = this.#resolver;
    const resolved = new Map<string, Container | null>();
    for (const pid of pids) {
      const text = proc.cgroup(pid);
      const group = text === null ? '' : `${proc.pidNamespace(pid)} ${text}`;
      const isNew = text !== null && !resolved.has(group);
      const container = isNew ? this.#containerOf(pid, text, group) : null;
      if (isNew) resolved.set(group, container);
      yield container && !keys.has(container.key) ? container : null;
      if (container) keys.add(container.key);
    }
    return resolved;
  }

  #containerOf(pid: number, text: string, group: string): Container | null {
    const before = this.#resolved.get(group);
    const holds = before === null || (before !== undefined && this.#known.has(before.key));
    return holds ? before : this.#resolver.resolve(pid, text);
  }
}

/** All containers with at least one process, in the order of their lowest pid. */
export function scanContainers(resolver: Resolver): Container[] {
  const scanner = new Scanner(resolver, new Map());
  return [...scanner.scan()].filter((container) => container !== null);
}

/** The container of the tasks of one pid namespace in one cgroup; null: the tasks are in no container. */
export interface NamespaceContainer {
  readonly namespace: string;
  readonly container: Container | null;
}

/**
 * The containers of the processes in one cgroup, without its sub-cgroups: one process of each pid namespace is resolved.
 * @param skip namespaces that are not resolved
 */
export function containersIn(
  resolver: Resolver,
  directory: string,
  skip: ReadonlySet<string> = new Set(),
): NamespaceContainer[] {
  const { proc } = resolver;
  const members = native.readText(`${directory}/cgroup.procs`);
  const pids =
    typeof members === 'string' ? members.split('\n', MOST_CGROUP_PROCESSES).filter(Boolean) : [];
  const found = new Map<string, NamespaceContainer>();
  for (const pid of pids.map(Number)) {
    const namespace = proc.pidNamespace(pid);
    if (namespace === null || skip.has(namespace) || found.has(namespace)) continue;
    const text = proc.cgroup(pid);
    if (text === null) continue;
    found.set(namespace, { namespace, container: resolver.resolve(pid, text) });
  }
  return [...found.values()];
}
