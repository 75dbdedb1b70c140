/**
 * A container's load as the sampler on the main thread left it in the ledger.
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
 * Brings the load part of a record forward to the last look at all containers, if its tasks have slept since its own
 * last tick: then it was left alone.
 * @param looked Ledger.looked
 */
export function bringForward(load: Float64Array, looked: number): void {
  const tick = load[Load.tick] ?? 0;
  const tasks = (load[Load.running] ?? 0) + (load[Load.blocked] ?? 0);
  if (tasks > 0 || tick === 0 || tick >= looked) return;
  const averages = load.subarray(Load.average1, Load.average15 + 1);
  advanceAverages(averages, 0, samplesDue(tick, looked, LOAD_PERIOD));
  load[Load.tick] = looked;
}

/**
 * Null if the record is another container's by now.
 * @param tasks pids.current; NaN or undefined: the number counted at the last tick
 */
export function loadSample(entry: LedgerEntry, tasks: number | undefined): LoadSample | null {
  let sample: LoadSample | null = null;
  entry.look((record) => {
    const load = record.load.slice();
    bringForward(load, entry.looked);
    const total = tasks && tasks > 0 ? tasks : (load[Load.total] ?? 0);
    sample = {
      averages: AVERAGES.map((at) => loadParts(load[at] ?? 0)),
      // Whoever reads this is running as well; it slept, as a rule, when the others were counted.
      running: Math.max(1, Math.min((load[Load.running] ?? 0) + 1, total)),
      blocked: load[Load.blocked] ?? 0,
      total: Math.max(1, total),
      lastPid: Math.max(1, load[Load.lastPid] ?? 0),
    };
  });
  return sample;
}
