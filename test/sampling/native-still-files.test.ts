import fs from 'node:fs';
import { constants } from 'node:os';
import t from 'tap';
import { native } from '../../src/native.ts';
import { controller, hasV1, makeCgroup } from './kernel.ts';

t.test('those that have changed', async (t) => {
  const root = t.testdir({ a: '1\n', b: '1\n', c: `${'1'.repeat(32)}2` });
  const files = new native.StillFiles();
  const [a, b, c] = ['a', '/b', 'c'].map((name) => files.add(root, name));
  t.same(files.changed(), [], 'since they were added');
  fs.writeFileSync(`${root}/a`, '2\n');
  fs.writeFileSync(`${root}/c`, `${'1'.repeat(32)}3`);
  t.same(files.changed(), [a], 'in their first 32 bytes');
  t.same(files.changed(), [], 'each change is told once');
  fs.writeFileSync(`${root}/b`, '1');
  t.same(files.changed(), [b], 'a shorter one');
  fs.writeFileSync(`${root}/c`, '');
  t.same([files.changed(), files.changed()], [[c], [c]], 'one that cannot be read, each time');
  files.remove(c ?? -1);
  t.same(files.changed(), []);
  t.equal(files.add(root, 'c'), c, 'its number is free');
});

t.test('errors', async (t) => {
  const root = t.testdir({ link: t.fixture('symlink', 'a') });
  const files = new native.StillFiles();
  t.equal(files.add(root, 'none'), -constants.errno.ENOENT);
  t.equal(files.add(root, 'link'), -constants.errno.ELOOP);
  files.remove(-2);
  files.remove(1000);
  t.throws(() => files.add(root, 1 as never), TypeError);
  t.throws(() => files.remove('0' as never), TypeError);
  t.same(files.changed(), []);
});

t.test('a cgroup that is gone', { skip: !hasV1('cpuacct') && 'no cpuacct' }, async (t) => {
  const files = new native.StillFiles();
  let number = -1;
  await t.test('while it is there', async (t) => {
    const path = makeCgroup(t, 'cpuacct');
    number = files.add(controller('cpuacct'), `${path}/cpuacct.usage`);
    t.ok(number >= 0);
    t.same(files.changed(), []);
  });
  t.same(files.changed(), [number]);
});
