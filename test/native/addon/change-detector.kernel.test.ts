import fs from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { native } from '../../../src/native/addon.ts';
import {
  controller,
  end,
  enter,
  hasV1,
  makeCgroup,
  removeCgroup,
  start,
} from '../../sampling/kernel.ts';

t.test('those that have changed', async (t) => {
  const root = t.testdir({ a: { x: '1\n' }, b: { x: '1\n' }, c: { x: `${'1'.repeat(32)}2` } });
  const files = new native.ChangeDetector();
  const [a, b, c] = ['a', '/b', 'c'].map((cgroup) => files.add(root, cgroup, 'x'));
  t.same(files.changed(), [], 'since they were added');
  fs.writeFileSync(`${root}/a/x`, '2\n');
  fs.writeFileSync(`${root}/c/x`, `${'1'.repeat(32)}3`);
  t.same(files.changed(), [a], 'in their first 32 bytes');
  t.same(files.changed(), [], 'each change is reported once');
  fs.writeFileSync(`${root}/b/x`, '1');
  t.same(files.changed(), [b], 'a shorter one');
  fs.writeFileSync(`${root}/c/x`, '');
  t.same([files.changed(), files.changed()], [[c], [c]], 'one that cannot be read, each time');
  files.remove(c ?? -1);
  t.same(files.changed(), []);
  t.equal(files.add(root, 'c', 'x'), c, 'its number is free');
});

t.test('one cgroup answers for those below', async (t) => {
  const root = t.testdir({
    top: { x: '1', a: { x: '1' }, deep: { x: '1', b: { x: '1' }, c: { x: '1' } } },
  });
  const files = new native.ChangeDetector();
  const ran = (...paths: string[]): void => {
    for (const path of paths)
      fs.writeFileSync(`${root}/${path}/x`, `${1 + Number(fs.readFileSync(`${root}/${path}/x`))}`);
  };
  const [a = -1, b = -1, c = -1] = ['a', 'deep/b', 'deep/c'].map((path) =>
    files.add(root, `top/${path}`, 'x'),
  );
  ran('top/a', 'top/deep/b');
  t.same(files.changed(), [a, b], 'before it was ever asked');
  ran('top/a');
  t.same(files.changed(), [], 'as if nothing had run: the cgroup above says so');
  ran('top', 'top/deep/c');
  t.same(files.changed(), [a], 'and that above the other two still does');
  ran('top', 'top/deep');
  t.same(files.changed(), [c]);
  t.same(files.changed(), []);
  files.remove(b);
  files.remove(c);
  ran('top/a');
  t.same(files.changed(), [a], 'one alone is asked itself');
  t.equal(files.add(root, 'top/deep/c', 'x'), b);
  ran('top/deep/c');
  t.same(files.changed(), [], 'asked again where there are two');
  ran('top');
  t.same(files.changed(), [b]);
});

t.test('cgroups above whose file cannot be read', async (t) => {
  const root = t.testdir({
    top: { a: { x: '1' }, deep: { x: '1', b: { x: '1' }, c: { x: '1' } } },
  });
  const files = new native.ChangeDetector();
  const [a, b, c] = ['a', 'deep/b', 'deep/c'].map((path) => files.add(root, `/top/${path}`, 'x'));
  files.changed();
  fs.writeFileSync(`${root}/top/a/x`, '2');
  t.same(files.changed(), [a], 'it has no such file');
  fs.writeFileSync(`${root}/top/deep/x`, '');
  fs.writeFileSync(`${root}/top/deep/c/x`, '2');
  t.same(files.changed(), [c], 'its file cannot be read any more');
  fs.renameSync(`${root}/top/deep`, `${root}/top/moved`);
  fs.mkdirSync(`${root}/top/deep/d`, { recursive: true });
  for (const path of ['deep', 'deep/d', 'moved']) fs.writeFileSync(`${root}/top/${path}/x`, '1');
  const d = files.add(root, '/top/deep/d', 'x');
  files.changed();
  fs.writeFileSync(`${root}/top/deep/d/x`, '2');
  t.same(files.changed(), [d], 'another one has its name now');
  fs.writeFileSync(`${root}/top/moved/x`, '2');
  fs.writeFileSync(`${root}/top/moved/b/x`, '2');
  t.same(files.changed(), [b], 'those below it are where they were');
});

t.test('errors', async (t) => {
  const root = t.testdir({ link: t.fixture('symlink', 'a'), a: {} });
  const files = new native.ChangeDetector();
  t.equal(files.add(root, 'a', 'none'), -constants.errno.ENOENT);
  t.equal(files.add(root, 'link', 'none'), -constants.errno.ELOOP);
  files.remove(-2);
  files.remove(1000);
  t.throws(() => files.add(root, 'a', 1 as never), TypeError);
  t.throws(() => files.remove('0' as never), TypeError);
  t.same(files.changed(), []);
});

const noV1 = !hasV1('cpuacct') && 'no cpuacct';

t.test('a cgroup that is gone', { skip: noV1 }, async (t) => {
  const files = new native.ChangeDetector();
  let number = -1;
  await t.test('while it is there', async (t) => {
    number = files.add(controller('cpuacct'), makeCgroup(t, 'cpuacct'), 'cpuacct.usage');
    t.ok(number >= 0);
    t.same(files.changed(), []);
  });
  t.same(files.changed(), [number]);
});

t.test('CPU time below a live cgroup', { skip: noV1 }, async (t) => {
  const files = new native.ChangeDetector();
  const root = controller('cpuacct');
  let numbers: number[] = [];
  await t.test('while it is there', async (t) => {
    const top = makeCgroup(t, 'cpuacct');
    const below = ['a', 'b', 'b/c'].map((name) => `${top}/${name}`);
    for (const path of below) fs.mkdirSync(root + path);
    t.teardown(() => {
      for (const path of below.toReversed()) removeCgroup('cpuacct', path);
    });
    numbers = below.map((path) => files.add(root, path, 'cpuacct.usage'));
    files.changed();
    t.same(files.changed(), []);
    for (const [i, path] of below.entries()) {
      const child = start(t, 'sh', '-c', 'while :; do :; done');
      enter(root + path, child.pid);
      await delay(60);
      await end(child);
      t.same(files.changed(), i === 2 ? numbers.slice(1) : numbers.slice(i, i + 1));
      t.same(files.changed(), []);
    }
  });
  t.same(files.changed(), numbers, 'all of it is gone');
});
