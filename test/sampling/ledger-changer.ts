/**
 * A thread that loses its CPU in the middle of a change.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Ledger } from '../../src/sampling/ledger.ts';

export interface ChangerOptions {
  readonly path: string;
  readonly key: number;
  /** Milliseconds for which it pauses. */
  readonly pause: number;
  /** What it writes first, and in the end, to the first word of each section. */
  readonly values: readonly [number, number];
}

const { path, key, pause, values } = workerData as ChangerOptions;
const entry = new Ledger(path, 2, 'boot', 'shared').entry(key, Number.NaN, 9);
const [first, last] = values;
entry.update('disks', ({ disks }) => {
  disks[0] = first;
  parentPort?.postMessage('changes');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  disks[0] = last;
});
