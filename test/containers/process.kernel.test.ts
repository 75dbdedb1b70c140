import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import t from 'tap';
import { ProcessReader } from '../../src/containers/process.ts';
import { native } from '../../src/native/addon.ts';

t.test('the personality of 32-bit tasks', async (t) => {
  const proc = new ProcessReader('/proc');
  const child = spawn('setarch', ['linux32', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  // cat replies when setarch has changed the personality.
  child.stdin.write('\n');
  await once(child.stdout, 'data');
  t.equal(proc.isLinux32(child.pid ?? 0), true);
  t.equal(proc.isLinux32(process.pid), false);
  t.equal(proc.isLinux32(0), false, 'an unknown task counts as a 64-bit task');
});

t.test('a live process, by the real /proc', async (t) => {
  const proc = new ProcessReader('/proc');
  const before = native.bootTime();
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  const pid = child.pid ?? 0;
  const started = proc.startTime(pid);
  t.ok(started >= before - 10_000 && started <= native.bootTime(), 'to the tick');
  t.equal(proc.status(pid)?.parent, process.pid);
  t.equal(proc.status(pid)?.namespacePids[0], pid);
  t.equal(proc.pidNamespace(pid), fs.readlinkSync('/proc/self/ns/pid'));
  t.equal(proc.pidNamespace('self'), proc.pidNamespace(pid));
  t.equal(proc.cgroup(pid), fs.readFileSync(`/proc/${pid}/cgroup`, 'latin1'));
  t.match(proc.mountinfo(pid), / - proc /);
});

t.test('a live process with blanks and brackets in its name', async (t) => {
  const name = `${t.testdir({})}/a) R (b c`;
  fs.copyFileSync('/bin/sleep', name);
  const child = spawn(name, ['60'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  const proc = new ProcessReader('/proc');
  const age = native.bootTime() - proc.startTime(child.pid ?? 0);
  t.ok(age >= 0 && age < 60_000_000, `${age} us old`);
});

t.test('a process that is gone is no error', async (t) => {
  const proc = new ProcessReader('/proc');
  const gone = 4_194_305;
  t.same(
    [proc.cgroup(gone), proc.mountinfo(gone), proc.status(gone), proc.pidNamespace(gone)],
    [null, null, null, null],
  );
  t.ok(Number.isNaN(proc.startTime(gone)));
  t.equal(proc.namespaceInit(gone), null);
});
