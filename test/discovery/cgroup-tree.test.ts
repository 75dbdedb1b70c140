import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { CgroupTree, type Directory } from '../../src/discovery/cgroup-tree.ts';

const paths = (directories: Iterable<Directory>): string[] =>
  [...directories].map(({ path }) => path).sort();

/** Compares all directories, like the watcher. */
function compareAll(tree: CgroupTree): { appeared: string[]; vanished: string[] } {
  const [appeared, vanished]: [string[], string[]] = [[], []];
  for (const directory of tree.below()) {
    const changes = tree.compare(directory);
    appeared.push(...paths(changes.appeared));
    vanished.push(...paths(changes.vanished));
  }
  return { appeared: appeared.sort(), vanished: vanished.sort() };
}

t.test('directories that appear and vanish, without files', async (t) => {
  const root = t.testdir({ a: { b: { c: {} } }, d: {}, file: '' });
  const tree = new CgroupTree(root, null);
  compareAll(tree);
  t.same(paths(tree.below()), ['', 'a', 'a/b', 'a/b/c', 'd']);
  fs.rmSync(`${root}/a/b`, { recursive: true });
  fs.mkdirSync(`${root}/d/e`);
  t.same(compareAll(tree), { appeared: ['d/e'], vanished: ['a/b', 'a/b/c'] });
  t.same(compareAll(tree), { appeared: [], vanished: [] });
  t.equal(tree.size, 4);
});

t.test('another directory under the same name', async (t) => {
  const root = t.testdir({ a: { b: {} } });
  const tree = new CgroupTree(root, null);
  compareAll(tree);
  fs.mkdirSync(`${root}/new`);
  fs.rmSync(`${root}/a`, { recursive: true });
  fs.renameSync(`${root}/new`, `${root}/a`);
  t.same(compareAll(tree), { appeared: ['a'], vanished: ['a', 'a/b'] });
});

t.test('names of any bytes, and deep ones', async (t) => {
  const root = t.testdir({});
  const names = ['a b', 'a\nb', 'a\\x2db', 'käse', '\xff\x80', 'x'.repeat(255), '-', '...'];
  for (const name of names) fs.mkdirSync(Buffer.from(`${root}/${name}`, 'latin1'));
  const deep = Array.from({ length: 64 }, () => 'd').join('/');
  fs.mkdirSync(`${root}/${deep}`, { recursive: true });
  const tree = new CgroupTree(root, null);
  compareAll(tree);
  const found = paths(tree.below());
  for (const name of [...names, deep]) t.ok(found.includes(name), JSON.stringify(name));
  t.equal(found.length, 1 + names.length + 64);
});

t.test('a path that is longer than the kernel accepts', async (t) => {
  const root = fs.mkdtempSync(join(tmpdir(), 'pvtest-deep-'));
  t.teardown(() => execFileSync('rm', ['-rf', root]));
  const deepen = 'mkdir a; for i in $(seq 20); do mkdir "$1" && cd -P "$1" || exit 1; done';
  execFileSync('sh', ['-c', deepen, 'sh', 'x'.repeat(250)], { cwd: root });
  const tree = new CgroupTree(root, null);
  compareAll(tree);
  t.ok(tree.size > 10, 'the first levels are found');
  t.ok(paths(tree.below()).includes('a'), 'and the others');
});
