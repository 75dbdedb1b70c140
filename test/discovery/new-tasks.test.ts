import fc from 'fast-check';
import t from 'tap';
import { ProcessReader } from '../../src/containers/process.ts';
import { NewTasks, parseMark, pidsBetween } from '../../src/discovery/new-tasks.ts';

t.test('a mark from /proc/loadavg and /proc/stat', async (t) => {
  const stat = 'cpu  1 2 3\nctxt 99\nbtime 1700000000\nprocesses 4321\nprocs_running 1\n';
  t.same(parseMark('0.00 0.01 0.05 1/80 1234\n', stat), { pid: 1234, tasks: 80, forks: 4321 });
  t.equal(parseMark('', stat), null);
  t.equal(parseMark('0.00 0.01 0.05 1/80 1234\n', 'cpu  1 2 3\n'), null);
});

t.test('the pids between two marks', async (t) => {
  const before = { pid: 7, tasks: 80, forks: 50 };
  const at = (pid: number, forks: number) => pidsBetween(before, { pid, tasks: 80, forks });
  t.same(at(9, 52), [8, 9]);
  t.same(at(7, 50), []);
  t.equal(at(5, 40_000), null, 'pids have wrapped around');
  t.equal(at(9, 40_000), null, 'and passed the old pid');
  t.equal(at(27, 70)?.length, 20);
  t.equal(at(28, 71), null, 'more than a quarter of all');
});

t.test('no pid between two marks is left out', async (t) => {
  const mark = fc.record({
    pid: fc.integer({ min: 1, max: 9000 }),
    tasks: fc.nat(9000),
    forks: fc.nat(9000),
  });
  fc.assert(
    fc.property(mark, mark, fc.integer({ min: 1, max: 9000 }), (before, now, pid) => {
      const pids = pidsBetween(before, now);
      return pids === null || pids.includes(pid) === (pid > before.pid && pid <= now.pid);
    }),
  );
  t.pass('for all marks');
});

t.test('the procfs of another pid namespace has no marks', async (t) => {
  const link = (to: string) => ({ ns: { pid: t.fixture('symlink', to) } });
  const [loadavg, stat] = ['0.00 0.01 0.05 1/80 1234\n', 'processes 4321\n'];
  const next = (own: string): unknown => {
    const proc = t.testdir({ loadavg, stat, 1: link('pid:[1]'), self: link(own) });
    const tasks = new NewTasks(new ProcessReader(proc));
    tasks.next();
    return tasks.next();
  };
  t.same(next('pid:[1]'), []);
  t.equal(next('pid:[2]'), null);
});
