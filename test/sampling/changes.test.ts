import t from 'tap';
import { Changes } from '../../src/sampling/changes.ts';

t.test('an unknown number that stays unknown has not changed', async (t) => {
  const values = new Float64Array([1, Number.NaN, 3, 4]);
  const changes = new Changes(values, 1, 3);
  t.notOk(changes.any());
  values[0] = 9;
  values[3] = 9;
  t.notOk(changes.any(), 'others count for nothing');
  for (const [at, value] of [
    [1, 0],
    [1, Number.NaN],
    [2, Infinity],
  ] as const) {
    values[at] = value;
    t.ok(changes.any());
    t.notOk(changes.any(), 'only once');
  }
});
