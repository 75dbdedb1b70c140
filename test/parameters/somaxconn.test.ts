import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import t, { type Test } from 'tap';
import { raiseSomaxconn } from '../../src/parameters/somaxconn.ts';
import { cannot, until } from '../helpers/real-host.ts';

/** A process in a network namespace of its own with this value. */
async function inNamespace(t: Test, value: number): Promise<ChildProcess> {
  const set = `echo ${value} >/proc/sys/net/core/somaxconn && echo ready && exec sleep 100`;
  const child = spawn('unshare', ['--net', '--kill-child', 'sh', '-c', set]);
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  await until('the namespace', () => said.includes('ready'));
  return child;
}

const valueIn = ({ pid }: ChildProcess): number =>
  Number(
    execFileSync('nsenter', ['-t', String(pid), '-n', 'cat', '/proc/sys/net/core/somaxconn'], {
      encoding: 'utf8',
    }),
  );

t.test('a namespace with less gets 4096', { skip: cannot }, async (t) => {
  const child = await inNamespace(t, 128);
  t.equal(raiseSomaxconn('/proc', child.pid ?? 0), 'raised');
  t.equal(valueIn(child), 4096);
  t.equal(raiseSomaxconn('/proc', child.pid ?? 0), 'enough', 'once is enough');
});

t.test('a namespace with more keeps it', { skip: cannot }, async (t) => {
  const child = await inNamespace(t, 9999);
  t.equal(raiseSomaxconn('/proc', child.pid ?? 0), 'enough');
  t.equal(valueIn(child), 9999);
});

t.test("a process in the host's namespace changes nothing", { skip: cannot }, (t) => {
  t.equal(raiseSomaxconn('/proc', process.pid), 'host');
  t.end();
});

t.test('a process that is gone is an errno', (t) => {
  t.equal(raiseSomaxconn('/proc', 999_999_999), -2);
  t.end();
});
