/**
 * A container's load, from the ledger record that the main thread updates.
 * @module
 */
import { native } from '../native/addon.ts';
import { type LedgerEntry, Load } from './ledger.ts';
import { advanceAverages, loadParts, loadPeriod, samplesDue } from './load-average.ts';
import type { LoadSample } from './sample.ts';

/** Microseconds between two samples. */
export const LOAD_PERIOD = loadPeriod(native.clockTick());

const AVERAGES = [Load.average1, Load.average5, Load.average15] as const;

/**
 * Advances the load part of a record to the last sample of all containers, if none of its tasks ran or waited since
 * its own last sample. Such a record is not written at each sample.
 * @param lastSampled Ledger.lastSampled
 */
export function advanceIdle(load: Float64Array, lastSampled: number): void {
  const tick = load[Load.tick] ?? 0;
  const tasks = (load[Load.running] ?? 0) + (load[Load.blocked] ?? 0);
  if (tasks > 0 || tick === 0 || tick >= lastSampled) return;
  const averages = load.subarray(Load.average1, Load.average15 + 1);
  advanceAverages(averages, 0, samplesDue(tick, lastSampled, LOAD_PERIOD));
  load[Load.tick] = lastSampled;
}

/**
 * Null if the record belongs to another container now.
 * @param tasks pids.current; NaN or undefined: the number counted at the last tick
 */
export function loadSample(entry: LedgerEntry, tasks: number | undefined): LoadSample | null {
  let sample: LoadSample | null = null;
  entry.peek((record) => {
    const load = record.load.slice();
    advanceIdle(load, entry.lastSampled);
    const total = tasks && tasks > 0 ? tasks : (load[Load.total] ?? 0);
    sample = {
      averages: AVERAGES.map((at) => loadParts(load[at] ?? 0)),
      // The reader is running as well; when the tasks were counted it was usually asleep.
      running: Math.max(1, Math.min((load[Load.running] ?? 0) + 1, total)),
      blocked: load[Load.blocked] ?? 0,
      total: Math.max(1, total),
      lastPid: Math.max(1, load[Load.lastPid] ?? 0),
    };
  });
  return sample;
}
