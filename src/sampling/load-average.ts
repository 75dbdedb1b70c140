/**
 * The kernel's load average: an exponential moving average in fixed point, advanced every 5 seconds.
 * include/linux/sched/loadavg.h, kernel/sched/loadavg.c.
 * @module
 */
import { maxAge } from '../base/max-age.ts';

const FSHIFT = 11;
const FIXED_1 = 1 << FSHIFT;

/** Half a hundredth. */
const ROUNDING = Math.floor(FIXED_1 / 200);

/** 1/exp(5s/1min), 1/exp(5s/5min), 1/exp(5s/15min) as fixed point. */
export const EXPONENTS = [1884, 2014, 2037] as const;

/**
 * Microseconds after the kernel's own sample, which is taken about every 5 s since boot. A daemon that wakes up at
 * the same moment would be counted in each of them.
 */
const DELAY = 1_000_000;

/**
 * Microseconds between two samples, LOAD_FREQ: 5 s and a tick. With 5 s alone a task that runs every 5 s would be
 * counted always, or never.
 * @param tick length of the kernel's clock tick, microseconds
 */
export const loadPeriod = (tick: number): number => maxAge.loadAverages.us + tick;

/** Number of samples that are due after `from` and up to `to`, microseconds since boot. */
export const samplesDue = (from: number, to: number, period: number): number =>
  Math.floor((to - DELAY) / period) - Math.floor((from - DELAY) / period);

/** Microseconds from `now` (since boot) to the next sample. */
export const untilSample = (now: number, period: number): number => {
  const since = (now - DELAY) % period;
  return since < 0 ? -since : period - since;
};

/**
 * a1 = a0 * e + a * (1 - e). Rounds up while the load rises, as the kernel does: it would otherwise never reach the
 * number of tasks.
 * @param active fixed point
 */
export function calcLoad(load: number, exponent: number, active: number): number {
  const scaled = load * exponent + active * (FIXED_1 - exponent);
  const rounded = active >= load ? scaled + FIXED_1 - 1 : scaled;
  return Math.floor(rounded / FIXED_1);
}

/**
 * One average after `samples` of the same number of tasks, step by step. The kernel uses a power of the exponent
 * after an idle time (calc_load_n); its rounding errors would add up here.
 * @param tasks runnable plus uninterruptible tasks
 */
export function advanceLoad(load: number, exponent: number, tasks: number, samples = 1): number {
  let average = load;
  for (let sample = 0; sample < samples; sample++) {
    const next = calcLoad(average, exponent, tasks * FIXED_1);
    if (next === average) break;
    average = next;
  }
  return average;
}

/**
 * Advances the three averages by as many samples, all of the same number of tasks.
 * @param averages 1, 5 and 15 minutes, in fixed point
 * @param tasks runnable plus uninterruptible tasks
 */
export function advanceAverages(averages: Float64Array, tasks: number, samples: number): void {
  // The usual case, of most containers.
  if (tasks === 0 && averages.every((each) => each === 0)) return;
  for (const [i, exponent] of EXPONENTS.entries()) {
    averages[i] = advanceLoad(averages[i] ?? 0, exponent, tasks, samples);
  }
}

/** Whole part and hundredths of an average, rounded as in /proc/loadavg. */
export function loadParts(load: number): [whole: number, hundredths: number] {
  const rounded = load + ROUNDING;
  const whole = Math.floor(rounded / FIXED_1);
  return [whole, Math.floor(((rounded - whole * FIXED_1) * 100) / FIXED_1)];
}
