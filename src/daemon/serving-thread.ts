/**
 * A serving thread, as the main thread sees it. It starts before there is a session, so that it loads its modules while
 * the main thread loads its own and mounts.
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/schema.ts';
import type { Assignment, Gate } from '../serving/messages.ts';

/** Objects of one read die at once: a larger young generation would only touch more memory. */
const YOUNG_MB = 2;

export class ServingThread {
  readonly worker: Worker;
  readonly #gate: Gate = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    this.worker = new Worker(new URL('../serving/worker.js', import.meta.url), {
      workerData: this.#gate,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    // A thread that waits for a session does not keep the process from exiting.
    this.worker.unref();
  }

  /** Lets it serve. */
  serve(assignment: Assignment): void {
    this.worker.ref();
    this.worker.postMessage(assignment);
    Atomics.store(this.#gate, 0, 1);
    Atomics.notify(this.#gate, 0);
  }
}

let early: ServingThread | null = null;

/** Starts one thread before the configuration is read. {@link startThreads} uses it. */
export function startEarly(): void {
  early = new ServingThread();
}

/** As many threads as the configuration has workers. */
export function startThreads({ workers }: Config): ServingThread[] {
  const first = early ?? new ServingThread();
  early = null;
  return [first, ...Array.from({ length: workers - 1 }, () => new ServingThread())];
}
