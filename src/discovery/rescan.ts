/**
 * Regular scans of tasks, for containers that no event reports: of new tasks, and every tenth time of all tasks.
 * @module
 */
import { maxAge } from '../base/max-age.ts';
import type { Resolver } from '../containers/resolve.ts';
import type { ContainerTable } from './container-table.ts';
import { NewTasks } from './new-tasks.ts';
import type { Jobs, WorkQueue } from './queue.ts';
import { Scanner } from './scan.ts';

/** Milliseconds between two scans. */
const SCAN_PERIOD_MS = maxAge.containers.us / 1000;

/** The same if some cgroups are not watched; then each scan is of all tasks. */
const UNWATCHED_SCAN_PERIOD_MS = maxAge.unwatchedContainers.us / 1000;

/** One scan of so many is of all tasks, which takes time in proportion to their number. */
const SCANS_PER_FULL_SCAN = 10;

export interface RescanOptions {
  readonly queue: WorkQueue;
  readonly resolver: Resolver;
  readonly table: ContainerTable;
  /** Whether some cgroups are not watched. */
  isUnwatched(): boolean;
}

export class Rescan {
  readonly #queue: WorkQueue;
  readonly #table: ContainerTable;
  readonly #isUnwatched: () => boolean;
  readonly #scanner: Scanner;
  readonly #newTasks: NewTasks;
  readonly #jobs: Jobs<'scan'>;
  #scan: Generator<void> | null = null;
  /** Whether another scan follows the one that runs. */
  #again = false;
  /** When the next scan is due. */
  #at = 0;
  #scansUntilFull = 0;

  constructor({ queue, resolver, table, isUnwatched }: RescanOptions) {
    this.#queue = queue;
    this.#table = table;
    this.#isUnwatched = isUnwatched;
    this.#scanner = new Scanner(resolver, table.known);
    this.#newTasks = new NewTasks(resolver.proc);
    this.#jobs = queue.jobs((_, now) => this.#run(now));
  }

  /** Adds all containers to the table before it returns, and plans the next scan. */
  first(): void {
    this.#choose();
    for (const container of this.#scanner.scan()) if (container) this.#table.add(container);
    this.#plan();
    this.#jobs.add('scan', this.#at);
  }

  /** Scans all tasks. If a scan runs, another follows: the first has passed some tasks already. */
  beginAll(): void {
    this.#scansUntilFull = 0;
    this.#begin();
    this.#jobs.add('scan', this.#queue.now());
  }

  /** One step of a scan: a scan takes as many jobs as there are tasks. */
  #run(now: number): void {
    if (now >= this.#at) this.#begin();
    try {
      if (this.#scan?.next().done) {
        this.#scan = this.#again ? this.#scanning() : null;
        this.#again = false;
      }
    } finally {
      this.#jobs.add('scan', this.#scan ? now : this.#at);
    }
  }

  #begin(): void {
    this.#plan();
    if (this.#scan) this.#again = true;
    else this.#scan = this.#scanning();
  }

  #plan(): void {
    this.#at =
      this.#queue.now() + (this.#isUnwatched() ? UNWATCHED_SCAN_PERIOD_MS : SCAN_PERIOD_MS);
  }

  /** The tasks to scan; null: all. */
  #choose(): readonly number[] | null {
    const pids = this.#newTasks.next();
    const all = pids === null || this.#scansUntilFull === 0 || this.#isUnwatched();
    this.#scansUntilFull = all ? SCANS_PER_FULL_SCAN - 1 : this.#scansUntilFull - 1;
    return all ? null : pids;
  }

  *#scanning(): Generator<void> {
    const pids = this.#choose();
    const found = new Set<string>();
    for (const container of pids ? this.#scanner.scanThese(pids) : this.#scanner.scan()) {
      if (container) {
        this.#table.seen(container, this.#queue.now());
        found.add(container.key);
      }
      yield;
    }
    if (pids === null) this.#table.checkOthers(found, this.#queue.now());
  }
}
