import fc from 'fast-check';
import t from 'tap';
import { advanceCounter, COUNTER_SIZE, shownBy } from '../../src/sampling/counters.ts';

const SECOND = 1_000_000;

/** One counter and what it shows after each figure, a second apart. */
function shown(...figures: readonly number[]): number[] {
  const record = new Float64Array(COUNTER_SIZE);
  return figures.map((figure, i) => {
    advanceCounter(record, 0, figure, (i + 1) * SECOND);
    return shownBy(record, 0);
  });
}

t.test("shows the kernel's count", async (t) => {
  t.same(shown(5, 5, 9), [5, 5, 9]);
});

t.test('a figure that is lost or falls does not lower the counter', async (t) => {
  t.same(shown(100, Number.NaN, 100, 110), [100, 100, 100, 110], 'a file that was switched off');
  t.same(shown(100, Infinity, 110), [100, 100, 110], 'a counter that the kernel let fall below 0');
  t.same(shown(100, 60, 70), [100, 100, 110], 'a sub-cgroup was removed');
  t.same(shown(100, 0, 0, 3), [100, 100, 100, 103], 'a device came back');
});

t.test('an older figure of a slower thread is not counted as a loss', async (t) => {
  const record = new Float64Array(COUNTER_SIZE);
  for (const [figure, at] of [
    [100, 1000],
    [90, 1001],
    [101, 1002],
  ] as const)
    advanceCounter(record, 0, figure, at);
  t.equal(shownBy(record, 0), 101);
});

t.test('counters in a row are independent', async (t) => {
  const record = new Float64Array(3 * COUNTER_SIZE);
  advanceCounter(record, 1, 7, SECOND);
  t.same(
    [0, 1, 2].map((index) => shownBy(record, index)),
    [0, 7, 0],
  );
});

/** Small ones, and those where doubles and unsigned integers of 64 bits end. */
const figures = fc.oneof(
  fc.nat(1000),
  fc.constantFrom(Number.NaN, Infinity, 0, 2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, 2 ** 63, 2 ** 64),
  fc.double({ min: 0, max: 2 ** 64, noNaN: true }),
);

t.test('never decreases, never shows more than was counted', async (t) => {
  const steps = fc.array(fc.record({ figure: figures, after: fc.nat(200_000) }));
  fc.assert(
    fc.property(steps, (all) => {
      const record = new Float64Array(COUNTER_SIZE);
      let [now, counted, last] = [SECOND, 0, 0];
      for (const { figure, after } of all) {
        const before = shownBy(record, 0);
        now += after;
        advanceCounter(record, 0, figure, now);
        if (Number.isFinite(figure)) counted += Math.max(0, figure - last);
        if (Number.isFinite(figure)) last = figure;
        const shows = shownBy(record, 0);
        if (!(shows >= before && shows <= counted)) return false;
      }
      return true;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
