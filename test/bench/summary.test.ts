import t from 'tap';
import type { Measurement } from '../../bench/reads/rounds.ts';
import { compare, spread, summarize } from '../../bench/reads/summary.ts';

function measured(round: number, target: string, perSecond: number): Measurement {
  return {
    ...{ round, target, perSecond, mode: 'pinned', threads: 1, cats: 10, seconds: 1 },
    ...{ p50: 1, p99: 2, max: 3, bytes: 100, errors: round, empty: 0, short: 0, error: '' },
    ...{ cpu: 5, serverCpu: Number.NaN, readerCpu: 0.5, rss: 1, otherCpus: 0 },
  };
}

t.test('spread is the median between the extremes', async (t) => {
  t.strictSame(spread([3, 1, 2]), { median: 2, min: 1, max: 3 });
  t.strictSame(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  t.strictSame(spread([Number.NaN, 7]), { median: 7, min: 7, max: 7 });
});

t.test('spread of nothing is unknown', async (t) => {
  t.strictSame(Object.values(spread([])), [Number.NaN, Number.NaN, Number.NaN]);
});

t.test('ratios are taken within a round, not between medians', async (t) => {
  const all = [
    ...[measured(0, 'a', 10), measured(0, 'b', 5)],
    ...[measured(1, 'a', 100), measured(1, 'b', 100)],
    ...[measured(2, 'a', 30), measured(2, 'b', 10)],
  ];
  const [ratio] = compare(all, 'a', 'b');
  t.strictSame(ratio?.perSecond, { median: 2, min: 1, max: 3 });
  t.equal(ratio?.pair, 'a / b');
  t.strictSame(compare(all, 'a', 'absent'), []);
});

t.test('failures add up over the rounds', async (t) => {
  const [row] = summarize([measured(0, 'a', 10), measured(1, 'a', 20), measured(2, 'a', 30)]);
  t.equal(row?.errors, 3);
  t.equal(row?.perSecond.median, 20);
});
