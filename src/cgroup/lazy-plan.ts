/**
 * Files of a container that nobody may ever ask for.
 * @module
 */
import type { NativeSources } from '../native/sources.ts';
import { type Read, SlotPlan } from './read-plan.ts';

/** Who reads some files, the numbers in them, and the files. */
export interface Open<Reader> {
  readonly reader: Reader;
  readonly values: Float64Array;
  readonly sources: NativeSources;
}

/** Plans files at the first use: most containers only ever read one or two views, and wait for the first. */
export class OnDemand<Reader> {
  readonly #plan: (plan: SlotPlan) => Reader;
  #open: Open<Reader> | null = null;

  /** @param plan adds the files to a plan and returns who reads them; nothing else */
  constructor(plan: (plan: SlotPlan) => Reader) {
    this.#plan = plan;
  }

  get(): Open<Reader> {
    this.#open ??= this.#first();
    return this.#open;
  }

  /** Null if nobody has asked. */
  get opened(): Open<Reader> | null {
    return this.#open;
  }

  #first(): Open<Reader> {
    const plan = new SlotPlan();
    const reader = this.#plan(plan);
    return { reader, ...plan.open() };
  }

  /** Looks up what was read last. Only for `explain`: it plans anew. */
  get read(): Read {
    const plan = new SlotPlan();
    this.#plan(plan);
    const { values } = this.get();
    return (slot) => plan.reading(slot, values);
  }

  close(): void {
    this.#open?.sources.close();
  }
}
