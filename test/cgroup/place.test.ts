import t from 'tap';
import { cgroupLayout } from '../../src/cgroup/layout.ts';
import { placeOf } from '../../src/cgroup/place.ts';

const paths = (controller: string, path: string) => new Map([[controller, path]]);

t.test('a controller is in its v1 hierarchy, or else in the v2 tree', async (t) => {
  const text =
    '1 1 0:1 / /v1/memory rw - cgroup cgroup rw,memory\n1 1 0:2 / /v2 rw - cgroup2 cgroup2 rw\n';
  const layout = cgroupLayout(text);
  const cgroups = new Map([
    ['memory', '/a/b'],
    ['unified', '/u'],
  ]);
  const place = (...names: string[]) => {
    const found = placeOf(layout, cgroups, ...names);
    return found && [found.hierarchy.mountpoint, ...found.levels];
  };
  t.same(place('memory'), ['/v1/memory', 'a/b', 'a']);
  t.same(place('pids'), ['/v2', 'u']);
  t.same(place('pids', 'memory'), ['/v2', 'u']);
  t.equal(placeOf(layout, paths('memory', '/'), 'memory'), null, 'the root cgroup is the host');
  t.equal(placeOf(layout, new Map(), 'memory'), null);
  t.equal(placeOf(new Map(), cgroups, 'memory'), null, 'no such hierarchy');
});

t.test('a mount of a part of the tree shows levels up to its top', async (t) => {
  const layout = cgroupLayout('1 1 0:1 /x/y /m rw - cgroup cgroup rw,memory\n');
  t.same(placeOf(layout, paths('memory', '/x/y/z/w'), 'memory')?.levels, ['z/w', 'z']);
  t.equal(placeOf(layout, paths('memory', '/x/y'), 'memory'), null);
  t.equal(placeOf(layout, paths('memory', '/other'), 'memory'), null);
});
