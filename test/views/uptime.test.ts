import t from 'tap';
import type { CpuTimesSample } from '../../src/sampling/sample.ts';
import { stat } from '../../src/views/stat.ts';
import { uptime } from '../../src/views/uptime.ts';
import { render, sample } from './samples.ts';

const own = (times: Partial<CpuTimesSample>): string => render(uptime, sample({ times }));

t.test('two decimals, always', async (t) => {
  const of = (us: number) => own({ uptime: us, idle: () => us });
  t.equal(of(0), '0.00 0.00\n');
  t.equal(of(9_999), '0.00 0.00\n');
  t.equal(of(10_000), '0.01 0.01\n');
  t.equal(of(1_000_000), '1.00 1.00\n');
  t.equal(of(3_507_354_790_000), '3507354.79 3507354.79\n');
  t.equal(of(-5_000_000).split(' ')[0], '0.00', 'a clock that went back');
});

t.test('centuries, and where doubles end', async (t) => {
  t.equal(own({ uptime: 2 ** 53, idle: () => 2 ** 53 }), '9007199254.74 9007199254.74\n');
  t.match(
    own({ uptime: 2 ** 63, count: 1024, everShown: 1024, idle: () => 2 ** 63 }),
    /^\d+\.\d\d \d+\.\d\d\n$/,
  );
});

t.test('idle is that of the cpu line of stat, with the lost CPUs', async (t) => {
  const times = { count: 2, everShown: 3, idle: (cpu: number) => 15_009_999 + cpu * 4_000_000 };
  const [, idle = ''] = own(times).trim().split(' ');
  const line = /^cpu {2}\d+ \d+ \d+ (\d+)/.exec(render(stat, sample({ times })))?.[1];
  t.equal(idle, '57.00');
  t.equal(Number(idle) * 100, Number(line));
});
