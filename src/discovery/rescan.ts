/**
 * Scans of tasks, now and then, for what no event tells: of those that have begun lately, and more seldom of all.
 * @module
 */
import type { Resolver } from '../containers/resolve.ts';
import type { Census } from './container-table.ts';
import { NewTasks } from './new-tasks.ts';
import { Scanner } from './scan.ts';

/** Milliseconds between two scans. */
const PERIOD = 60_000;

/** The same where cgroups cannot be watched; then each is of all tasks. */
const PERIOD_BLIND = 2_000;

/** Of so many scans one is of all tasks: that takes as long as there are many. */
const ALL = 10;

export class Scans {
  readonly #census: Census;
  readonly #isBlind: () => boolean;
  readonly #scanner: Scanner;
  readonly #newTasks: NewTasks;
  #scan: Generator<void> | null = null;
  #again = false;
  #at = 0;
  /** Scans until one is of all tasks. */
  #left = 0;

  /** @param isBlind whether there are cgroups that cannot be watched */
  constructor(resolver: Resolver, census: Census, isBlind: () => boolean) {
    this.#census = census;
    this.#isBlind = isBlind;
    this.#scanner = new Scanner(resolver, census.known);
    this.#newTasks = new NewTasks(resolver.proc);
  }

  /** The first: admits all containers that there are before it returns. */
  first(): void {
    this.#choose();
    for (const container of this.#scanner.scan()) if (container) this.#census.admit(container);
    this.#plan();
  }

  /** Looks at all tasks anew. A scan under way has passed some by already: it is followed by another. */
  beginAll(): void {
    this.#left = 0;
    this.#begin();
  }

  /** When there is something to do. */
  next(now: number): number {
    return this.#scan ? now : this.#at;
  }

  /** What there is to do, in small steps. */
  *steps(now: number): Generator<void> {
    if (now >= this.#at) this.#begin();
    while (this.#scan) {
      if (this.#scan.next().done) {
        this.#scan = this.#again ? this.#scanning() : null;
        this.#again = false;
      }
      yield;
    }
  }

  #begin(): void {
    this.#plan();
    if (this.#scan) this.#again = true;
    else this.#scan = this.#scanning();
  }

  #plan(): void {
    this.#at = performance.now() + (this.#isBlind() ? PERIOD_BLIND : PERIOD);
  }

  /** The tasks to look at; null: all. */
  #choose(): readonly number[] | null {
    const pids = this.#newTasks.take();
    const all = pids === null || this.#left === 0 || this.#isBlind();
    this.#left = all ? ALL - 1 : this.#left - 1;
    return all ? null : pids;
  }

  *#scanning(): Generator<void> {
    const pids = this.#choose();
    const seen = new Set<string>();
    for (const container of pids ? this.#scanner.scanThese(pids) : this.#scanner.scan()) {
      if (container) {
        this.#census.meet(container, performance.now());
        seen.add(container.key);
      }
      yield;
    }
    if (pids === null) this.#census.expect(seen, performance.now());
  }
}
