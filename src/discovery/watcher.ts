/**
 * Finds containers as they start and end. The watcher watches the cgroup tree, resolves the processes in cgroups that
 * change to their containers, and watches the first process of each container for its end.
 * It runs on the main thread, in the slices of the work queue.
 * @module
 */

import type { Logger } from '../base/log.ts';
import type { CgroupLayout } from '../cgroup/layout.ts';
import type { Container } from '../containers/container.ts';
import { NAMING, type Resolver } from '../containers/resolve.ts';
import { native } from '../native/addon.ts';
import { type NativeWatch, WatchEvent } from '../native/watch.ts';
import { Backoff } from './backoff.ts';
import { CgroupTree, type Directory } from './cgroup-tree.ts';
import { ContainerTable } from './container-table.ts';
import { type Jobs, WorkQueue } from './queue.ts';
import { Rescan } from './rescan.ts';
import { containersIn } from './scan.ts';

/** Milliseconds from the first event to the reading of events: the start of a container causes several. */
const EVENT_DELAY_MS = 5;

export interface WatcherOptions {
  readonly resolver: Resolver;
  readonly layout: CgroupLayout;
  readonly log: Logger;
  /** Called for each container that was not known, and again when its first process is another one. */
  found(container: Container): void;
  /** Called when the last process of a known container has ended, or has left its cgroups. */
  gone(container: Container): void;
}

export class Watcher {
  readonly #resolver: Resolver;
  readonly #log: Logger;
  readonly #watch: NativeWatch | null;
  readonly #tree: CgroupTree;
  readonly #table: ContainerTable;
  readonly #rescan: Rescan;
  readonly #queue: WorkQueue;
  readonly #events: Jobs<'events'>;
  /** Directories whose sub-directories may have changed. */
  readonly #lists: Jobs<Directory>;
  /** Directories whose processes may have changed. */
  readonly #members: Backoff<Directory>;
  /** Pid namespaces of the processes in a cgroup whose container is certain, since the cgroup changed. */
  readonly #resolved = new WeakMap<Directory, Set<string>>();
  #warned = false;

  constructor({ resolver, layout, log, found, gone }: WatcherOptions) {
    this.#resolver = resolver;
    this.#log = log;
    const queue = new WorkQueue((err) =>
      log.error({ err }, 'a step of the search for containers failed; the search continues'),
    );
    this.#queue = queue;
    this.#watch = this.#open();
    this.#events = queue.jobs(() => this.#readEvents());
    this.#lists = queue.jobs((directory) => this.#compare(directory));
    this.#table = new ContainerTable({
      queue,
      resolver,
      layout,
      found,
      watch: this.#watch,
      gone: (container) => {
        this.#checkDirectory(container);
        gone(container);
      },
    });
    this.#members = new Backoff(queue, (directory, now) => this.#resolveMembers(directory, now));
    this.#rescan = new Rescan({
      queue,
      resolver,
      table: this.#table,
      isUnwatched: () => this.#isUnwatched(),
    });
    const naming = NAMING.map((controller) => layout.get(controller)).find(Boolean);
    this.#tree = new CgroupTree(naming?.mountpoint ?? '', this.#watch);
  }

  /** The containers that are known, by key. */
  get containers(): ReadonlyMap<string, Container> {
    return this.#table.known;
  }

  #open(): NativeWatch | null {
    try {
      return new native.Watch(() => this.#events.add('events', this.#queue.now() + EVENT_DELAY_MS));
    } catch (err) {
      const hint = 'raise fs.inotify.max_user_instances';
      this.#log.warn({ err, hint }, 'cannot watch cgroups: only regular scans find containers');
      return null;
    }
  }

  /** Finds all containers before it returns, and watches from then on. */
  start(): void {
    const unlisted = [this.#tree.top];
    for (let next = unlisted.pop(); next; next = unlisted.pop()) {
      unlisted.push(...this.#compare(next));
    }
    this.#rescan.first();
  }

  /** Lists all directories and scans all tasks again, in slices. */
  #checkAll(): void {
    const now = this.#queue.now();
    for (const directory of this.#tree.below()) this.#lists.add(directory, now);
    this.#rescan.beginAll();
  }

  close(): void {
    this.#queue.close();
    this.#watch?.close();
  }

  /** Whether some cgroups are not watched. The first time, it logs a warning. */
  #isUnwatched(): boolean {
    const { watchError: errno, size } = this.#tree;
    if (errno !== 0 && !this.#warned) {
      this.#warned = true;
      const hint = 'raise fs.inotify.max_user_watches';
      this.#log.warn({ errno, size, hint }, 'cannot watch all cgroups: scans cover the others');
    }
    return this.#watch === null || errno !== 0;
  }

  #readEvents(): void {
    const events = this.#watch?.take() ?? [];
    const now = this.#queue.now();
    for (let i = 0; i < events.length; i += 2) {
      const [kind, number = 0] = [events[i], events[i + 1]];
      const directory = this.#tree.at(number);
      if (kind === WatchEvent.lost) this.#checkAll();
      else if (kind === WatchEvent.ended) this.#table.ended(number);
      else if (directory && kind === WatchEvent.children) this.#lists.add(directory, now);
      else if (directory) this.#changed(directory, now);
    }
  }

  #changed(directory: Directory, now: number): void {
    // Processes of the root cgroup are not in a container.
    if (directory.path === '') return;
    this.#members.changed(directory, now);
    this.#resolved.delete(directory);
    this.#table.checkAt(directory.key, now);
  }

  /** Lists the sub-directories of a directory. Returns those that are new, which are to be listed too. */
  #compare(directory: Directory): readonly Directory[] {
    this.#lists.delete(directory);
    if (!this.#tree.has(directory)) return [];
    const { appeared, vanished } = this.#tree.compare(directory);
    const now = this.#queue.now();
    for (const each of appeared) {
      this.#lists.add(each, now);
      this.#changed(each, now);
    }
    for (const each of vanished) {
      this.#members.forget(each);
      this.#table.removed(each.key);
    }
    return appeared;
  }

  /** The cgroup of a container that is gone may hold another container: its creator can start the next one there. */
  #checkDirectory({ key }: Container): void {
    const directory = this.#tree.of(key);
    if (directory) this.#members.changed(directory, this.#queue.now());
  }

  /** Resolves the processes in a cgroup. Pid namespaces whose container is certain are resolved only once. */
  #resolveMembers(directory: Directory, now: number): void {
    const resolved = this.#resolved.get(directory) ?? new Set<string>();
    const found = containersIn(this.#resolver, this.#tree.absolute(directory), resolved);
    for (const { namespace, container } of found) {
      if (container) this.#table.seen(container, now);
      if (!container || this.#table.known.has(container.key)) resolved.add(namespace);
    }
    this.#resolved.set(directory, resolved);
    // A process that stays in the cgroup of a known container is a process of that container.
    if (this.#table.known.has(directory.key)) this.#members.forget(directory);
  }
}
