import t from 'tap';
import { Entries } from '../../src/overlay/entries.ts';
import { Overlays } from '../../src/overlay/overlays.ts';
import { idsByPath } from '../../src/serving/served-tree.ts';
import { treeOf } from '../../src/tree/nodes.ts';
import { views } from '../../src/views/registry.ts';
import { TextWriter } from '../../src/views/text.ts';
import { rootsOf } from '../helpers/captured.ts';
import { CPU, model, walk } from './trees.ts';

const ENOENT = 2;
const ESTALE = 116;

const { sys } = rootsOf('v2');
const overlays = new Overlays(sys);
const ids = idsByPath(treeOf(views, overlays.roots));
const root = ids.get(CPU) ?? 0;

/** As another thread, or the daemon after a restart, starts. */
const fresh = (): Entries => new Entries(overlays, ids);

/** Id of a path below the directory of CPUs, looked up part by part. */
const find = (entries: Entries, path: string, cpus = model([1, 3])): number =>
  path.split('/').reduce((id, name) => (id < 0 ? id : entries.lookup(id, name, () => cpus)), root);

function render(entries: Entries, id: number, cpus = model([1, 3])): string {
  const out = new TextWriter(new Uint8Array(1 << 16));
  const length = entries.render(id, () => cpus, out);
  return length < 0 ? String(length) : Buffer.from(out.bytes.subarray(0, length)).toString();
}

t.test('an id found by name is rendered', async (t) => {
  const entries = fresh();
  t.equal(render(entries, find(entries, 'cpu1/topology/core_id')), '1\n');
  t.equal(render(entries, find(entries, 'cpu1/subsystem')), '../../../../bus/cpu');
  t.equal(find(entries, 'cpu2'), -ENOENT);
  t.equal(find(entries, 'cpu1/topology/none'), -ENOENT);
});

t.test('a listing has the ids that names are found with', async (t) => {
  const entries = fresh();
  for (const path of ['cpu0', 'cpu1/topology', 'cpu1/cache/index0']) {
    const id = find(entries, path);
    const lines = render(entries, id).split('\0').filter(Boolean);
    t.ok(lines.length > 2, path);
    for (const line of lines) {
      const [listed, name = ''] = line.split(' ');
      t.equal(
        entries.lookup(id, name, () => model([1, 3])),
        Number(listed),
        `${path}/${name}`,
      );
    }
  }
  const top = render(entries, root);
  t.match(top, new RegExp(`^|\\0${ids.get(`${CPU}/online`)} online\\0`), 'static children too');
});

t.test('every id of an earlier process is found by a search', async (t) => {
  const cpus = model([1, 3]);
  const before = fresh();
  for (const [path] of walk(overlays, CPU, cpus)) {
    const below = path.slice(CPU.length + 1);
    const id = find(before, below);
    t.equal(render(fresh(), id), render(before, id), below);
  }
  t.equal(render(fresh(), find(before, 'cpu1') + 1024), String(-ESTALE), 'no such id');
});

t.test('a CPU that is no longer there', async (t) => {
  const entries = fresh();
  const id = find(entries, 'cpu1/topology/core_id');
  const one = model([1, 3], 1);
  t.equal(render(entries, id, one), String(-ENOENT));
  t.equal(find(entries, 'cpu1', one), -ENOENT);
  t.equal(render(fresh(), id, one), String(-ESTALE), 'nor found by a process that never saw it');
  t.equal(render(entries, id), '1\n', 'and it is back');
});
