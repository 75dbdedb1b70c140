/**
 * Notices containers that come and go: the cgroup tree is watched, processes in cgroups that change are
 * asked which container they are of, and the first process of each container is watched to its end.
 * Runs on the main thread, in turns that are short whatever happens out there.
 * @module
 */

import type { Logger } from '../base/log.ts';
import type { CgroupLayout } from '../cgroup/layout.ts';
import type { Container } from '../containers/container.ts';
import { NAMING, type Resolver } from '../containers/resolve.ts';
import { native } from '../native/addon.ts';
import { type NativeWatch, WatchEvent } from '../native/watch.ts';
import { Looks } from './backoff.ts';
import { CgroupTree, type Directory } from './cgroup-tree.ts';
import { Census } from './container-table.ts';
import { Scans } from './rescan.ts';
import { answersIn } from './scan.ts';
import { Turns } from './work-loop.ts';

/** Milliseconds after the first event before events are taken: those of one start come together. */
const GATHER = 5;

export interface WatcherOptions {
  readonly resolver: Resolver;
  readonly layout: CgroupLayout;
  readonly log: Logger;
  /** Called for every container that was not known, and again when one lives on with another first process. */
  found(container: Container): void;
  /** Called when the last process of a known one has ended, or left its cgroups. */
  gone(container: Container): void;
}

export class Watcher {
  readonly #resolver: Resolver;
  readonly #log: Logger;
  readonly #watch: NativeWatch | null;
  readonly #tree: CgroupTree;
  readonly #census: Census;
  readonly #scans: Scans;
  readonly #looks = new Looks<Directory>();
  /** Pid namespaces in a cgroup that have told whose they are, since it changed. */
  readonly #final = new WeakMap<Directory, Set<string>>();
  readonly #unlisted = new Set<Directory>();
  readonly #turns = new Turns({
    kinds: (now) => this.#kinds(now),
    next: (now) => this.#next(now),
    failed: (err) => this.#log.error({ err }, 'looking for containers failed, going on'),
  });
  #warned = false;
  #told = false;

  constructor({ resolver, layout, log, found, gone }: WatcherOptions) {
    this.#resolver = resolver;
    this.#log = log;
    this.#watch = this.#open();
    this.#census = new Census({
      resolver,
      layout,
      watch: this.#watch,
      found,
      gone: (container) => {
        this.#lookAgain(container);
        gone(container);
      },
    });
    this.#scans = new Scans(resolver, this.#census, () => this.#isBlind());
    const naming = NAMING.map((controller) => layout.get(controller)).find(Boolean);
    this.#tree = new CgroupTree(naming?.mountpoint ?? '', this.#watch);
  }

  /** The containers that are known, by key. */
  get containers(): ReadonlyMap<string, Container> {
    return this.#census.known;
  }

  #open(): NativeWatch | null {
    try {
      return new native.Watch(() => {
        this.#told = true;
        this.#turns.wakeIn(GATHER);
      });
    } catch (err) {
      const hint = 'raise fs.inotify.max_user_instances';
      this.#log.warn(
        { err, hint },
        'cgroups cannot be watched: containers are found by scans only',
      );
      return null;
    }
  }

  /** Finds all there are before it returns, and watches from then on. */
  start(): void {
    this.#unlisted.add(this.#tree.top);
    for (const directory of this.#unlisted) this.#compare(directory);
    this.#scans.first();
    this.#turns.wakeIn(0);
  }

  /** Looks at everything anew, in turns. */
  rescan(): void {
    for (const directory of this.#tree.below()) this.#unlisted.add(directory);
    this.#scans.beginAll();
    this.#turns.wakeIn(0);
  }

  close(): void {
    this.#turns.close();
    this.#watch?.close();
  }

  /** Whether not all cgroups are watched, which is said once. */
  #isBlind(): boolean {
    const { refused: errno, size } = this.#tree;
    if (errno !== 0 && !this.#warned) {
      this.#warned = true;
      const hint = 'raise fs.inotify.max_user_watches';
      this.#log.warn({ errno, size, hint }, 'not all cgroups are watched: the others are scanned');
    }
    return this.#watch === null || errno !== 0;
  }

  /** When there is something to do, as far as is known now. */
  #next(now: number): number {
    if (this.#unlisted.size > 0) return now;
    return Math.min(this.#looks.next(), this.#census.next(), this.#scans.next(now));
  }

  /** Takes what the kernel has told since the last turn. */
  #hear(): void {
    const events = this.#watch?.take() ?? [];
    this.#told = false;
    const now = performance.now();
    for (let i = 0; i < events.length; i += 2) {
      const [kind, number = 0] = [events[i], events[i + 1]];
      const directory = this.#tree.at(number);
      if (kind === WatchEvent.lost) this.rescan();
      else if (kind === WatchEvent.ended) this.#census.ended(number);
      else if (directory && kind === WatchEvent.children) this.#unlisted.add(directory);
      else if (directory) this.#changed(directory, now);
    }
  }

  #changed(directory: Directory, now: number): void {
    // The root cgroup is the host's.
    if (directory.path === '') return;
    this.#looks.changed(directory, now);
    this.#final.delete(directory);
    this.#census.doubt(directory.key, now);
  }

  #kinds(now: number): Generator<void>[] {
    if (this.#told) this.#hear();
    const known = this.#census.check(now);
    return [this.#listing(), known, this.#looking(now), this.#scans.steps(now)];
  }

  *#listing(): Generator<void> {
    for (const directory of this.#unlisted) yield this.#compare(directory);
  }

  *#looking(now: number): Generator<void> {
    for (const directory of this.#looks.due(now)) yield this.#look(directory, now);
  }

  #compare(directory: Directory): void {
    this.#unlisted.delete(directory);
    if (!this.#tree.has(directory)) return;
    const { appeared, vanished } = this.#tree.compare(directory);
    const now = performance.now();
    for (const each of appeared) {
      this.#unlisted.add(each);
      this.#changed(each, now);
    }
    for (const each of vanished) {
      this.#looks.forget(each);
      this.#census.removed(each.key);
    }
  }

  /** Where a container was there may be another of the same cgroup: who made one may make the next. */
  #lookAgain({ key }: Container): void {
    const directory = this.#tree.of(key);
    if (directory) this.#looks.changed(directory, performance.now());
  }

  /** Asks the processes in a cgroup; those of a namespace whose answer is final only once. */
  #look(directory: Directory, now: number): void {
    const final = this.#final.get(directory) ?? new Set<string>();
    const answers = answersIn(this.#resolver, this.#tree.absolute(directory), final);
    for (const { namespace, container } of answers) {
      if (container) this.#census.meet(container, now);
      if (!container || this.#census.known.has(container.key)) final.add(namespace);
    }
    this.#final.set(directory, final);
    // Whatever its processes do, as long as they stay here they are of the container that it names.
    if (this.#census.known.has(directory.key)) this.#looks.forget(directory);
  }
}
