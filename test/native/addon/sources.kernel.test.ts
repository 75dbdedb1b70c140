import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { native } from '../../../src/native/addon.ts';
import { SourceKind, type SourceSpec } from '../../../src/native/sources.ts';
import { controller, hasV1, makeCgroup, removeCgroup } from '../../sampling/kernel.ts';

const GROUP = 1;

/** Samples some files of one root once. */
const sample = (root: string, specs: Partial<SourceSpec>[], slots: number): number[] => {
  const values = new Float64Array(slots).fill(-7);
  const sources = new native.Sources(
    specs.map((spec) => ({ root, group: GROUP, slot: 0, count: 1, kind: 0, path: '', ...spec })),
    values,
  );
  sources.sample(GROUP);
  const sampled = [...values];
  sources.close();
  return sampled;
};

const keyed = (...keys: string[]): Pick<SourceSpec, 'keys' | 'count' | 'kind'> => ({
  kind: SourceKind.keyed,
  count: keys.length,
  keys: new native.Keys(keys),
});

t.test('all kinds, side by side', async (t) => {
  const root = t.testdir({
    scalar: '42\n',
    list: 'max 100000\n',
    stat: 'a 1\nb: 2 kB\n',
    table: 'cpu user system\n1 5000 6999\n',
    text: '0-3\n',
  });
  const values = sample(
    root,
    [
      { path: 'scalar', slot: 0 },
      { path: '/list', kind: SourceKind.list, slot: 1, count: 2 },
      { path: 'stat', ...keyed('b', 'none', 'a'), slot: 3 },
      { path: 'table', kind: SourceKind.table, slot: 6, count: 4, columns: 2, divide: 1000 },
      { path: 'text', kind: SourceKind.text, slot: 10 },
      { path: 'absent', ...keyed('x', 'y'), slot: 11 },
    ],
    14,
  );
  const { NaN: none, POSITIVE_INFINITY: max } = Number;
  t.same(values, [42, max, 100000, 2, none, 1, none, none, 5, 6, 1, none, none, -7]);
});

t.test('text counts changes and can be read', async (t) => {
  const root = t.testdir({ file: 'caf\u00e9' });
  fs.writeFileSync(`${root}/file`, Buffer.from([0xff, 0x41]));
  const values = new Float64Array(2);
  const sources = new native.Sources(
    [
      { root, path: 'file', kind: SourceKind.text, slot: 0, count: 1, group: 1 },
      { root, path: 'later', kind: SourceKind.text, slot: 1, count: 1, group: 2 },
    ],
    values,
  );
  sources.sample(3);
  t.same([...values], [1, Number.NaN]);
  t.equal(sources.text(0), '\u00ffA');
  t.equal(sources.text(1), '');
  fs.writeFileSync(`${root}/file`, 'b');
  fs.writeFileSync(`${root}/later`, 'c');
  sources.sample(1);
  sources.sample(3);
  t.same([...values], [2, Number.NaN], 'absent files are left alone for a second');
  await delay(1050);
  sources.sample(3);
  t.same([...values], [2, 1]);
  t.throws(() => sources.text(2), RangeError);
  sources.close();
  t.same([...values], [Number.NaN, Number.NaN], 'closed: there is nothing');
  sources.close();
  sources.sample(3);
  t.same([...values], [Number.NaN, Number.NaN]);
  t.equal(sources.text(0), '');
});

t.test('links and .. are refused', async (t) => {
  const root = t.testdir({ real: { file: '1\n' }, link: t.fixture('symlink', 'real') });
  fs.symlinkSync('file', `${root}/real/alias`);
  const one = (path: string): number | undefined => sample(root, [{ path }], 1)[0];
  t.equal(one('real/file'), 1);
  for (const path of ['link/file', 'real/alias', 'real/../real/file', '../../../../etc/hostname'])
    t.ok(Number.isNaN(one(path)), path);
});

t.test('a group is sampled alone, and the time is that of the boot clock', async (t) => {
  const root = t.testdir({ file: '5\n' });
  const values = new Float64Array(2);
  const file = { root, path: 'file', kind: SourceKind.scalar, count: 1 };
  const sources = new native.Sources(
    [
      { ...file, slot: 0, group: 1 },
      { ...file, slot: 1, group: 0x80000000 },
    ],
    values,
  );
  const before = native.bootTime();
  const now = sources.sample(1);
  t.ok(before <= now && now <= native.bootTime());
  t.same([...values], [5, 0]);
  sources.sample(0x80000000);
  t.same([...values], [5, 5]);
});

t.test('a spec that is wrong is named', async (t) => {
  const good = { root: '/proc', path: 'some/file', kind: 0, slot: 0, count: 1, group: 1 };
  const keys = new native.Keys(['a', 'b']);
  const wrong: [object, typeof TypeError | typeof RangeError][] = [
    [{ root: 'proc' }, TypeError],
    [{ path: 'a\u0130' }, TypeError],
    [{ path: 'a\0' }, TypeError],
    [{ kind: 6 }, RangeError],
    [{ kind: 1.5 }, RangeError],
    [{ slot: 2 }, RangeError],
    [{ slot: -1 }, RangeError],
    [{ count: 0 }, RangeError],
    [{ count: 2 }, RangeError],
    [{ slot: '0' }, TypeError],
    [{ group: 0 }, RangeError],
    [{ group: 3 }, RangeError],
    [{ divide: 0 }, RangeError],
    [{ kind: SourceKind.keyed }, TypeError],
    [{ kind: SourceKind.keyed, keys: {} }, TypeError],
    [{ kind: SourceKind.keyed, keys }, RangeError],
    [{ kind: SourceKind.table, count: 2, columns: 3 }, RangeError],
  ];
  for (const [change, error] of wrong) {
    const make = () => new native.Sources([{ ...good, ...change }], new Float64Array(2));
    t.throws(make, error, JSON.stringify(change));
    if (!('path' in change)) t.throws(make, { message: /some\/file/ });
  }
  t.throws(() => new native.Sources([good], new Float32Array(2) as never), TypeError);
  t.throws(() => new native.Keys(['a', 'a']), RangeError);
  t.throws(() => new native.Keys([1] as never), TypeError);
  t.equal(keys.length, 2);
});

const slabs = process.getuid?.() === 0 && fs.existsSync('/proc/slabinfo');

t.test('a file that comes a page at a time', { skip: !slabs && 'no slabinfo' }, async (t) => {
  const text = fs.readFileSync('/proc/slabinfo', 'latin1');
  const lines = text.trimEnd().split('\n').slice(2);
  const names = [...new Set(lines.flatMap((line) => line.split(' ')[0] || []))];
  t.ok(text.length > 8192, 'longer than two pages');
  const values = sample('/proc', [{ path: 'slabinfo', ...keyed(...names) }], names.length);
  t.notOk(values.some(Number.isNaN), 'every key was found');
});

t.test('meminfo', async (t) => {
  const keys = keyed('MemTotal', 'Active(anon)');
  const [total, active] = sample('/proc', [{ path: 'meminfo', ...keys }], 2);
  t.match(fs.readFileSync('/proc/meminfo', 'latin1'), new RegExp(`^MemTotal: +${total} kB`));
  t.ok(active);
});

t.test('cgroup v1', { skip: !hasV1('memory') && 'no v1 memory controller' }, async (t) => {
  const path = makeCgroup(t, 'memory');
  const files: Partial<SourceSpec>[] = [
    { path: `${path}/memory.limit_in_bytes`, slot: 0 },
    { path: `${path}/memory.stat`, ...keyed('hierarchical_memory_limit', 'total_rss'), slot: 1 },
  ];
  const max = Number.POSITIVE_INFINITY;
  t.same(sample(controller('memory'), files, 3), [max, max, 0]);
  fs.writeFileSync(`${controller('memory')}${path}/memory.limit_in_bytes`, '64M');
  t.same(sample(controller('memory'), files, 3), [64 << 20, 64 << 20, 0]);
});

/** Reads that this thread has made so far (CONFIG_TASK_IO_ACCOUNTING). */
const reads = (): number =>
  Number(/^syscr: (\d+)$/m.exec(String(native.readText('/proc/thread-self/io')))?.[1]);

const noCount = Number.isNaN(reads()) && 'no count of system calls';

t.test('a cgroup file costs one read', { skip: !hasV1('memory') || noCount }, async (t) => {
  const spec = { root: controller('memory'), slot: 0, group: GROUP };
  const stat = { ...spec, path: 'memory.stat', ...keyed('cache') };
  const usage = { ...spec, path: 'memory.usage_in_bytes', kind: SourceKind.scalar, count: 1 };
  const sources = new native.Sources([stat, usage], new Float64Array(1));
  sources.sample(GROUP);
  const before = reads();
  const idle = reads() - before;
  for (let i = 0; i < 50; i++) sources.sample(GROUP);
  t.equal(reads() - before - 2 * idle, 100);
  sources.close();
});

t.test('cgroup v1: quota', { skip: !hasV1('cpu') && 'no v1 cpu controller' }, async (t) => {
  const path = makeCgroup(t, 'cpu');
  const quota = [{ path: `${path}/cpu.cfs_quota_us` }];
  t.same(sample(controller('cpu'), quota, 1), [Number.POSITIVE_INFINITY]);
  fs.writeFileSync(`${controller('cpu')}${path}/cpu.cfs_quota_us`, '150000');
  t.same(sample(controller('cpu'), quota, 1), [150000]);
});

t.test('cgroup v1: times of each CPU', { skip: !hasV1('cpuacct') && 'no cpuacct' }, async (t) => {
  const file = { path: 'cpuacct.usage_all', kind: SourceKind.table, columns: 2, divide: 1000 };
  const times = () => sample(controller('cpuacct'), [{ ...file, count: 4 }], 4);
  const before = times();
  const text = fs.readFileSync(`${controller('cpuacct')}/cpuacct.usage_all`, 'latin1');
  const after = times();
  const row = /^0 (\d+) (\d+)$/m.exec(text) ?? [];
  for (const i of [0, 1]) {
    const us = Math.floor(Number(row[i + 1]) / 1000);
    t.ok((before[i] ?? Number.NaN) <= us && us <= (after[i] ?? Number.NaN), `column ${i}`);
  }
});

t.test('a cgroup that is removed and made again', { skip: !hasV1('cpu') }, async (t) => {
  const path = makeCgroup(t, 'cpu');
  const values = new Float64Array(1);
  const spec = { root: controller('cpu'), path: `${path}/cpu.shares`, slot: 0, count: 1, group: 1 };
  const sources = new native.Sources([{ ...spec, kind: SourceKind.scalar }], values);
  const next = (): number | undefined => {
    sources.sample(1);
    return values[0];
  };
  t.equal(next(), 1024);
  removeCgroup('cpu', path);
  t.ok(Number.isNaN(next()), 'removed');
  fs.mkdirSync(`${controller('cpu')}${path}`);
  t.equal(next(), 1024, 'made again');
  removeCgroup('cpu', path);
  t.ok(Number.isNaN(next()) && Number.isNaN(next()), 'removed, and looked for once');
  fs.mkdirSync(`${controller('cpu')}${path}`);
  t.ok(Number.isNaN(next()), 'not looked for within the second');
  await delay(1050);
  t.equal(next(), 1024, 'found after a second');
  sources.close();
});

t.test('the same without openat2', { skip: 'PROCVIEW_WALK' in process.env }, async (t) => {
  const env = { ...process.env, PROCVIEW_WALK: '1' };
  const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], { env });
  t.equal(run.status, 0, run.stdout.toString());
});
