import t from 'tap';
import { LazyPlan } from '../../src/cgroup/lazy-plan.ts';
import type { ReadPlan } from '../../src/cgroup/read-plan.ts';
import { SourceKind } from '../../src/native/sources.ts';

t.test('files are planned once, when they are first used', async (t) => {
  const root = t.testdir({ c: { file: '42\n' } });
  let planned = 0;
  const files = new LazyPlan((plan: ReadPlan) => {
    planned++;
    return plan.add({ root, path: 'c/file', kind: SourceKind.scalar, group: 1 }).slot;
  });
  files.close();
  t.equal(files.opened, null);
  t.equal(planned, 0);
  const { reader: slot, values, sources } = files.get();
  sources.sample(1);
  t.equal(values[slot], 42);
  t.equal(files.get(), files.opened, 'the same files from then on');
  t.equal(planned, 1);
  t.same(files.readingOf(slot), { cgroup: '/c', file: 'file', value: 42 });
  files.close();
  sources.sample(1);
  t.ok(Number.isNaN(values[slot]), 'closed');
});
