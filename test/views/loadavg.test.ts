import t from 'tap';
import { loadavg } from '../../src/views/loadavg.ts';
import { render, sample } from './samples.ts';

t.test('as the kernel prints it', async (t) => {
  const averages = [[0, 5] as const, [12, 0] as const, [1000, 99] as const];
  const load = { averages, running: 2, total: 31, lastPid: 4194303 };
  t.equal(render(loadavg, sample({ load })), '0.05 12.00 1000.99 2/31 4194303\n');
});
