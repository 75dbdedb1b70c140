/**
 * Containers by containerd's own client, each with a containerd of its own.
 * @module
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup } from '../cgroup.ts';
import { run, until } from '../command.ts';
import type { ContainerOptions, Started } from '../container-kind.ts';
import { Client, entryPoint, environment, flagged } from './client.ts';
import { binds, makeRoot, RUNC_FILES } from './root.ts';

/** What it would load and nobody here uses. */
const DISABLED = [
  'grpc.v1.cri',
  'snapshotter.v1.aufs',
  'snapshotter.v1.btrfs',
  'snapshotter.v1.devmapper',
  'snapshotter.v1.overlayfs',
  'snapshotter.v1.zfs',
];

const configuration = (base: string): string => `version = 2
root = "${base}/storage"
state = "${base}/state"
disabled_plugins = [${DISABLED.map((name) => `"io.containerd.${name}"`).join(', ')}]
[grpc]
address = "${base}/socket"
`;

/** It and its shims live in the cgroup given, and end with it. */
async function startContainerd(base: string, cgroup: Cgroup): Promise<void> {
  fs.writeFileSync(join(base, 'config.toml'), configuration(base));
  const argv = cgroup.joined(['containerd', '--config', join(base, 'config.toml')]);
  const log = fs.openSync(join(base, 'log'), 'w');
  const [file = '', ...rest] = argv;
  const daemon = spawn(file, rest, { stdio: ['ignore', log, log] });
  daemon.on('error', () => undefined);
  fs.closeSync(log);
  await until('containerd answers', () => {
    if (daemon.exitCode !== null) throw new Error(fs.readFileSync(join(base, 'log'), 'utf8'));
    return fs.existsSync(join(base, 'socket'));
  });
}

function runArguments(options: ContainerOptions, base: string): string[] {
  const { annotations, limits = {} } = options;
  const { memory, quota } = limits;
  return [
    ...['run', '--rm', '--rootfs', '--pid-file', join(base, 'pid')],
    ...(memory === undefined ? [] : ['--memory-limit', String(memory)]),
    ...(quota === undefined ? [] : ['--cpus', String(quota)]),
    ...binds(options, RUNC_FILES).flatMap(({ source, destination }) => [
      '--mount',
      `type=bind,src=${source},dst=${destination},options=rbind:ro`,
    ]),
    ...environment(options).flatMap((each) => ['--env', each]),
    ...flagged('--annotation', annotations),
    ...flagged('--label', annotations),
  ];
}

let executions = 0;

export async function startCtr(options: ContainerOptions): Promise<Started> {
  const base = fs.mkdtempSync(join(tmpdir(), 'pvtest-ctr-'));
  const daemons = Cgroup.create({});
  const id = daemons.path.slice(1);
  const command = [...(options.within ?? []), 'ctr', '--address', join(base, 'socket')];
  const stop = async (): Promise<void> => {
    await run([...command, 'task', 'delete', '--force', id]);
    await new Cgroup(`/default/${id}`).remove();
    new Cgroup('/default').removeEmpty();
    await daemons.remove();
    fs.rmSync(base, { recursive: true, force: true });
  };
  try {
    const root = join(base, 'root');
    makeRoot(root, options);
    await startContainerd(base, daemons);
    const argv = [...command, ...runArguments(options, base), root, id, ...entryPoint(options)];
    const { printed } = await Client.run(argv);
    const pid = Number(fs.readFileSync(join(base, 'pid'), 'latin1'));
    const cgroup = Cgroup.of(pid);
    const { swap, cpuset } = options.limits ?? {};
    // It has no flags for these.
    cgroup.set({
      ...(swap === undefined ? {} : { swap }),
      ...(cpuset === undefined ? {} : { cpuset }),
    });
    const enter = (argv: readonly string[]): string[] => {
      const execution = `exec-${executions++}`;
      return [...command, 'task', 'exec', '--exec-id', execution, id, ...argv];
    };
    return { cgroup, id, pid, printed, enter, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
