/**
 * Finds the containers of tasks: of all tasks of /proc, or of those in one cgroup.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Resolver } from '../containers/resolve.ts';
import { native } from '../native/addon.ts';
import type { NativeStrangers } from '../native/tasks.ts';

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
    const strangers = new native.Strangers();
    yield* this.#scanKnown(keys, strangers);
    const pids = strangers.list(this.#resolver.proc.root);
    this.#told = yield* this.#ask(typeof pids === 'number' ? [] : pids, keys);
  }

  /** The same of these tasks alone, as far as there are any of these numbers. */
  *scanThese(pids: readonly number[]): Generator<Container | null> {
    yield* this.#ask(pids, new Set());
  }

  /** A full node's tasks are nearly all in cgroups that name a known container: theirs, whatever else they do. */
  *#scanKnown(keys: Set<string>, strangers: NativeStrangers): Generator<Container | null> {
    for (const container of [...this.#known.values()]) {
      const lives = strangers.know(container.directory, container.inode) > 0;
      if (lives) keys.add(container.key);
      yield lives ? container : null;
    }
  }

  /** @returns what was told, by kind of task */
  *#ask(
    pids: readonly number[],
    keys: Set<string>,
  ): Generator<Container | null, Map<string, Container | null>> {
    const { proc } = this.#resolver;
    const told = new Map<string, Container | null>();
    for (const pid of pids) {
      const text = proc.cgroup(pid);
      const kind = text === null ? '' : `${proc.pidNamespace(pid)} ${text}`;
      const container = text === null || told.has(kind) ? null : this.#answer(pid, text, kind);
      if (text !== null && !told.has(kind)) told.set(kind, container);
      yield container && !keys.has(container.key) ? container : null;
      if (container) keys.add(container.key);
    }
    return told;
  }

  #answer(pid: number, text: string, kind: string): Container | null {
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
