import fs from 'node:fs';
import t from 'tap';
import { output } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { Daemon, mountsAt, startDaemon, temporary } from './helpers/daemon.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} ends the daemon and unmounts`, async (t) => {
    const daemon = await startDaemon(t);
    t.equal(mountsAt(daemon.mount).length, 1, 'there is one mount');
    t.match(mountsAt(daemon.mount)[0], /^procview \S+ fuse\.procview /, 'source and type');
    t.equal(await daemon.stop(signal), 0, 'exit code 0');
    t.strictSame(mountsAt(daemon.mount), [], 'nothing is left mounted');
    t.strictSame(fs.readdirSync(daemon.mount), [], 'the mount point is empty again');
  });
}

t.test('the daemon ends while containers hold its files open', async (t) => {
  const daemon = await startDaemon(t);
  const container = await startContainer(t, { bind: daemon.mount });
  const inside = container.inside();
  await inside.read('/proc/meminfo');
  t.equal(await daemon.stop(), 0, 'exit code 0');
  t.strictSame(mountsAt(daemon.mount), [], 'nothing is left mounted');
  await t.rejects(inside.read('/proc/meminfo'), /errno 107/, 'readers get ENOTCONN, none hangs');
});

t.test('--fsname is the mount source', async (t) => {
  const daemon = new Daemon(temporary(t, 'mount'), temporary(t, 'state'));
  t.teardown(() => daemon.stop());
  await daemon.start('--fsname', 'lxcfs');
  t.match(mountsAt(daemon.mount)[0], /^lxcfs /);
});

t.test('a daemon with several workers serves', async (t) => {
  const daemon = await startDaemon(t, '--workers', '3');
  for (let i = 0; i < 10; i++) {
    t.match(await output(['cat', daemon.file('meminfo')]), /^MemTotal: +\d+ kB\n/);
  }
  t.equal(await daemon.stop(), 0);
});
