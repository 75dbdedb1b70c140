/**
 * Containers by an OCI runtime without an engine, from a bundle that is written here, with the cgroupfs manager.
 * @module
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup } from '../helpers/cgroup.ts';
import { type Limits, PERIOD } from '../helpers/cgroup-limits.ts';
import { run } from '../helpers/command.ts';
import type { ContainerOptions, Started } from '../helpers/container-kind.ts';
import { Client, entryPoint, environment, pidIn } from './client.ts';
import { type Bind, binds, makeRoot } from './root.ts';

/** Command line of a runtime, and the files that it binds over /proc. */
export interface OciRuntime {
  /** The program and its global options. */
  command(stateDirectory: string): string[];
  readonly files: readonly string[];
}

const bindMount = ({ source, destination }: Bind): object => ({
  destination,
  source,
  type: 'bind',
  options: ['rbind', 'ro'],
});

function mounts(options: ContainerOptions, files: readonly string[]): object[] {
  return [
    { destination: '/proc', source: 'proc', type: 'proc' },
    { destination: '/sys', source: 'sysfs', type: 'sysfs', options: ['ro'] },
    { destination: '/dev', source: 'tmpfs', type: 'tmpfs', options: ['mode=755'] },
    { destination: '/dev/pts', source: 'devpts', type: 'devpts', options: ['ptmxmode=0666'] },
    ...binds(options, files).map(bindMount),
  ];
}

function resources({ memory, swap, quota, cpuset }: Limits): object {
  return {
    memory: {
      ...(memory === undefined ? {} : { limit: memory }),
      ...(memory === undefined || swap === undefined ? {} : { swap: memory + swap }),
    },
    cpu: {
      ...(quota === undefined ? {} : { quota: quota * PERIOD, period: PERIOD }),
      ...(cpuset === undefined ? {} : { cpus: cpuset }),
    },
  };
}

/** A bundle's config.json. `files` are bound over /proc. */
export function config(
  options: ContainerOptions,
  files: readonly string[],
  cgroup: Cgroup,
  path = 'rootfs',
): object {
  const namespaces = ['pid', 'mount', 'uts', 'ipc'].map((type) => ({ type }));
  const { annotations = {}, extra = {}, limits = {} } = options;
  return {
    ociVersion: '1.0.0',
    process: {
      user: { uid: 0, gid: 0 },
      args: entryPoint(options),
      env: environment(options),
      cwd: '/',
    },
    root: { path, readonly: extra.readOnlyRoot === true },
    hostname: 'pvtest',
    mounts: mounts(options, files),
    annotations,
    hooks: extra.hooks ?? {},
    linux: {
      ...{ cgroupsPath: cgroup.path, namespaces, resources: resources(limits) },
      ...extra.linux,
    },
  };
}

export async function startOci(runtime: OciRuntime, options: ContainerOptions): Promise<Started> {
  const cgroup = Cgroup.fresh(options.parent);
  const bundle = fs.mkdtempSync(join(tmpdir(), 'pvtest-bundle-'));
  const id = cgroup.path.slice(1).replaceAll('/', '-');
  const command = [...(options.within ?? []), ...runtime.command(join(bundle, 'state'))];
  const stop = async (): Promise<void> => {
    await run([...command, 'delete', '--force', id]);
    fs.rmSync(bundle, { recursive: true, force: true });
  };
  try {
    // Root of a user namespace must be able to pass it.
    fs.chmodSync(bundle, 0o755);
    makeRoot(join(bundle, 'rootfs'), options);
    const text = JSON.stringify(config(options, runtime.files, cgroup));
    fs.writeFileSync(join(bundle, 'config.json'), text);
    const pidFile = join(bundle, 'pid');
    const paths = ['--bundle', bundle, '--pid-file', pidFile];
    const { printed } = await Client.run([...command, 'run', ...paths, id]);
    const pid = await pidIn(pidFile);
    const enter = (argv: readonly string[]): string[] => [...command, 'exec', id, ...argv];
    return { cgroup, id, pid, printed, enter, stop };
  } catch (error) {
    await stop();
    await cgroup.remove();
    throw error;
  }
}
