import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import t from 'tap';
import { native } from '../../../src/native/addon.ts';
import { controller, end, enter, hasV1, makeCgroup, start } from '../../sampling/kernel.ts';

const cgroupOf = (pid: number): string => fs.readFileSync(`/proc/${pid}/cgroup`, 'latin1');

t.test('a thread is known by its tag', async (t) => {
  const callers = new native.Callers('/proc', 8);
  t.equal(callers.lookup(process.pid), -1, 'unknown');
  t.equal(callers.open(process.pid), cgroupOf(process.pid));
  t.equal(callers.lookup(process.pid), -1, 'not tagged');
  callers.tag(process.pid, 7);
  t.equal(callers.lookup(process.pid), 7);
  callers.forget(7);
  t.equal(callers.lookup(process.pid), -1);
});

t.test('threads that are not leaders', async (t) => {
  const callers = new native.Callers('/proc', 8);
  const tid = Number(fs.readdirSync('/proc/self/task').at(-1));
  t.not(tid, process.pid);
  t.equal(callers.open(tid), cgroupOf(process.pid));
  callers.tag(tid, 1);
  t.equal(callers.lookup(tid), 1);
});

t.test('what is no thread', async (t) => {
  const callers = new native.Callers('/proc', 8);
  for (const pid of [0, -1, 1 << 23, Number.NaN]) t.equal(callers.open(pid), null, String(pid));
  callers.tag(1 << 23, 1);
  t.equal(callers.lookup(1 << 23), -1);
  t.throws(() => callers.tag(1, -1), RangeError);
  for (const owner of [-1, Number.NaN, 2 ** 54])
    t.throws(() => callers.tag(1, 1, owner), RangeError);
  t.throws(() => new native.Callers('proc', 1), TypeError);
  t.throws(() => new native.Callers('/proc', 0), RangeError);
});

t.test('moved to another cgroup', { skip: !hasV1('cpuacct') && 'no cpuacct' }, async (t) => {
  const path = makeCgroup(t, 'cpuacct');
  const { pid } = start(t);
  const callers = new native.Callers('/proc', 8);
  callers.open(pid);
  callers.tag(pid, 1);
  t.equal(callers.lookup(pid), 1);
  enter(controller('cpuacct') + path, pid);
  t.equal(callers.lookup(pid), -1, 'moved');
  t.match(callers.open(pid), path);
  callers.tag(pid, 2);
  t.equal(callers.lookup(pid), 2);
});

t.test('a result is valid for the given time, and no longer', async (t) => {
  const child = start(t);
  const trusting = new native.Callers('/proc', 8, 1_000_000);
  const short = new native.Callers('/proc', 8, 1000);
  for (const callers of [trusting, short]) {
    callers.open(child.pid);
    callers.tag(child.pid, 1);
  }
  await end(child);
  const before = native.bootTime();
  const still = trusting.lookup(child.pid);
  if (native.bootTime() - before < 500_000) t.equal(still, 1);
  // It may have ended within the millisecond.
  while (native.bootTime() - before < 1000);
  t.equal(short.lookup(child.pid), -1);
  t.throws(() => new native.Callers('/proc', 1, -1), RangeError);
});

t.test('dead', async (t) => {
  const child = start(t);
  const callers = new native.Callers('/proc', 8);
  callers.open(child.pid);
  callers.tag(child.pid, 1);
  await end(child);
  t.equal(callers.lookup(child.pid), -1);
  t.equal(callers.open(child.pid), null);
});

/** Runs in a pid namespace of its own, where the next pid can be chosen. */
const reuse = (url: string): void => {
  const code = `
    const { native } = await import(${JSON.stringify(url)});
    const { spawn } = await import('node:child_process');
    const fs = await import('node:fs');
    const { once } = await import('node:events');
    const sleep = () => spawn('sleep', ['20'], { stdio: 'ignore' });
    const first = sleep();
    const callers = new native.Callers('/proc', 4);
    const text = callers.open(first.pid);
    callers.tag(first.pid, 5);
    const alive = callers.lookup(first.pid);
    first.kill('SIGKILL');
    await once(first, 'exit');
    fs.writeFileSync('/proc/sys/kernel/ns_last_pid', String(first.pid - 1));
    const second = sleep();
    const again = callers.lookup(first.pid);
    const same = callers.open(second.pid) === text;
    second.kill('SIGKILL');
    console.log(JSON.stringify({ alive, reused: second.pid === first.pid, again, same }));`;
  const args = ['-pf', '--mount-proc', process.execPath, '--input-type=module', '-e', code];
  const run = spawnSync('unshare', args);
  t.same(JSON.parse(run.stdout.toString() || 'null'), {
    alive: 5,
    reused: true,
    again: -1,
    same: true,
  });
};

t.test('dead, and its pid in use again', { skip: process.getuid?.() !== 0 }, async () => {
  reuse(new URL('../../../src/native/addon.js', import.meta.url).href);
});

t.test('the least recently used is dropped', async (t) => {
  const procRoot = t.testdir({
    1: { cgroup: '0::/a\n' },
    2: { cgroup: '0::/b\n' },
    3: { cgroup: '0::/c\n' },
  });
  const callers = new native.Callers(procRoot, 2);
  for (const pid of [1, 2]) {
    callers.open(pid);
    callers.tag(pid, pid);
  }
  callers.lookup(1);
  t.equal(callers.open(3), '0::/c\n');
  t.same(
    [1, 2, 3].map((pid) => callers.lookup(pid)),
    [1, -1, -1],
  );
  callers.tag(3, 3);
  fs.writeFileSync(`${procRoot}/1/cgroup`, '0::/d\n');
  t.same(
    [1, 2, 3].map((pid) => callers.lookup(pid)),
    [-1, -1, 3],
  );
});

t.test('descriptors are bounded', async (t) => {
  const count = () => fs.readdirSync('/proc/self/fd').length;
  // And Node's own threads: a test may be nearly alone in its pid namespace.
  const names = [...fs.readdirSync('/proc'), ...fs.readdirSync('/proc/self/task')];
  const pids = [...new Set(names.map(Number))].filter(Boolean);
  const before = count();
  const callers = new native.Callers('/proc', 3);
  for (const pid of pids) callers.open(pid);
  t.ok(pids.length > 10);
  t.ok(count() - before <= 4, `${count() - before} more`);
});
