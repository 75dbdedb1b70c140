import t, { type Test } from 'tap';
import { Resolver } from '../../src/containers/resolve.ts';
import { ContainerTable } from '../../src/discovery/container-table.ts';
import { WorkQueue } from '../../src/discovery/queue.ts';
import { Rescan } from '../../src/discovery/rescan.ts';
import { native } from '../../src/native/addon.ts';
import { cannot, enterRoot, layout, RealCgroup, startInit, textOf } from '../helpers/real-host.ts';
import { FakeClock } from './fake-clock.ts';

const options = { skip: cannot };

/** Milliseconds, longer than the time between two scans. */
const LATER = 61_000;

/** A table of containers without events of cgroups, only of processes that end, by a clock that stands still. */
function discovery(t: Test) {
  const clock = new FakeClock();
  const queue = new WorkQueue((error) => {
    throw error;
  }, clock);
  const resolver = new Resolver('/proc', layout);
  const watch = new native.Watch(() => undefined);
  t.teardown(() => watch.close());
  const reported: string[] = [];
  const table = new ContainerTable({
    ...{ queue, resolver, layout, watch },
    found: ({ id }) => reported.push(`found ${id}`),
    gone: ({ id }) => reported.push(`gone ${id}`),
  });
  const rescan = new Rescan({ queue, resolver, table, isUnwatched: () => false });
  const scan = (): void => clock.runUntil(clock.now() + LATER);
  return { rescan, scan, reported };
}

/** Moves all processes of a cgroup to the root cgroups. */
function empty({ directories }: RealCgroup): void {
  const pids = textOf(`${directories[0]}/cgroup.procs`).split('\n').filter(Boolean);
  for (const pid of pids) enterRoot(Number(pid));
}

t.test('a container that no event reported is found by the next scan', options, async (t) => {
  const { rescan, scan, reported } = discovery(t);
  rescan.first();
  for (let i = 0; i < 2; i++) {
    const cgroup = new RealCgroup(t);
    await startInit(t, cgroup);
    scan();
    t.ok(reported.includes(`found ${cgroup.path.slice(1)}`), `scan ${i}`);
  }
});

t.test('a container whose processes have left is forgotten in ten scans', options, async (t) => {
  const { rescan, scan, reported } = discovery(t);
  const cgroup = new RealCgroup(t);
  await startInit(t, cgroup);
  rescan.first();
  const id = cgroup.path.slice(1);
  t.ok(reported.includes(`found ${id}`), 'found');
  empty(cgroup);
  for (let i = 0; i < 10 && !reported.includes(`gone ${id}`); i++) scan();
  t.ok(reported.includes(`gone ${id}`), 'gone');
});

t.test('after lost events, all tasks are scanned', options, async (t) => {
  const { rescan, scan, reported } = discovery(t);
  const cgroup = new RealCgroup(t);
  await startInit(t, cgroup);
  rescan.first();
  empty(cgroup);
  rescan.beginAll();
  scan();
  t.ok(reported.includes(`gone ${cgroup.path.slice(1)}`), 'gone');
});
