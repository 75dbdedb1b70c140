/**
 * Containers by containerd's client ctr, each with its own containerd.
 * @module
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup } from '../helpers/cgroup.ts';
import { run, until } from '../helpers/command.ts';
import type { ContainerOptions, Started } from '../helpers/container-kind.ts';
import { Client, entryPoint, environment, flagged, pidIn } from './client.ts';
import { config } from './oci.ts';
import { binds, makeRoot, RUNC_FILES } from './root.ts';

/** Plugins that tests do not need. */
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

async function startContainerd(base: string, argv: readonly string[]): Promise<void> {
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

/** ctr has no flag for hooks, so the whole container is described by a config.json. */
function runSpecified(options: ContainerOptions, base: string, id: string): string[] {
  const file = join(base, 'config.json');
  const whole = config(options, RUNC_FILES, new Cgroup(`/default/${id}`), join(base, 'root'));
  fs.writeFileSync(file, JSON.stringify(whole));
  return ['run', '--rm', '--pid-file', join(base, 'pid'), '--config', file, id];
}

function runArguments(options: ContainerOptions, base: string, id: string): string[] {
  if (options.extra?.hooks) return runSpecified(options, base, id);
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
    ...[join(base, 'root'), id, ...entryPoint(options)],
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
    makeRoot(join(base, 'root'), options);
    const file = join(base, 'config.toml');
    fs.writeFileSync(file, configuration(base));
    // Removing their cgroup ends containerd and its shims.
    const containerd = [...(options.within ?? []), 'containerd', '--config', file];
    await startContainerd(base, daemons.joinCommand(containerd));
    const { printed } = await Client.run([...command, ...runArguments(options, base, id)]);
    const pid = await pidIn(join(base, 'pid'));
    const cgroup = Cgroup.of(pid);
    const { swap, cpuset } = options.limits ?? {};
    // ctr has no flags for these.
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
