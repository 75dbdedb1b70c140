import t from 'tap';
import { isolated } from '../../src/switches/truth.ts';

const BOTH = [false, true];

t.test('all four must say yes', async (t) => {
  for (const host of BOTH)
    for (const container of BOTH)
      for (const feature of BOTH)
        for (const inContainer of BOTH) {
          const row = { host, container, feature, inContainer };
          const all = host && container && feature && inContainer;
          t.equal(isolated(row), all, JSON.stringify(row));
        }
});
