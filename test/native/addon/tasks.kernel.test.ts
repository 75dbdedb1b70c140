import fs from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { native } from '../../../src/native/addon.ts';
import { controller, enter, hasV1, makeCgroup, start } from '../../sampling/kernel.ts';

const { ENOTTY, EINVAL, ENOENT } = constants.errno;

// The states of live tasks are tested natively (test/native/sample/thread-counter-test.cc).

t.test('threads of a captured tree', async (t) => {
  const root = t.testdir({
    top: { 'cgroup.threads': '7\n13\n', below: { 'cgroup.threads': '12\n' }, none: {} },
    7: { stat: '7 (a) R (b)) D 1 1 1\n' },
    12: { stat: '12 (c) R 1 1 1\n' },
  });
  const counter = new native.ThreadCounter(root);
  const counts = { running: 1, blocked: 1, total: 2, highest: 12 };
  t.same(counter.count(root, '/top', 'cgroup.threads', 'cpu.stat', 9), counts);
  counter.forget();
  t.same(counter.count(root, 'top', 'cgroup.threads', 'cpu.stat', 9), counts);
  t.throws(() => counter.count(root, 'top', 1 as never, 'cpu.stat', 9), TypeError);
});

t.test('threads of a live cgroup', { skip: !hasV1('cpuacct') && 'no cpuacct' }, async (t) => {
  const root = controller('cpuacct');
  const path = makeCgroup(t, 'cpuacct');
  const children = [start(t), start(t), start(t, 'sh', '-c', 'while :; do :; done')];
  for (const { pid } of children) enter(root + path, pid);
  await delay(100);
  const highest = Math.max(...children.map(({ pid }) => pid));
  const counter = new native.ThreadCounter('/proc');
  const look = () => counter.count(root, path, 'tasks', 'cpuacct.usage', 9);
  t.same(look(), { running: 1, blocked: 0, total: 3, highest });
  t.same(look(), { running: 1, blocked: 0, total: 3, highest }, 'again, by what it remembers');
  children[2]?.kill('SIGSTOP');
  await delay(100);
  t.match(look(), { running: 0, total: 3 }, 'one that has run since');
  children[2]?.kill('SIGCONT');
  await delay(100);
  t.match(look(), { running: 1, total: 3 });
});

t.test('counted again without the list', { skip: !hasV1('cpuacct') && 'no cpuacct' }, async (t) => {
  const root = controller('cpuacct');
  const path = makeCgroup(t, 'cpuacct');
  const join = (...command: string[]) => {
    const child = start(t, ...command);
    enter(root + path, child.pid);
    return child;
  };
  const busy = join('sh', '-c', 'while :; do :; done');
  const sleeper = join();
  await delay(100);
  const counter = new native.ThreadCounter('/proc');
  const count = () => counter.count(root, path, 'tasks', 'cpuacct.usage', 9);
  const wake = (child: ReturnType<typeof join>): void => {
    child.kill('SIGSTOP');
    child.kill('SIGCONT');
  };
  // One that is charged at the very moment is counted.
  const recount = () => {
    for (let tries = 0; tries < 20; tries++) {
      const counts = counter.recount();
      if (counts) return counts;
    }
    return null;
  };
  t.equal(counter.recount(), null, 'never counted');
  count();
  await delay(60);
  t.equal(recount(), null, 'one ran that was not seen to run before');
  count();
  await delay(60);
  t.match(recount(), { running: 1, blocked: 0, total: 2 });
  busy.kill('SIGSTOP');
  await delay(60);
  t.match(recount(), { running: 0, total: 2 }, 'it has stopped');
  busy.kill('SIGCONT');
  await delay(60);
  t.match(recount(), { running: 1, total: 2 });
  wake(sleeper);
  await delay(60);
  t.equal(recount(), null, 'another ran as well');
  count();
  await delay(60);
  t.match(recount(), { running: 1, total: 2 }, 'which sleeps again');
  wake(join());
  await delay(60);
  t.equal(recount(), null, 'there is one more');
  t.equal(count().total, 3);
  t.match(recount(), { running: 1, total: 3 });
  sleeper.kill('SIGKILL');
  await delay(60);
  t.equal(recount(), null, 'one has ended');
  count();
  counter.forget();
  t.equal(recount(), null, 'forgotten');
});

t.test('a cgroup that is gone', { skip: !hasV1('cpuacct') && 'no cpuacct' }, async (t) => {
  const counter = new native.ThreadCounter('/proc');
  await t.test('while it is there', async (t) => {
    const path = makeCgroup(t, 'cpuacct');
    enter(controller('cpuacct') + path, start(t).pid);
    await delay(60);
    counter.count(controller('cpuacct'), path, 'tasks', 'cpuacct.usage', 9);
    t.match(counter.recount(), { total: 1 });
  });
  t.equal(counter.recount(), null);
});

t.test('thousands of threads', async (t) => {
  const tids = Array.from({ length: 5000 }, (_, i) => i + 100000);
  const root = t.testdir({ tasks: tids.join('\n') });
  for (const tid of tids) {
    fs.mkdirSync(`${root}/${tid}`);
    fs.writeFileSync(`${root}/${tid}/stat`, `${tid} (x) S 1`);
  }
  const counter = new native.ThreadCounter(root);
  const counts = { running: 0, blocked: 0, total: 5000, highest: 104999 };
  t.same(counter.count(root, '.', 'tasks', 'cpuacct.usage', 1), counts);
});

const old = native.pidNamespaceInit('/proc/self/ns/pid') === -ENOTTY && 'before Linux 6.11';

t.test('the init of a pid namespace', { skip: old || process.getuid?.() !== 0 }, async (t) => {
  const outer = start(t, 'unshare', '-pf', 'sleep', '60');
  await delay(200);
  const children = `/proc/${outer.pid}/task/${outer.pid}/children`;
  const init = Number(fs.readFileSync(children, 'latin1'));
  t.teardown(() => process.kill(init, 'SIGKILL'));
  t.equal(native.pidNamespaceInit(`/proc/${init}/ns/pid`), init);
  t.equal(native.pidNamespaceInit(`/proc/${outer.pid}/ns/pid_for_children`), init);
  t.equal(native.pidNamespaceInit('/proc/none/ns/pid'), -ENOENT);
  t.equal(native.pidNamespaceInit('/proc/self/ns/net'), -EINVAL);
});

t.test('the boot clock', async (t) => {
  const uptime = Number(fs.readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
  t.ok(Math.abs(native.bootTime() / 1e6 - uptime) < 1);
});
