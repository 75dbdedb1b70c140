import fs from 'node:fs';
import t from 'tap';
import { ThrottledRead } from '../../src/cgroup/throttled-read.ts';
import { native } from '../../src/native/addon.ts';
import { SourceKind } from '../../src/native/sources.ts';

t.test(
  'a file is read at most once a millisecond, another of its groups when it is first due',
  async (t) => {
    const root = t.testdir({ a: '1\n', b: '1\n' });
    const values = new Float64Array(2);
    const file = { root, kind: SourceKind.scalar, count: 1 };
    const sources = new native.Sources(
      [
        { ...file, path: 'a', slot: 0, group: 1 },
        { ...file, path: 'b', slot: 1, group: 2 },
      ],
      values,
    );
    t.teardown(() => sources.close());
    const set = (text: string) => {
      for (const name of ['a', 'b']) fs.writeFileSync(`${root}/${name}`, text);
    };
    const throttled = new ThrottledRead();
    t.equal(throttled.sample(sources, 1, 5000), true);
    t.equal(values[0], 1);
    set('2\n');
    t.equal(throttled.sample(sources, 1, 5999), false);
    t.equal(throttled.sample(sources, 3, 5999), true, 'the other was not read yet');
    t.same([...values], [1, 2]);
    set('3\n');
    t.equal(throttled.sample(sources, 3, 5999), false);
    t.equal(throttled.sample(sources, 1, 6000), true);
    t.same([...values], [3, 2], 'a group that was not requested keeps its numbers');
    t.equal(throttled.sample(sources, 2, 6500), true);
    t.same([...values], [3, 3]);
  },
);
