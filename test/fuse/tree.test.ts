import { constants } from 'node:fs';
import { posix } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { nodeId, treeOf } from '../../src/fuse/tree.ts';
import { views } from '../../src/views/registry.ts';

const { S_IFDIR, S_IFREG, S_IFMT } = constants;

t.test('files with the directories above them, read-only', async (t) => {
  const nodes = treeOf(['proc/meminfo', 'sys/devices/system/cpu/online']);
  const shown = nodes.map(({ name, mode }) => [name, (mode & S_IFMT) === S_IFDIR, mode & 0o7777]);
  t.same(
    shown.sort(),
    [
      ['', true, 0o555],
      ['cpu', true, 0o555],
      ['devices', true, 0o555],
      ['meminfo', false, 0o444],
      ['online', false, 0o444],
      ['proc', true, 0o555],
      ['sys', true, 0o555],
      ['system', true, 0o555],
    ].sort(),
  );
});

t.test('the root is node 1, its own parent', async (t) => {
  const [root] = treeOf([]);
  t.match(root, { id: 1, parent: 1, name: '' });
  t.equal(nodeId('.'), 1);
});

t.test('ids mean the same in every version: the kernel keeps them over a hand-over', async (t) => {
  // Computed once and written down: sha256 of the path, its first six bytes, plus 2.
  t.equal(nodeId('proc'), 0x38b5e9981955 + 2);
  t.equal(nodeId('proc/meminfo'), 0xfd8a17905505 + 2);
});

t.test('the tree that is served', async (t) => {
  const nodes = treeOf(views.map(({ path }) => path));
  for (const { path } of views) {
    const node = nodes.find(({ id }) => id === nodeId(path));
    t.equal(node?.name, posix.basename(path), path);
    t.equal((node?.mode ?? 0) & S_IFMT, S_IFREG);
  }
});

const names = fc.stringMatching(/^[a-z]{1,3}$/);
const paths = fc.array(names, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

/** Path of a node by following its parents. */
function pathOf(id: number, nodes: ReturnType<typeof treeOf>): string {
  const node = nodes.find((each) => each.id === id);
  if (!node) throw new Error(`no node ${id}`);
  return node.id === 1 ? '.' : posix.join(pathOf(node.parent, nodes), node.name);
}

t.test('any set of files makes a tree in which each can be walked to', async (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(paths, { maxLength: 20 }), (given) => {
      // A file cannot be a directory too.
      const files = given.filter((each) => !given.some((other) => other.startsWith(`${each}/`)));
      const nodes = treeOf(files);
      const ids = new Set(nodes.map(({ id }) => id));
      const safe = nodes.every(({ id }) => Number.isSafeInteger(id) && id > 0);
      const found = files.every((file) => pathOf(nodeId(file), nodes) === file);
      return ids.size === nodes.length && safe && found;
    }),
  );
  t.pass();
});
