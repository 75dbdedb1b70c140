/**
 * Timer ticks that an emulated machine lost because its host ran other processes; no column of its /proc/stat counts them.
 * With many lost ticks, the figures of busy CPUs are meaningless.
 * @module
 */
import { cpuTicks } from '../../e2e/helpers/proc-text.ts';
import { CPUS } from './size.ts';

/** State of a machine: seconds since boot, and its /proc/stat. */
export interface Moment {
  readonly at: number;
  readonly stat: string;
}

/** Sum of all columns, seconds. */
const shown = ({ stat }: Moment): number => (cpuTicks(stat)[0]?.all ?? 0) / 100;

/** Lost fraction of the time of CPUS busy CPUs. */
export function lostTime(from: Moment, to: Moment): number {
  const seconds = to.at - from.at;
  const cpus = cpuTicks(to.stat).length - 1;
  return (cpus * seconds - (shown(to) - shown(from))) / (CPUS * seconds);
}
