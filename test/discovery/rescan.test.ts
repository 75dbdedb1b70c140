import t, { type Test } from 'tap';
import { Resolver } from '../../src/containers/resolve.ts';
import { Census } from '../../src/discovery/container-table.ts';
import { Scans } from '../../src/discovery/rescan.ts';
import { native } from '../../src/native/addon.ts';
import { cannot, enterRoot, layout, RealCgroup, startInit, textOf } from '../helpers/real-host.ts';

const options = { skip: cannot };

/** Longer than between two scans, in milliseconds. */
const LATER = 61_000;

/** What is known where nothing is ever told of cgroups, only of processes that end. */
function discovery(t: Test) {
  const resolver = new Resolver('/proc', layout);
  const watch = new native.Watch(() => undefined);
  t.teardown(() => watch.close());
  const told: string[] = [];
  const census = new Census({
    resolver,
    layout,
    watch,
    found: ({ id }) => told.push(`found ${id}`),
    gone: ({ id }) => told.push(`gone ${id}`),
  });
  const scans = new Scans(resolver, census, () => false);
  const scan = (): void => {
    for (const _ of scans.steps(performance.now() + LATER));
    for (const _ of census.check(performance.now() + LATER));
  };
  return { scans, scan, told };
}

/** Moves all processes of a cgroup to the root cgroups. */
function empty({ directories }: RealCgroup): void {
  const pids = textOf(`${directories[0]}/cgroup.procs`).split('\n').filter(Boolean);
  for (const pid of pids) enterRoot(Number(pid));
}

t.test('a container that no event has told of is found by the next scan', options, async (t) => {
  const { scans, scan, told } = discovery(t);
  scans.first();
  for (let i = 0; i < 2; i++) {
    const cgroup = new RealCgroup(t);
    await startInit(t, cgroup);
    scan();
    t.ok(told.includes(`found ${cgroup.path.slice(1)}`), `scan ${i}`);
  }
});

t.test('one whose process has gone elsewhere is forgotten in ten scans', options, async (t) => {
  const { scans, scan, told } = discovery(t);
  const cgroup = new RealCgroup(t);
  await startInit(t, cgroup);
  scans.first();
  const id = cgroup.path.slice(1);
  t.ok(told.includes(`found ${id}`), 'found');
  empty(cgroup);
  for (let i = 0; i < 10 && !told.includes(`gone ${id}`); i++) scan();
  t.ok(told.includes(`gone ${id}`), 'gone');
});

t.test('events that were lost: all tasks are looked at', options, async (t) => {
  const { scans, scan, told } = discovery(t);
  const cgroup = new RealCgroup(t);
  await startInit(t, cgroup);
  scans.first();
  empty(cgroup);
  scans.beginAll();
  scan();
  t.ok(told.includes(`gone ${cgroup.path.slice(1)}`), 'gone');
});
