import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import t, { type Test } from 'tap';
import { raiseSomaxconn } from '../../src/parameters/somaxconn.ts';
import { cannot, until } from '../helpers/real-host.ts';

/** A process in a network namespace of its own with this value. */
async function inNamespace(t: Test, value: number): Promise<ChildProcess> {
  const set = `echo ${value} >/proc/sys/net/core/somaxconn && echo ready && exec sleep 100`;
  const child = spawn('unshare', ['--net', '--kill-child', 'sh', '-c', set]);
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  await until('the namespace', () => output.includes('ready'));
  return child;
}

const valueIn = ({ pid }: ChildProcess): number =>
  Number(
    execFileSync('nsenter', ['-t', String(pid), '-n', 'cat', '/proc/sys/net/core/somaxconn'], {
      encoding: 'utf8',
    }),
  );

t.test('the limit of a namespace is raised to 4096', { skip: cannot }, async (t) => {
  const child = await inNamespace(t, 128);
  t.equal(raiseSomaxconn('/proc', child.pid ?? 0), 'raised');
  t.equal(valueIn(child), 4096);
  t.equal(raiseSomaxconn('/proc', child.pid ?? 0), 'enough', 'once is enough');
});

t.test('a higher limit stays', { skip: cannot }, async (t) => {
  const child = await inNamespace(t, 9999);
  t.equal(raiseSomaxconn('/proc', child.pid ?? 0), 'enough');
  t.equal(valueIn(child), 9999);
});

t.test("a process in the host's namespace changes nothing", { skip: cannot }, (t) => {
  t.equal(raiseSomaxconn('/proc', process.pid), 'host');
  t.end();
});

t.test('a process that is gone is reported as an errno', (t) => {
  t.equal(raiseSomaxconn('/proc', 999_999_999), -2);
  t.end();
});
