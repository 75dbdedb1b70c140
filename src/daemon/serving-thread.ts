/**
 * A serving thread, as the main thread sees it. It is started before there is anything to serve: what it takes to
 * load its modules is time in which the main thread loads its own, and mounts.
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/schema.ts';
import type { Assignment, Gate } from '../serving/messages.ts';

/** What a read leaves behind dies at once: more room for it is only memory that is touched. */
const YOUNG_MB = 2;

export class ServingThread {
  readonly worker: Worker;
  readonly #gate: Gate = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    this.worker = new Worker(new URL('../serving/worker.js', import.meta.url), {
      workerData: this.#gate,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    // One that waits for a session does not keep the process from ending.
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

/** Starts one before it is known what it will serve, or whether. */
export function startEarly(): void {
  early = new ServingThread();
}

/** As many as serve by this configuration. */
export function startThreads({ workers }: Config): ServingThread[] {
  const first = early ?? new ServingThread();
  early = null;
  return [first, ...Array.from({ length: workers - 1 }, () => new ServingThread())];
}
