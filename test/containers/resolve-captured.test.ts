import t, { type Test } from 'tap';
import { cgroupLayout } from '../../src/cgroup/layout.ts';
import { Resolver } from '../../src/containers/resolve.ts';

/** One task of a captured host. It has no ioctl of 6.11, like older kernels. */
interface Task {
  readonly pid: number;
  readonly namespace: 'host' | 'a' | 'b';
  /** Pids from the host's namespace inward. */
  readonly pids: readonly number[];
  readonly parent: number;
  readonly cgroup: string;
  readonly mountinfo?: string;
  readonly ticks?: number;
}

const taskFiles = (t: Test, task: Task) => ({
  cgroup: `0::${task.cgroup}\n`,
  status: `Name:\tx\nPPid:\t${task.parent}\nNSpid:\t${task.pids.join('\t')}\n`,
  stat: `${task.pid} (x) S ${'0 '.repeat(18)}${task.ticks ?? task.pid} 0 0\n`,
  mountinfo: task.mountinfo ?? '',
  ns: { pid: t.fixture('symlink', `pid:[${task.namespace}]`) },
});

/** The init of the host, and a container's. */
const HOST: Task = { pid: 1, namespace: 'host', pids: [1], parent: 0, cgroup: '/init.scope' };
const INIT: Task = { pid: 50, namespace: 'a', pids: [50, 1], parent: 40, cgroup: '/c' };

/** Resolves one of these tasks. */
function resolver(t: Test, tasks: readonly Task[]) {
  const proc = Object.fromEntries(
    [HOST, ...tasks].map((task) => [String(task.pid), taskFiles(t, task)]),
  );
  const members = (path: string): string =>
    tasks.flatMap(({ cgroup, pid }) => (cgroup === path ? `${pid}\n` : [])).join('');
  const cg = Object.fromEntries(
    ['c', 'd'].map((name) => [name, { 'cgroup.procs': members(`/${name}`) }]),
  );
  const root = t.testdir({ proc, cg });
  const layout = cgroupLayout(`1 1 0:1 / ${root}/cg rw - cgroup2 cgroup2 rw\n`);
  const found = new Resolver(`${root}/proc`, layout);
  return (pid: number, text?: string) => {
    const container = found.resolve(pid, text ?? found.proc.cgroup(pid) ?? '');
    return container && { id: container.id, init: container.init, started: container.started };
  };
}

const C = { id: 'c', init: 50, started: 500_000 };

t.test('the init is found among the parents', async (t) => {
  const task: Task = { pid: 60, namespace: 'a', pids: [60, 7], parent: 55, cgroup: '/c/sub' };
  const resolve = resolver(t, [INIT, { ...task, pid: 55, pids: [55, 3], parent: 50 }, task]);
  t.same(resolve(60), C);
  t.same(resolve(50), C);
});

t.test(
  'a task that entered from outside: init is found among the tasks of its cgroup',
  async (t) => {
    const task: Task = { pid: 60, namespace: 'a', pids: [60, 7], parent: 1, cgroup: '/c' };
    t.same(resolver(t, [INIT, task])(60), C);
  },
);

t.test('the init of another pid namespace in the cgroup does not count', async (t) => {
  const other: Task = { ...INIT, pid: 45, pids: [45, 1], namespace: 'b' };
  const task: Task = { pid: 60, namespace: 'a', pids: [60, 7], parent: 1, cgroup: '/c' };
  t.same(resolver(t, [other, INIT, task])(60), C);
});

t.test('without an init, the task’s own cgroup and the oldest process in it', async (t) => {
  const task: Task = { pid: 60, namespace: 'a', pids: [60, 7], parent: 1, cgroup: '/c' };
  const older: Task = { ...task, pid: 61, pids: [61, 8], ticks: 3 };
  t.same(resolver(t, [task, older])(60), { id: 'c', init: 61, started: 30_000 });
});

t.test('a loop of parents ends', async (t) => {
  const task: Task = { pid: 60, namespace: 'a', pids: [60, 7], parent: 61, cgroup: '/c' };
  const circle: Task = { ...task, pid: 61, pids: [61, 8], parent: 60 };
  t.match(resolver(t, [task, circle])(60), { id: 'c', init: 60 });
});

t.test('the root of a cgroup mount of init is the top', async (t) => {
  const mountinfo = (root: string) => `9 1 0:1 ${root} /sys/fs/cgroup ro - cgroup2 cgroup rw\n`;
  const leaf = { ...INIT, cgroup: '/c/leaf/init' };
  t.match(resolver(t, [{ ...leaf, mountinfo: mountinfo('/c') }])(50), { id: 'c' });
  t.match(resolver(t, [{ ...leaf, mountinfo: mountinfo('/') }])(50), { id: 'c/leaf/init' });
  t.match(resolver(t, [{ ...leaf, mountinfo: mountinfo('/other') }])(50), { id: 'c/leaf/init' });
  t.match(resolver(t, [{ ...leaf, mountinfo: mountinfo('/..') }])(50), { id: 'c/leaf/init' });
});

t.test('an init with the host’s whole cgroup tree mounted has its own cgroup as top', async (t) => {
  const mountinfo = '9 1 0:1 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n';
  const below: Task = { ...INIT, pid: 60, pids: [60, 2], parent: 50, cgroup: '/c/sub' };
  t.same(resolver(t, [{ ...INIT, mountinfo }, below])(60), C);
});

t.test('a cgroup outside of our cgroup namespace counts as the host', async (t) => {
  const resolve = resolver(t, [{ ...INIT, cgroup: '/../../other' }]);
  t.equal(resolve(50), null);
  t.equal(resolve(50, ''), null, 'no cgroup at all');
  t.equal(resolve(50, 'garbage\n'), null);
});

t.test('the host’s own tasks, and tasks that are gone', async (t) => {
  const resolve = resolver(t, [{ ...INIT, pid: 70, namespace: 'host', pids: [70], cgroup: '/d' }]);
  t.equal(resolve(70), null);
  t.equal(resolve(1), null);
  t.equal(resolve(99, '0::/d\n'), null);
});

t.test('a runtime’s cgroup that its mount does not show is still a container', async (t) => {
  const id = 'cd'.repeat(32);
  const resolve = resolver(t, [INIT]);
  t.match(
    resolve(50, `0::/docker/${id}/x\n`),
    { id, init: 50 },
    'its first process is the task itself',
  );
});
