import fs from 'node:fs';
import t, { type Test } from 'tap';
import { ReadPlan } from '../../src/cgroup/read-plan.ts';
import { DiskReader } from '../../src/sampling/disk-reader.ts';
import { Ledger } from '../../src/sampling/ledger.ts';

const SECOND = 1_000_000;

/** Reads the disks of a container whose files are these. */
function disksOf(t: Test, version: 1 | 2, files: Readonly<Record<string, string>>) {
  const root = t.testdir({ cgroup: { c: files }, state: {} });
  const entry = new Ledger(`${root}/state/ledger`, 1, 'boot', 'exclusive').entry(1, 1, SECOND);
  const plan = new ReadPlan();
  const hierarchy = { version, mountpoint: `${root}/cgroup`, root: '/' } as const;
  const reader = new DiskReader(plan, { hierarchy, levels: ['c'] });
  const { values, sources } = plan.open();
  t.teardown(() => sources.close());
  const read = (seconds: number) => reader.read(values, sources, entry, seconds * SECOND);
  return { read, directory: `${root}/cgroup/c`, entry };
}

const V1 = 'blkio.throttle.io_service';

t.test(
  'v1: numbers from one file, bytes from another, with sub-cgroups where the kernel counts them',
  async (t) => {
    const own = {
      [`${V1}d`]: '8:0 Read 1\nTotal 1\n',
      [`${V1}_bytes`]: '8:0 Read 512\nTotal 512\n',
    };
    const [old] = disksOf(t, 1, own).read(1);
    t.match(old, { major: 8, minor: 0, reads: 1, readBytes: 512 }, 'before 5.3');
    const all = {
      ...{ ...own, [`${V1}d_recursive`]: '8:0 Read 3\nTotal 3\n' },
      [`${V1}_bytes_recursive`]: '8:0 Read 1536\nTotal 1536\n',
    };
    const [disk] = disksOf(t, 1, all).read(1);
    t.match(disk, { reads: 3, readBytes: 1536 });
  },
);

t.test('v2', async (t) => {
  const { read, directory } = disksOf(t, 2, { 'io.stat': '8:0 rbytes=1024 rios=2\n' });
  t.match(read(1), [{ reads: 2, readBytes: 1024 }]);
  fs.writeFileSync(`${directory}/io.stat`, '8:0 rbytes=2048 rios=3\n8:16 wios=1\n');
  t.match(read(2), [{ reads: 3, readBytes: 2048 }, { writes: 1 }]);
  fs.rmSync(`${directory}/io.stat`);
  fs.writeFileSync(`${directory}/other`, '');
  t.match(read(3), [{ reads: 3 }, { writes: 1 }], 'the controller was switched off');
});

t.test('read at most once a millisecond', async (t) => {
  const { read, directory } = disksOf(t, 2, { 'io.stat': '8:0 rios=2\n' });
  t.match(read(1), [{ reads: 2 }]);
  fs.writeFileSync(`${directory}/io.stat`, '8:0 rios=3\n');
  t.match(read(1.0009), [{ reads: 2 }]);
  t.match(read(1.002), [{ reads: 3 }]);
});

t.test('the same array until a figure changes, also by another thread', async (t) => {
  const { read, directory, entry } = disksOf(t, 2, { 'io.stat': '8:0 rios=2\n' });
  const first = read(1);
  t.equal(read(2), first);
  entry.update('disks', ({ disks }) => {
    disks[1] = 7;
  });
  t.match(read(3), [{ reads: 7 }]);
  fs.writeFileSync(`${directory}/io.stat`, '8:0 rios=3\n');
  t.match(read(4), [{ reads: 8 }]);
  t.match(first, [{ reads: 2 }], 'which does not change');
});

t.test('no controller at all', async (t) => {
  t.same(disksOf(t, 2, {}).read(1), []);
  const plan = new ReadPlan();
  const reader = new DiskReader(plan, null);
  const { values, sources } = plan.open();
  const { entry } = disksOf(t, 2, {});
  t.same(reader.read(values, sources, entry, SECOND), [], 'in the root cgroup');
});

t.test('a record that stays locked: its content is shown', async (t) => {
  const { read, directory, entry } = disksOf(t, 2, { 'io.stat': '8:0 rios=2\n' });
  read(1);
  fs.writeFileSync(`${directory}/io.stat`, '8:0 rios=3\n');
  entry.update('disks', () => t.match(read(2), [{ reads: 2 }]));
  t.match(read(3), [{ reads: 3 }]);
});
