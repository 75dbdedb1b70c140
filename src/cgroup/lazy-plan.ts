/**
 * Files of a container that are planned when they are first used.
 * @module
 */
import type { NativeSources } from '../native/sources.ts';
import { type ReadingOf, ReadPlan } from './read-plan.ts';

/** A plan with its files open. */
export interface OpenPlan<Reader> {
  readonly reader: Reader;
  /** The numbers of the files, NaN until they are sampled. */
  readonly values: Float64Array;
  readonly sources: NativeSources;
}

/** Most containers read one or two views: their first read must not plan the files of all views. */
export class LazyPlan<Reader> {
  readonly #plan: (plan: ReadPlan) => Reader;
  #open: OpenPlan<Reader> | null = null;

  /** @param plan adds the files to a plan and returns their reader; it must have no other effect */
  constructor(plan: (plan: ReadPlan) => Reader) {
    this.#plan = plan;
  }

  get(): OpenPlan<Reader> {
    this.#open ??= this.#first();
    return this.#open;
  }

  /** Null before the first `get`. */
  get opened(): OpenPlan<Reader> | null {
    return this.#open;
  }

  #first(): OpenPlan<Reader> {
    const plan = new ReadPlan();
    const reader = this.#plan(plan);
    return { reader, ...plan.open() };
  }

  /** Finds what was last read into a slot. For `explain` only: it plans the files a second time. */
  get readingOf(): ReadingOf {
    const plan = new ReadPlan();
    this.#plan(plan);
    const { values } = this.get();
    return (slot) => plan.reading(slot, values);
  }

  close(): void {
    this.#open?.sources.close();
  }
}
