import t from 'tap';
import { parseMounts } from '../../bench/harness/mounts.ts';
import { table } from '../../bench/harness/report.ts';
import { parseBusy, parseCpu } from '../../bench/harness/server.ts';

t.test('mounts: optional fields, escapes and controllers', async (t) => {
  const text = [
    '31 23 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '99 23 0:50 / /mnt/a\\040b rw - fuse.procview procview rw,user_id=0',
    'not a mount',
    '',
  ].join('\n');
  t.strictSame(parseMounts(text), [
    {
      mountpoint: '/sys/fs/cgroup/cpu,cpuacct',
      type: 'cgroup',
      source: 'cgroup',
      options: ['rw', 'cpu', 'cpuacct'],
    },
    {
      mountpoint: '/mnt/a b',
      type: 'fuse.procview',
      source: 'procview',
      options: ['rw', 'user_id=0'],
    },
  ]);
});

t.test("a server's CPU time, whatever its name", async (t) => {
  const line = '12 (a) b (c) S 1 12 12 0 -1 4194304 9 0 0 0 70 30 5 5 20 0 11 0 100 1000 10';
  t.equal(parseCpu(line), 1e6);
});

t.test('busy time leaves out idle, iowait and guests', async (t) => {
  t.equal(parseBusy('cpu  1 2 3 1000 500 4 5 6 7 8\ncpu0 9 9 9 9 9 9 9 9 9 9\n'), 21 * 1e4);
});

t.test('a table is aligned', async (t) => {
  t.equal(
    table([
      ['', 'a', 'n'],
      ['x y', 'bb', '10'],
    ]),
    '     a    n\nx y  bb  10\n',
  );
});
