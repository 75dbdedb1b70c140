import fs from 'node:fs';
import t, { type Test } from 'tap';
import { native } from '../../src/native/addon.ts';
import { output, until } from './helpers/command.ts';
import {
  Daemon,
  mountsAt,
  procview,
  startDaemon,
  supervisedPid,
  temporary,
} from './helpers/daemon.ts';
import { SteadyReaders } from './helpers/steady-readers.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

t.test('three daemons take over one after the other, and no read fails', async (t) => {
  const first = await startDaemon(t, '--workers', '2');
  const mounted = mountsAt(first.mount);
  const readers = await SteadyReaders.start(t, first.mount);
  let old = first;
  for (const workers of ['3', '1', '2']) {
    const next = new Daemon(first.mount, first.state);
    t.teardown(() => next.stop());
    await next.start('--takeover', '--workers', workers);
    await until('the old daemon ends', () => old.ended);
    t.equal(await old.stop(), 0, 'the old daemon exits with 0');
    old = next;
  }
  const { reads, longest } = await readers.end(t);
  t.comment(`${reads} reads, the longest took ${longest} s`);
  t.strictSame(mountsAt(first.mount), mounted, 'the mount is the same');
  t.equal(await old.stop(), 0);
  t.strictSame(mountsAt(first.mount), [], 'the last daemon unmounts');
});

t.test('the old daemon resumes if the new one fails or dies', async (t) => {
  const daemon = await startDaemon(t);
  const readers = await SteadyReaders.start(t, daemon.mount, 1);
  const elsewhere = temporary(t, 'elsewhere');
  const where = ['--mount', elsewhere, '--state', daemon.state];
  const failed = await procview('serve', '--takeover', '--no-attach', ...where);
  t.equal(failed.code, 1);
  t.match(
    failed.stderr,
    /^procview: [^\n]*the file system to take over is not mounted there[^\n]*\n$/,
  );
  const resumed = (times: number) => daemon.log.split('"msg":"serving again"').length > times;
  await until('the old daemon resumes', () => resumed(1));

  const request =
    'POST /takeover HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: procview-takeover-1\r\n\r\n';
  const { socket, descriptors } = native.takeOver(`${daemon.state}/control`, request, 20_000);
  t.ok(descriptors.length >= 1, 'the hand-over passes the connection');
  for (const fd of [...descriptors, socket]) fs.closeSync(fd);
  await until('the old daemon resumes when the receiver closes it', () => resumed(2));
  await readers.end(t);
});

/** Two directories of the host on a mount with shared propagation. */
async function hostPath(t: Test): Promise<[mount: string, state: string]> {
  const root = temporary(t, 'host');
  t.teardown(() => output(['umount', '-R', '-l', root]));
  await output(['mount', '--bind', root, root]);
  await output(['mount', '--make-rshared', root]);
  const [mount, state] = [`${root}/mount`, `${root}/state`];
  for (const path of [mount, state]) fs.mkdirSync(path, { mode: 0o700 });
  return [mount, state];
}

t.test(
  'a new daemon takes over from one in another mount namespace, as in containers with a host path',
  async (t) => {
    const [mount, state] = await hostPath(t);
    const mounts = { within: ['unshare', '-m', '--propagation', 'unchanged'], pid: process.pid };
    const [old, next] = [new Daemon(mount, state, mounts), new Daemon(mount, state, mounts)];
    t.teardown(() => Promise.all([old, next].map((each) => each.stop())));
    await old.start();
    const readers = await SteadyReaders.start(t, mount, 1);
    await next.start('--takeover');
    await until('the old daemon ends', () => old.ended);
    t.equal(await old.stop(), 0);
    await readers.end(t);
    t.equal(await next.stop(), 0);
    t.strictSame(mountsAt(mount), [], 'the last daemon unmounts in all namespaces');
  },
);

t.test(
  'with keepers: the old daemon and its keeper end, the new keeper restarts the new daemon',
  async (t) => {
    const old = await startDaemon(t, '--keeper');
    const readers = await SteadyReaders.start(t, old.mount, 1);
    const next = new Daemon(old.mount, old.state);
    t.teardown(() => next.stop());
    await next.start('--keeper', '--takeover');
    await until('the old keeper ends', () => old.ended);
    process.kill(await supervisedPid(next), 'SIGKILL');
    await until('the next daemon serves', () => next.log.split('"msg":"serving"').length > 2);
    await readers.end(t);
    t.equal(await next.stop(), 0);
    t.strictSame(mountsAt(old.mount), []);
  },
);

t.test('--takeover without a running daemon starts normally', async (t) => {
  const daemon = await startDaemon(t, '--takeover');
  t.match(daemon.log, /"adopted":false/);
});
