/**
 * Finds the containers of tasks: of all tasks of /proc, or of those in one cgroup.
 * @module
 */
import { type Container, inodeOf } from '../containers/container.ts';
import { membersOf } from '../containers/init.ts';
import type { Resolver } from '../containers/resolve.ts';
import { native } from '../native.ts';

/** Of a cgroup with more processes, only these are looked at; a scan of /proc sees them all. */
const MOST_MEMBERS = 1024;

/** Goes through all tasks, again and again; what it was told of tasks of one kind it need not ask again. */
export class Scanner {
  readonly #resolver: Resolver;
  readonly #known: ReadonlyMap<string, Container>;
  /** Tasks of the same cgroups and pid namespace are of the same container, or of none. */
  #told = new Map<string, Container | null>();

  /** @param known the containers that are known when a scan begins, by key */
  constructor(resolver: Resolver, known: ReadonlyMap<string, Container>) {
    this.#resolver = resolver;
    this.#known = known;
  }

  /**
   * The containers with at least one process, known ones first, then in the order of their oldest pid; null
   * after each task that adds none, so that whoever asks may pause.
   */
  *scan(): Generator<Container | null> {
    const keys = new Set<string>();
    const settled = new Set<number>();
    yield* this.#scanKnown(keys, settled);
    yield* this.#scanTasks(keys, settled);
  }

  /** A full node's tasks are nearly all in cgroups that name a known container: theirs, whatever else they do. */
  *#scanKnown(keys: Set<string>, settled: Set<number>): Generator<Container | null> {
    for (const container of [...this.#known.values()]) {
      const { directory, inode, key } = container;
      const members = inodeOf(directory) === inode ? membersOf(directory) : [];
      for (const pid of members) settled.add(pid);
      if (members.length > 0) keys.add(key);
      yield members.length > 0 ? container : null;
    }
  }

  *#scanTasks(keys: Set<string>, settled: ReadonlySet<number>): Generator<Container | null> {
    const { proc } = this.#resolver;
    const told = new Map<string, Container | null>();
    for (const pid of this.#pids(settled)) {
      const text = proc.cgroup(pid);
      const kind = `${proc.pidNamespace(pid)} ${text}`;
      const container = text === null || told.has(kind) ? null : this.#ask(pid, text, kind);
      if (text !== null && !told.has(kind)) told.set(kind, container);
      yield container && !keys.has(container.key) ? container : null;
      if (container) keys.add(container.key);
    }
    this.#told = told;
  }

  /** All others, in ascending order. */
  #pids(settled: ReadonlySet<number>): number[] {
    const names = native.readDirectory(this.#resolver.proc.root, '.', false);
    const pids = typeof names === 'number' ? [] : names.filter((name) => /^\d+$/.test(name));
    return pids
      .map(Number)
      .filter((pid) => !settled.has(pid))
      .sort((a, b) => a - b);
  }

  #ask(pid: number, text: string, kind: string): Container | null {
    const before = this.#told.get(kind);
    const holds = before === null || (before !== undefined && this.#known.has(before.key));
    return holds ? before : this.#resolver.resolve(pid, text);
  }
}

/** All containers with at least one process, in the order of their oldest pid. */
export function scanContainers(resolver: Resolver): Container[] {
  const scanner = new Scanner(resolver, new Map());
  return [...scanner.scan()].filter((container) => container !== null);
}

/** The container of the tasks of one pid namespace in one cgroup; null: they are the host's. */
export interface Answer {
  readonly namespace: string;
  readonly container: Container | null;
}

/**
 * Whose processes are in one cgroup, sub-cgroups apart: one of each pid namespace is asked.
 * @param known namespaces that need not be asked
 */
export function answersIn(
  resolver: Resolver,
  directory: string,
  known: ReadonlySet<string> = new Set(),
): Answer[] {
  const { proc } = resolver;
  const members = native.readText(`${directory}/cgroup.procs`);
  const pids = typeof members === 'string' ? members.split('\n', MOST_MEMBERS).filter(Boolean) : [];
  const answers = new Map<string, Answer>();
  for (const pid of pids.map(Number)) {
    const namespace = proc.pidNamespace(pid);
    if (namespace === null || known.has(namespace) || answers.has(namespace)) continue;
    const text = proc.cgroup(pid);
    if (text === null) continue;
    answers.set(namespace, { namespace, container: resolver.resolve(pid, text) });
  }
  return [...answers.values()];
}
