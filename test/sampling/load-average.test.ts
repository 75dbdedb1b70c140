import fs from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { advanceLoad, calcLoad, EXPONENTS, loadParts } from '../../src/sampling/load-average.ts';

const FIXED_1 = 2048;

/** include/linux/sched/loadavg.h, calc_load(), in the kernel's own integers. */
function kernelCalcLoad(load: bigint, exp: bigint, active: bigint): bigint {
  let newload = load * exp + active * (2048n - exp);
  if (active >= load) newload += 2047n;
  return newload / 2048n;
}

/** So many periods, one after the other. */
function kernelLoad(load: number, exponent: number, tasks: number, periods: number): number {
  let average = BigInt(load);
  for (let period = 0; period < periods; period++) {
    average = kernelCalcLoad(average, BigInt(exponent), BigInt(tasks) * 2048n);
  }
  return Number(average);
}

/** LOAD_INT, LOAD_FRAC of fs/proc/loadavg.c. */
function kernelPrint(load: number): string {
  const x = BigInt(load) + 2048n / 200n;
  return `${x >> 11n}.${String(((x & 2047n) * 100n) >> 11n).padStart(2, '0')}`;
}

const print = (load: number): string => {
  const [whole, hundredths] = loadParts(load);
  return `${whole}.${String(hundredths).padStart(2, '0')}`;
};

/** PID_MAX_LIMIT. */
const tasks = fc.oneof(fc.nat(16), fc.nat(4 << 20));
const loads = fc.oneof(fc.nat(64 * FIXED_1), fc.nat((4 << 20) * FIXED_1));
const exponents = fc.constantFrom(...EXPONENTS);

t.test('one task for a minute, from rest', async (t) => {
  let load = 0;
  for (let tick = 0; tick < 12; tick++) load = advanceLoad(load, EXPONENTS[0], 1);
  t.equal(print(load), '0.63', '1 - 1/e, as on any machine');
});

t.test("as the kernel's own formula", async () => {
  const periods = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 200 }));
  fc.assert(
    fc.property(loads, exponents, tasks, periods, (load, exponent, active, n) => {
      return advanceLoad(load, exponent, active, n) === kernelLoad(load, exponent, active, n);
    }),
    { numRuns: 3000 },
  );
});

t.test('one period is one step', async () => {
  fc.assert(
    fc.property(loads, exponents, tasks, (load, exponent, active) => {
      return advanceLoad(load, exponent, active) === calcLoad(load, exponent, active * FIXED_1);
    }),
  );
});

t.test("printed as the kernel prints it, in the host's format", async (t) => {
  fc.assert(
    fc.property(loads, (load) => print(load) === kernelPrint(load)),
    { numRuns: 3000 },
  );
  t.match(fs.readFileSync('/proc/loadavg', 'latin1').split(' ')[0], /^\d+\.\d\d$/);
  t.equal(print(FIXED_1), '1.00');
  t.equal(print(FIXED_1 - 1), '1.00', 'rounded');
});

t.test('never below 0, never above the highest number of tasks', async () => {
  const history = fc.array(fc.tuple(tasks, fc.integer({ min: 1, max: 50 })), { maxLength: 60 });
  fc.assert(
    fc.property(exponents, history, (exponent, ticks) => {
      let load = 0;
      let most = 0;
      return ticks.every(([active, periods]) => {
        most = Math.max(most, active);
        load = advanceLoad(load, exponent, active, periods);
        return Number.isSafeInteger(load) && load >= 0 && load <= most * FIXED_1;
      });
    }),
    { numRuns: 1000 },
  );
});

t.test('converges to the number of tasks, from below and from above', async (t) => {
  fc.assert(
    fc.property(exponents, fc.nat(300), fc.nat(300), (exponent, before, active) => {
      let load = before * FIXED_1;
      for (let tick = 0; tick < 4000; tick++) load = advanceLoad(load, exponent, active);
      return load === active * FIXED_1;
    }),
  );
  t.pass();
});

t.test('after a long pause of the daemon the load is the current one', async (t) => {
  t.equal(advanceLoad(50 * FIXED_1, EXPONENTS[2], 2, 1_000_000), 2 * FIXED_1);
});
