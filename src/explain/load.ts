/**
 * Explains load averages and numbers of tasks.
 * @module
 */
import type { Explain, Explainers } from './subject.ts';

const averages: Explain = ({ hasLedger, trace: { load } }) => {
  const counted = `${load.running} running and ${load.blocked} blocked tasks at the last count`;
  return hasLedger
    ? `from the ledger, updated every 5 s: ${counted}`
    : `no daemon has counted tasks yet: ${counted}`;
};

const running: Explain = ({ trace: { load }, sample }) =>
  `min(${load.running} in state R at the last count + the reader, total ${sample.load.total})`;

const total: Explain = ({ trace: { pids } }) =>
  pids && !Number.isNaN(pids.value) ? `${pids.file} ${pids.value} of ${pids.cgroup}` : null;

export const loadExplainers: Explainers = {
  'load.averages': averages,
  'load.running': running,
  'load.blocked': () => 'tasks in state D at the last count',
  'load.total': total,
};
