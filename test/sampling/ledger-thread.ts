/**
 * A thread that advances a ledger record as often as it can.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { native } from '../../src/native/addon.ts';
import { advanceTimes } from '../../src/sampling/cpu-times.ts';
import { Ledger } from '../../src/sampling/ledger.ts';

export interface ThreadOptions {
  readonly path: string;
  readonly key: number;
  readonly rounds: number;
}

export interface Report {
  /** Changes made, and those refused because another thread held the record. */
  done: number;
  refused: number;
  /** Counters that were lower than at this thread's last read. */
  backwards: number;
}

function run({ path, key, rounds }: ThreadOptions): Report {
  const entry = new Ledger(path, 2, 'boot', 'shared').entry(key, Number.NaN, native.bootTime());
  const report = { done: 0, refused: 0, backwards: 0 };
  let seen = new Float64Array(0);
  for (let round = 0; round < rounds; round++) {
    const now = native.bootTime();
    const usage = { kind: 'total', user: now * 0.9, nice: 0, system: now * 0.6 } as const;
    const ran = entry.update('cpu', ({ load, times }) => {
      const last = load.length - 1;
      const changes = load[last] ?? 0;
      advanceTimes(times, usage, [0, 1], 1 + (round % 2), now);
      for (const [at, before] of seen.entries()) {
        // The first words are the clock and the base of the next step.
        if (at >= 8 && (times[at] ?? 0) < before) report.backwards++;
      }
      seen = times.slice();
      load[last] = changes + 1;
    });
    if (ran) report.done++;
    else report.refused++;
  }
  return report;
}

parentPort?.postMessage(run(workerData as ThreadOptions));
