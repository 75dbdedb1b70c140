import fs from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { cgroupLayout, cgroupMounts, levelsOf, pathInMount } from '../../src/cgroup/layout.ts';

const mount = (root: string, at: string, type: string, options: string): string =>
  `32 31 0:29 ${root} ${at} rw,relatime shared:9 master:1 - ${type} cgroup ${options}\n`;

const v1 = (controllers: string, root = '/', at = `/sys/fs/cgroup/${controllers}`): string =>
  mount(root, at, 'cgroup', `rw,${controllers}`);

const tree = (version: 1 | 2, mountpoint: string, root = '/') => ({ version, mountpoint, root });

t.test('v2', async (t) => {
  const layout = cgroupLayout(mount('/', '/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate'));
  t.same([...layout], [['unified', tree(2, '/sys/fs/cgroup')]]);
});

t.test('hybrid, with controllers that share a hierarchy', async (t) => {
  const text = [
    '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n',
    v1('cpu,cpuacct'),
    v1('memory'),
    mount('/', '/sys/fs/cgroup/systemd', 'cgroup', 'rw,xattr,name=systemd'),
    mount('/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
  ].join('');
  const layout = cgroupLayout(text);
  t.same(layout.get('cpu'), tree(1, '/sys/fs/cgroup/cpu,cpuacct'));
  t.equal(layout.get('cpuacct'), layout.get('cpu'));
  t.same(layout.get('memory'), tree(1, '/sys/fs/cgroup/memory'));
  t.same(layout.get('name=systemd'), tree(1, '/sys/fs/cgroup/systemd'));
  t.same(layout.get('unified'), tree(2, '/sys/fs/cgroup/unified'));
});

t.test('mount points anywhere, also with blanks', async (t) => {
  const layout = cgroupLayout(mount('/', '/my\\040cg\\011\\134', 'cgroup2', 'rw'));
  t.same(layout.get('unified'), tree(2, '/my cg\t\\'));
});

t.test('of several mounts the mount of the whole tree is used', async (t) => {
  const whole = v1('memory');
  const part = v1('memory', '/docker/abc', '/other');
  t.equal(cgroupLayout(part + whole).get('memory')?.mountpoint, '/sys/fs/cgroup/memory');
  t.equal(cgroupLayout(whole + part).get('memory')?.mountpoint, '/sys/fs/cgroup/memory');
  t.same(cgroupLayout(part).get('memory'), tree(1, '/other', '/docker/abc'));
  const again = v1('memory', '/', '/again');
  t.equal(cgroupLayout(whole + again).get('memory')?.mountpoint, '/sys/fs/cgroup/memory');
});

t.test('--cgroup-root stands for /sys/fs/cgroup', async (t) => {
  const text =
    v1('memory') + mount('/', '/sys/fs/cgroup', 'cgroup2', 'rw') + v1('pids', '/', '/cg/pids');
  const layout = cgroupLayout(text, '/captured');
  t.equal(layout.get('memory')?.mountpoint, '/captured/memory');
  t.equal(layout.get('unified')?.mountpoint, '/captured');
  t.equal(
    layout.get('pids')?.mountpoint,
    '/captured/cg/pids',
    'elsewhere: the whole path below it',
  );
  const look = cgroupLayout(v1('cpu', '/', '/sys/fs/cgroups/cpu'), '/captured');
  t.equal(look.get('cpu')?.mountpoint, '/captured/sys/fs/cgroups/cpu', 'only a prefix of the name');
});

t.test('a path below a mount', async (t) => {
  const [whole, part] = [tree(1, '/m'), tree(1, '/m', '/docker/abc')];
  t.equal(pathInMount(whole, '/a/b'), 'a/b');
  t.equal(pathInMount(part, '/docker/abc'), '');
  t.equal(pathInMount(part, '/docker/abc/d'), 'd');
  t.equal(pathInMount(part, '/docker/abcd'), null);
  t.equal(pathInMount(part, '/other'), null);
});

t.test('levels, nearest first, without the root', async (t) => {
  t.same(levelsOf('/a/b/c'), ['/a/b/c', '/a/b', '/a']);
  t.same(levelsOf('/'), []);
  t.same(levelsOf(''), []);
});

t.test('this machine: every mount point in the layout exists', async (t) => {
  const layout = cgroupLayout(fs.readFileSync('/proc/self/mountinfo', 'latin1'));
  for (const [controller, { mountpoint, version }] of layout) {
    const procs = fs.existsSync(`${mountpoint}/cgroup.procs`);
    t.ok(procs, `${controller} is v${version} at ${mountpoint}`);
  }
  t.ok(layout.size > 0);
});

t.test('garbage is skipped, and nothing throws', async (t) => {
  const lines = v1('cpu,cpuacct', '/', '/sys/fs/cgroup/cpu') + mount('/', '/u', 'cgroup2', 'rw');
  const cut = fc.tuple(fc.nat(lines.length), fc.string({ unit: 'binary' })).map(([at, junk]) => {
    return lines.slice(0, at) + junk + lines.slice(at + junk.length);
  });
  const words = fc.constantFrom(' ', ' - ', 'cgroup', 'cgroup2', 'rw', '\n', '\\', '\\9', '/', ',');
  const near = fc.array(words, { maxLength: 40 }).map((all) => all.join(''));
  fc.assert(
    fc.property(fc.oneof(cut, near, fc.string({ unit: 'binary' })), (text) => {
      const layout = cgroupLayout(text, '/r');
      const mounts = cgroupMounts(text);
      const known = [...layout.values()].every(({ root }) => typeof root === 'string');
      const parts = mounts.filter(({ hierarchy }) => hierarchy.root !== '/');
      t.same(cgroupMounts(text, 'parts'), parts);
      return known && mounts.length <= text.split('\n').length;
    }),
    { numRuns: 2000 },
  );
});
