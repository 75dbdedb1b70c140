import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { ProcessReader, parseStartTime, parseStatus } from '../../src/containers/process.ts';
import { native } from '../../src/native/addon.ts';

/** /proc/<pid>/stat of a process of that name that started at that tick. */
const stat = (name: string, ticks: number | string): string =>
  `42 (${name}) S 1 42 42 0 -1 4194560 102 0 0 0 0 0 0 0 20 0 1 0 ${ticks} 2703360 250 18446744073709551615 1\n`;

t.test('start time, whatever the name', async (t) => {
  const names = [
    'sh',
    'my daemon',
    'a) S 9 9',
    ')',
    '((',
    '',
    'tmux: server',
    'new\nline',
    '\u00ff',
  ];
  for (const name of names) t.equal(parseStartTime(stat(name, 1234)), 12_340_000, name);
  const any = fc.string({ unit: 'binary', maxLength: 15 });
  fc.assert(
    fc.property(any, fc.nat(1e9), (name, at) => parseStartTime(stat(name, at)) === at * 10_000),
  );
});

t.test('the personality of 32-bit tasks', async (t) => {
  const proc = new ProcessReader('/proc');
  const child = spawn('setarch', ['linux32', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  // Once it answers it is what it is to be.
  child.stdin.write('\n');
  await once(child.stdout, 'data');
  t.equal(proc.isLinux32(child.pid ?? 0), true);
  t.equal(proc.isLinux32(process.pid), false);
  t.equal(proc.isLinux32(0), false, 'who cannot be seen is a 64-bit task');
});

t.test('no start time', async (t) => {
  for (const text of ['', '42', '42 (x', '42 (x) S 1\n', stat('x', '-1'), stat('x', 'y')]) {
    t.ok(Number.isNaN(parseStartTime(text)), JSON.stringify(text));
  }
});

t.test('status: parent, and pid in each namespace', async (t) => {
  const status = 'Name:\tx\nPid:\t42\nPPid:\t7\nNSpid:\t42\t1\nThreads:\t1\n';
  t.same(parseStatus(status), { parent: 7, namespacePids: [42, 1] });
  t.same(parseStatus(status.replace('\t42\t1', '\t42')), { parent: 7, namespacePids: [42] });
  t.equal(parseStatus('Name:\tx\nPPid:\t7\n'), null, 'before 4.1');
  t.equal(parseStatus(''), null);
  const disguised = `Name:\tPPid:\\t1\\nNSpid:\t9\n${status}`;
  t.equal(parseStatus(disguised)?.parent, 7, 'a name is not a line');
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
