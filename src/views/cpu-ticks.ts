/**
 * CPU times in the unit of /proc files: ticks of USER_HZ, 100 a second.
 * @module
 */

/** Microseconds in a tick. */
const TICK = 10_000;

export const ticks = (us: number): number => Math.floor(us / TICK);

/** Sum of the ticks that the CPUs' lines print: the sum line must match them exactly. */
export function sumTicks(of: (cpu: number) => number, cpus: number): number {
  let all = 0;
  for (let i = 0; i < cpus; i++) all += ticks(of(i));
  return all;
}
