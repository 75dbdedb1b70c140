/**
 * The kernel's load average: an exponential moving average in fixed point, advanced every 5 seconds.
 * include/linux/sched/loadavg.h, kernel/sched/loadavg.c.
 * @module
 */

const FSHIFT = 11;
const FIXED_1 = 1 << FSHIFT;

/** Half a hundredth. */
const ROUNDING = Math.floor(FIXED_1 / 200);

/** 1/exp(5s/1min), 1/exp(5s/5min), 1/exp(5s/15min) as fixed point. */
export const EXPONENTS = [1884, 2014, 2037] as const;

/** Microseconds between two ticks. */
export const LOAD_PERIOD = 5_000_000;

/**
 * a1 = a0 * e + a * (1 - e). Rounds up while the load rises, as the kernel does, else it would
 * never reach the number of tasks.
 * @param active fixed point
 */
export function calcLoad(load: number, exponent: number, active: number): number {
  const scaled = load * exponent + active * (FIXED_1 - exponent);
  const rounded = active >= load ? scaled + FIXED_1 - 1 : scaled;
  return Math.floor(rounded / FIXED_1);
}

/** x^n in fixed point, by squaring. */
function fixedPower(x: number, n: number): number {
  let result = FIXED_1;
  let base = x;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.floor((result * base + FIXED_1 / 2) / FIXED_1);
    base = Math.floor((base * base + FIXED_1 / 2) / FIXED_1);
  }
  return result;
}

/**
 * One average after `periods` ticks with the same number of active tasks (calc_load_n).
 * @param tasks runnable plus uninterruptible tasks
 */
export function advanceLoad(load: number, exponent: number, tasks: number, periods = 1): number {
  return calcLoad(load, fixedPower(exponent, periods), tasks * FIXED_1);
}

/** Whole part and hundredths of an average, rounded as /proc/loadavg rounds. */
export function loadParts(load: number): [whole: number, hundredths: number] {
  const rounded = load + ROUNDING;
  const whole = Math.floor(rounded / FIXED_1);
  return [whole, Math.floor(((rounded - whole * FIXED_1) * 100) / FIXED_1)];
}
