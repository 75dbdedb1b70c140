/**
 * Containers of every runtime with the same limits: the bound files show them, and procview recognizes the runtime by the
 * cgroup that it creates.
 * @module
 */
import t from 'tap';
import { skipReason, startContainer } from './helpers/container.ts';
import type { Kind } from './helpers/container-kind.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

/** Names in `procview containers`; the cgroups of runc and crun alone do not name the runtime. */
const RUNTIMES: readonly (readonly [kind: Kind, name: string, cgroup: RegExp])[] = [
  ['crun', '-', /^\/pvtest-[^/]+$/],
  ['runc', '-', /^\/pvtest-[^/]+$/],
  ['podman', 'podman', /\/libpod-[0-9a-f]{64}$/],
  ['ctr', 'containerd', /^\/default\/pvtest-[^/]+$/],
  ['lxc', 'lxc', /^\/lxc\.payload\.pvtest-[^/]+$/],
  ['nspawn', 'nspawn', /^\/machine\.slice\/machine-pvtest\\x2d[^/]+\.scope$/],
  ['systemd', 'nspawn', /^\/machine\.slice\/machine-pvtest\\x2d[^/]+\.scope$/],
];

const READ = 'head -1 /proc/meminfo; nproc; ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l';

const limits = { memory: 128 * MiB, quota: 1, cpuset: '0' };
const script = 'echo $GREETING; head -1 /proc/meminfo';
const env = { GREETING: 'hello' };

/** Runtime, pid, memory and CPUs of each started container, by its id. */
const rows = new Map<string, readonly string[]>();

for (const [kind, name, cgroup] of RUNTIMES) {
  t.test(
    `${kind}: the entry point and exec read the limits`,
    { skip: skipReason(kind) },
    async (test) => {
      const container = await startContainer(t, { kind, limits, bind, script, env });
      rows.set(container.id, [name, String(container.pid), '128 MiB', '1']);
      test.match(container.cgroup.path, cgroup, 'its cgroup');
      test.match(container.printed, /^hello\nMemTotal: +131072 kB\n$/, 'the entry point');
      test.match(
        await container.output(['sh', '-c', READ]),
        /^MemTotal: +131072 kB\n1\n1\n$/,
        'exec',
      );
    },
  );
}

t.test('procview containers lists all of them with runtime and limits', async (t) => {
  const { stdout } = await procview('containers');
  const table = stdout.split('\n').map((line) => line.split(/ {2,}/));
  for (const [id, row] of rows) {
    const [, , , ...rest] = table.find(([first]) => first === id) ?? [];
    t.same(rest, row, id);
  }
});
