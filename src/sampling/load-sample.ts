/**
 * A container's load as the sampler on the main thread left it in the ledger.
 * @module
 */
import { type LedgerEntry, Load } from './ledger.ts';
import { loadParts } from './load-average.ts';
import type { LoadSample } from './sample.ts';

/**
 * Null if the record is another container's by now.
 * @param tasks pids.current; NaN or undefined: the number counted at the last tick
 */
export function loadSample(entry: LedgerEntry, tasks: number | undefined): LoadSample | null {
  let sample: LoadSample | null = null;
  entry.look(({ load }) => {
    const total = tasks && tasks > 0 ? tasks : (load[Load.total] ?? 0);
    sample = {
      averages: [Load.average1, Load.average5, Load.average15].map((at) =>
        loadParts(load[at] ?? 0),
      ),
      // Whoever reads this is running as well; it slept, as a rule, when the others were counted.
      running: Math.max(1, Math.min((load[Load.running] ?? 0) + 1, total)),
      blocked: load[Load.blocked] ?? 0,
      total: Math.max(1, total),
      lastPid: Math.max(1, load[Load.lastPid] ?? 0),
    };
  });
  return sample;
}
