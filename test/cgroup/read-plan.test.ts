import t from 'tap';
import { Group, ReadPlan } from '../../src/cgroup/read-plan.ts';
import { native } from '../../src/native/addon.ts';
import { SourceKind } from '../../src/native/sources.ts';

const { scalar, list, keyed, text } = SourceKind;

t.test('every source has slots of its own, unknown until sampled', async (t) => {
  const root = t.testdir({ a: '1\n', b: '2 3\n', c: 'x 4\ny 5\n', d: 'words\n' });
  const plan = new ReadPlan();
  const group = Group.io;
  const placed = [
    plan.add({ root, path: 'a', kind: scalar, group }),
    plan.add({ root, path: 'b', kind: list, count: 2, group }),
    plan.add({ root, path: 'c', kind: keyed, keys: new native.Keys(['y', 'x']), group }),
    plan.add({ root, path: 'd', kind: text, group }),
  ];
  t.same(
    placed.map(({ slot }) => slot),
    [0, 1, 3, 5],
  );
  t.same(
    placed.map(({ index }) => index),
    [0, 1, 2, 3],
  );
  const { values, sources } = plan.open();
  t.teardown(() => sources.close());
  t.ok(values.every(Number.isNaN));
  sources.sample(group);
  t.same([...values], [1, 2, 3, 5, 4, 1]);
  t.equal(sources.text(3), 'words\n');
});

t.test('a source can share the slots of an earlier one, in another group', async (t) => {
  const root = t.testdir({ short: 'a 1\n', long: 'a 10\nb 20\n' });
  const plan = new ReadPlan();
  const keys = (...names: string[]) => new native.Keys(names);
  const { memoryStat, vmStat, pids } = Group;
  const all = plan.add({ root, path: 'long', kind: keyed, keys: keys('a', 'b'), group: vmStat });
  plan.add({ root, path: 'short', kind: keyed, keys: keys('a'), group: memoryStat, at: all.slot });
  const next = plan.add({ root, path: 'none', kind: scalar, group: pids });
  t.equal(next.slot, 2, 'sharing takes no slots');
  const { values, sources } = plan.open();
  t.teardown(() => sources.close());
  sources.sample(memoryStat);
  t.same([...values.subarray(0, 2)], [1, Number.NaN]);
  sources.sample(vmStat);
  t.same([...values.subarray(0, 2)], [10, 20]);
});

t.test('each group is one bit of its own', async (t) => {
  const bits = Object.values(Group);
  const all = bits.reduce((mask, bit) => mask | bit, 0);
  t.equal(
    bits.reduce((sum, bit) => sum + bit, 0),
    all,
  );
  for (const bit of bits) t.equal(bit & (bit - 1), 0, `${bit}`);
});
