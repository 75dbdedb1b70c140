/**
 * Containers by Podman, each with its own storage.
 * @module
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup, isV2 } from '../helpers/cgroup.ts';
import type { Limits } from '../helpers/cgroup-limits.ts';
import { run, until } from '../helpers/command.ts';
import type { ContainerOptions, Started } from '../helpers/container-kind.ts';
import { Client, entryPoint, environment, flagged, pidIn } from './client.ts';
import { binds, makeRoot, RUNC_FILES } from './root.ts';

/** crun refuses a hybrid machine. */
const RUNTIME = isV2 ? 'crun' : 'runc';

/** Podman raises these limits by default, which a test machine may forbid. */
const ULIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

function podman(base: string, { within = [], extra = {} }: ContainerOptions): string[] {
  const storage = ['--root', join(base, 'storage'), '--runroot', join(base, 'run')];
  const own = [
    '--tmpdir',
    join(base, 'tmp'),
    '--storage-driver',
    'vfs',
    '--events-backend',
    'none',
  ];
  const manager = ['--cgroup-manager', 'cgroupfs', '--runtime', RUNTIME];
  return [...within, 'podman', ...storage, ...own, ...manager, ...(extra.podman ?? [])];
}

function limitFlags({ memory, swap, quota, cpuset }: Limits = {}): string[] {
  const both = memory === undefined || swap === undefined ? undefined : memory + swap;
  return Object.entries({
    '--memory': memory,
    '--memory-swap': both,
    '--cpus': quota,
    '--cpuset-cpus': cpuset,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
}

function runArguments(options: ContainerOptions, parent: Cgroup, base: string): string[] {
  const { annotations, limits, extra = {} } = options;
  return [
    ...['run', '--rm', '--network', 'none', '--pidfile', join(base, 'pid')],
    ...['--cgroup-parent', parent.path, ...ULIMITS, ...limitFlags(limits)],
    ...binds(options, RUNC_FILES).flatMap(({ source, destination }) => [
      '--volume',
      `${source}:${destination}:ro`,
    ]),
    ...environment(options).flatMap((each) => ['--env', each]),
    ...flagged('--annotation', annotations),
    ...flagged('--label', annotations),
    ...(extra.podmanRun ?? []),
  ];
}

/**
 * Waits until `podman run --rm` and the clean-up that conmon starts have ended. If the storage were removed before, they
 * would create it again, or wait forever for a lock that all storages of the machine share.
 */
async function awaitCleanup(base: string): Promise<void> {
  const users = async (): Promise<number[]> =>
    ((await run(['pgrep', '-f', base])).stdout.match(/\d+/g) ?? []).map(Number);
  try {
    await until(`all that use ${base} end`, async () => (await users()).length === 0);
  } finally {
    for (const pid of await users()) process.kill(pid, 'SIGKILL');
  }
}

export async function startPodman(options: ContainerOptions): Promise<Started> {
  const base = fs.mkdtempSync(join(tmpdir(), 'pvtest-podman-'));
  const parent = Cgroup.fresh(options.parent);
  const name = parent.path.slice(1).replaceAll('/', '-');
  const command = podman(base, options);
  const stop = async (): Promise<void> => {
    await run([...command, 'rm', '--force', '--time', '0', name]);
    await awaitCleanup(base);
    await parent.remove();
    // Podman creates them whatever the parent is.
    for (const path of ['/libpod_parent/conmon', '/libpod_parent']) new Cgroup(path).removeEmpty();
    fs.rmSync(base, { recursive: true, force: true });
  };
  try {
    const root = join(base, 'root');
    makeRoot(root, options);
    const flags = [...runArguments(options, parent, base), '--name', name];
    const [program = '', ...rest] = entryPoint(options);
    const { printed } = await Client.run([
      ...command,
      ...flags,
      '--rootfs',
      root,
      program,
      ...rest,
    ]);
    const pid = await pidIn(join(base, 'pid'));
    // crun may have created a cgroup below it.
    const [path = '', id = ''] = /^.*libpod-([0-9a-f]{64})/.exec(Cgroup.of(pid).path) ?? [];
    const cgroup = new Cgroup(path);
    const enter = (argv: readonly string[]): string[] => [...command, 'exec', name, ...argv];
    return { cgroup, id, pid, printed, enter, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
