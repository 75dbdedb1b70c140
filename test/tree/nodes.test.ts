import { constants } from 'node:fs';
import { posix } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { inBranch, modeOf, nodeId } from '../../src/tree/node-id.ts';
import { treeOf } from '../../src/tree/nodes.ts';
import { views } from '../../src/views/registry.ts';

const { S_IFDIR, S_IFREG, S_IFLNK, S_IFMT } = constants;

const names = fc.stringMatching(/^[a-z]{1,3}$/);
const paths = fc.array(names, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

t.test('files with the directories above them, read-only', async (t) => {
  const nodes = treeOf(
    [{ path: 'proc/meminfo' }, { path: 'proc/slabinfo', mode: 0o400 }],
    ['sys/devices/system/cpu'],
  );
  const shown = nodes.map(({ name, mode }) => [name, (mode & S_IFMT) === S_IFDIR, mode & 0o7777]);
  t.same(
    shown.sort(),
    [
      ['', true, 0o555],
      ['cpu', true, 0o755],
      ['devices', true, 0o555],
      ['meminfo', false, 0o444],
      ['proc', true, 0o555],
      ['slabinfo', false, 0o400],
      ['sys', true, 0o555],
      ['system', true, 0o555],
    ].sort(),
  );
});

t.test('dynamic directories, and those below them, and no others', async (t) => {
  const nodes = treeOf([{ path: 'a/b/c' }, { path: 'a/bc/d' }], ['a/b', 'e']);
  const dynamic = nodes.filter((node) => node.dynamic).map(({ name }) => name);
  t.same(dynamic.sort(), ['b', 'c', 'e']);
});

t.test('the root is node 1, its own parent', async (t) => {
  const [root] = treeOf([]);
  t.match(root, { id: 1, parent: 1, name: '' });
  t.equal(nodeId('.', S_IFDIR), 1);
});

t.test('ids are the same in every version: the kernel keeps them over a takeover', async (t) => {
  // Computed once by hand: type and permissions above 40 bits of the path's sha256, of which the lowest ten are
  // those of the first five names.
  t.equal(nodeId('proc', S_IFDIR | 0o555), 0x96d38b5e99819);
  t.equal(nodeId('proc/meminfo', S_IFREG | 0o444), 0x11_24fd_8a17_9055);
  t.equal(nodeId('sys/devices/system/cpu/cpu0/uevent', S_IFREG | 0o644), 0x11_a4e7_1b84_25c4);
});

t.test('an id contains the mode of a path and its branch', async (t) => {
  fc.assert(
    fc.property(
      paths,
      fc.constantFrom(S_IFDIR, S_IFREG, S_IFLNK),
      fc.nat(0o777),
      (path, type, bits) => {
        const id = nodeId(`a/b/c/d/${path}`, type | bits);
        const branch = `a/b/c/d/${path.split('/', 1)[0]}`;
        return modeOf(id) === (type | bits) && inBranch(id, branch) && Number.isSafeInteger(id);
      },
    ),
  );
  t.pass();
});

t.test('the tree of all views', async (t) => {
  const nodes = treeOf(views);
  for (const { path, mode = 0o444 } of views) {
    const node = nodes.find(({ id }) => id === nodeId(path, S_IFREG | mode));
    t.equal(node?.name, posix.basename(path), path);
    t.equal(node?.mode, S_IFREG | mode);
  }
});

/** Path of a node by following its parents. */
function pathOf(id: number, nodes: ReturnType<typeof treeOf>): string {
  const node = nodes.find((each) => each.id === id);
  if (!node) throw new Error(`no node ${id}`);
  return node.id === 1 ? '.' : posix.join(pathOf(node.parent, nodes), node.name);
}

t.test('in a tree of any files each file can be reached', async (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(paths, { maxLength: 20 }), (given) => {
      // A file cannot be a directory too.
      const files = given.filter((each) => !given.some((other) => other.startsWith(`${each}/`)));
      const nodes = treeOf(files.map((path) => ({ path })));
      const ids = new Set(nodes.map(({ id }) => id));
      const safe = nodes.every(({ id }) => Number.isSafeInteger(id) && id > 0);
      const found = files.every((file) => pathOf(nodeId(file, S_IFREG | 0o444), nodes) === file);
      return ids.size === nodes.length && safe && found;
    }),
  );
  t.pass();
});
