import fs from 'node:fs';
import t from 'tap';
import { until } from './helpers/command.ts';
import { skipReason, startContainer } from './helpers/container.ts';
import type { Kind } from './helpers/container-kind.ts';
import { mountsAt, startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

/** Runtimes without an installed hook: discovery alone finds their containers. */
const RUNTIMES: readonly Kind[] = ['runc', 'podman', 'ctr', 'lxc', 'nspawn', 'systemd'];

await prepare();

const mountsOf = (pid: number): string => fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1');
const attached = (pid: number): boolean =>
  / \/proc\/meminfo .* fuse\.procview /.test(mountsOf(pid));

for (const kind of kinds) {
  t.test(`${kind}: the daemon attaches running and new containers by itself`, async (t) => {
    const running = await startContainer(t, { kind, limits: { memory: 128 * MiB } });
    const before = mountsOf(running.pid);
    const daemon = await startDaemon(t, '--attach');
    const later = await startContainer(t, { kind, limits: { memory: 64 * MiB } });

    for (const [{ pid }, what] of [
      [running, 'before'],
      [later, 'after'],
    ] as const) {
      await until(`the container that was started ${what} the daemon is attached`, () =>
        attached(pid),
      );
    }
    for (const [container, size] of [
      [running, 128],
      [later, 64],
    ] as const) {
      const text = await container.output(['cat', '/proc/meminfo']);
      t.equal(kilobytes(text, 'MemTotal'), size * 1024, `MemTotal is ${size} MiB`);
    }
    t.equal(mountsAt('/proc/meminfo').length, 0, "the host's /proc/meminfo is not covered");

    await daemon.stop();
    t.equal(
      mountsOf(running.pid),
      before,
      "when the daemon stops, the container's mounts are as before",
    );
    t.match(
      await later.output(['cat', '/proc/meminfo']),
      /^MemTotal/,
      'the container reads the files of the kernel again',
    );
  });
}

t.test('the daemon attaches containers of every runtime', async (t) => {
  await startDaemon(t, '--attach');
  for (const kind of RUNTIMES) {
    t.test(kind, { skip: skipReason(kind) }, async (t) => {
      const limits = { memory: 128 * MiB, quota: 1, cpuset: '0' };
      const container = await startContainer(t, { kind, limits });
      await until('it is attached', () => attached(container.pid));
      const text = await container.output(['sh', '-c', 'head -1 /proc/meminfo; nproc']);
      t.match(text, /^MemTotal: +131072 kB\n1\n$/);
    });
  }
});
