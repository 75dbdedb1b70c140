import fc from 'fast-check';
import t from 'tap';
import { Ledger, Load } from '../../src/sampling/ledger.ts';
import { LOAD_LENGTH } from '../../src/sampling/ledger-shape.ts';
import { advanceIdle, LOAD_PERIOD, loadSample } from '../../src/sampling/load-sample.ts';

const MINUTE = 60_000_000;

/** A record whose tasks slept at its last tick. */
function slept(tick: number, averages: readonly number[]): Float64Array {
  const load = new Float64Array(LOAD_LENGTH);
  load.set(averages, Load.average1);
  load[Load.tick] = tick;
  return load;
}

const average = fc.nat({ max: 2048 * 1000 });
const averages = fc.tuple(average, average, average);
const time = fc.integer({ min: 1, max: 3600 * 1_000_000 });

t.test('a falling load does not depend on how often it is read', async () => {
  fc.assert(
    fc.property(averages, time, fc.array(time, { maxLength: 20 }), (figures, start, waits) => {
      const [step, leap] = [slept(start, figures), slept(start, figures)];
      let now = start;
      for (const wait of waits) {
        now += wait;
        advanceIdle(step, now);
      }
      advanceIdle(leap, now);
      return Buffer.from(step.buffer).equals(Buffer.from(leap.buffer));
    }),
  );
});

t.test('a record that must not change', async (t) => {
  const cases: readonly (readonly [string, number, number])[] = [
    ['of one that was never counted', Load.tick, 0],
    ['with a task that ran', Load.running, 1],
    ['with a task that waited', Load.blocked, 1],
  ];
  for (const [name, at, value] of cases) {
    const load = slept(MINUTE, [2048, 2048, 2048]);
    load[at] = value;
    const before = load.slice();
    advanceIdle(load, 2 * MINUTE);
    t.same(load, before, name);
  }
  const load = slept(2 * MINUTE, [2048, 2048, 2048]);
  advanceIdle(load, MINUTE);
  t.equal(load[Load.tick], 2 * MINUTE, 'by a sample before its own last one');
});

t.test('readers see it fall, also those of the next daemon', async (t) => {
  const path = `${t.testdir({})}/ledger`;
  const shown = (ledger: Ledger) => loadSample(ledger.entry(1, Number.NaN, MINUTE), 3)?.averages;
  const first = new Ledger(path, 8, 'boot', 'exclusive');
  first.entry(1, Number.NaN, MINUTE).update('cpu', ({ load }) => {
    load.set(slept(MINUTE, [2048, 2048, 2048]));
  });
  t.same(shown(first)?.[0], [1, 0]);
  first.lastSampled = MINUTE + 12 * LOAD_PERIOD;
  const after = [
    [0, 37],
    [0, 82],
    [0, 94],
  ];
  t.same(shown(first), after, 'a minute later: exp(-1), exp(-1/5), exp(-1/15)');
  t.same(shown(new Ledger(path, 8, 'boot', 'shared')), after);
  t.equal(new Ledger(path, 8, 'another boot', 'private').lastSampled, 0, 'not of another boot');
});
