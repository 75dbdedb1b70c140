/**
 * Timer ticks that an emulated machine lost because its host ran something else: they are in no column of
 * its /proc/stat. Where many are lost, the figures of busy CPUs tell about the emulation.
 * @module
 */
import { cpuTicks } from '../../e2e/helpers/proc-text.ts';
import { CPUS } from './size.ts';

/** A moment of a whole machine: seconds since boot, and its /proc/stat. */
export interface Moment {
  readonly at: number;
  readonly stat: string;
}

/** Seconds that are in the columns of all CPUs. */
const shown = ({ stat }: Moment): number => (cpuTicks(stat)[0]?.all ?? 0) / 100;

/** Part of the time of CPUS busy CPUs that was lost between two moments. */
export function lostTime(from: Moment, to: Moment): number {
  const seconds = to.at - from.at;
  const cpus = cpuTicks(to.stat).length - 1;
  return (cpus * seconds - (shown(to) - shown(from))) / (CPUS * seconds);
}
